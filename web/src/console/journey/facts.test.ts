import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import zh from '../messages/zh-CN'

const SERVER = '../crates/server/src'
/** Facts of rooms whose cases are files, people, products, entries, endpoints or logs: no journey's timeline shows them. */
const OTHER_CASES = ['batch', 'custody', 'inspection', 'ledger', 'product', 'rectification', 'roster', 'vault', 'webhook']
/** What comes before these belongs to other cases too: institutions, staff and keys; notices; contract templates. */
const FROM: Record<string, string> = { access: 'LinkCreated', consent: 'pub struct Decided', signing: 'pub struct TemplateNamed' }

function rooms(): string[] {
  return readdirSync(SERVER).filter((room) => existsSync(`${SERVER}/${room}/facts.rs`) && !OTHER_CASES.includes(room))
}

/** The fields of the facts that a journey's timeline shows, as the server swears to them. */
function sworn(): Set<string> {
  const facts = (room: string) => {
    const text = readFileSync(`${SERVER}/${room}/facts.rs`, 'utf8')
    const from = FROM[room]
    return from === undefined ? text : (text.split(from)[1] ?? '')
  }
  const fields = [...rooms().map(facts).join('\n').matchAll(/^\s+(?:pub )?([a-z0-9_]+): /gm)].map((match) => match[1] ?? '')
  // A part that is written flat into the fact is no field of its own.
  return new Set(fields.filter((field) => field !== 'about'))
}

/** Where two rooms use one name, the room's own words are named after it. */
const bare = (key: string) => key.replace(new RegExp(`^(?:${rooms().join('|')})_`), '')

describe('the timeline', () => {
  const fields = sworn()

  it('finds the facts', () => {
    expect(fields).toContain('sheet_digest')
    expect(rooms()).toEqual(expect.arrayContaining(['consent', 'counter', 'identity', 'journey', 'suitability']))
    expect(fields.size).toBeGreaterThan(60)
  })

  it('has words for every field that a fact carries, and for no other', () => {
    expect([...new Set(Object.keys(zh.data).map(bare))].sort()).toEqual([...fields].sort())
  })
})
