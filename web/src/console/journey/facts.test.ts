import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import zh from '../messages/zh-CN'

/** The fields of the facts that a journey's timeline shows, as the server swears to them. */
function sworn(): Set<string> {
  const read = (path: string) => readFileSync(`../crates/server/src/${path}`, 'utf8')
  // What comes before the link belongs to other cases: institutions, staff and keys.
  const access = read('access/facts.rs').split('LinkCreated')[1] ?? ''
  const text = [access, read('disclosure/facts.rs'), read('journey/facts.rs')].join('\n')
  return new Set([...text.matchAll(/^\s+(?:pub )?([a-z0-9_]+): /gm)].map((match) => match[1] ?? ''))
}

describe('the timeline', () => {
  const fields = sworn()

  it('finds the facts', () => {
    expect(fields).toContain('sheet_digest')
    expect(fields.size).toBeGreaterThan(15)
  })

  it('has words for every field that a fact carries, and for no other', () => {
    expect(Object.keys(zh.data).sort()).toEqual([...fields].sort())
  })
})
