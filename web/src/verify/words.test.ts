import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import en from './messages/en'
import { CODES } from './proof/report'
import { codeOf } from './useTrust'
import { factTitle, partOf } from './words'

it('every reason has its words', () => {
  expect(Object.keys(en.code ?? {}).sort()).toEqual([...CODES].sort())
})

it('the reasons are those of the other verifier', () => {
  const source = readFileSync('../crates/proof/src/bundle/report/code.rs', 'utf8')
  const names = [...source.matchAll(/^ {4}([A-Z][A-Za-z0-9]+): "/gm)].map(([, name]) => (name ?? '').replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase())
  expect([...CODES].sort()).toEqual(names.sort())
})

it('every fact that the server has words for has the same here', () => {
  const arms = readFileSync('../crates/server/src/journey/words.rs', 'utf8').match(/"[a-z_.]+\.v\d+"/g) ?? []
  expect(arms.length).toBeGreaterThan(40)
  for (const arm of arms) expect(factTitle(arm.slice(1, -1)).zh, arm).toMatch(/[\u4e00-\u9fff]/)
  expect(factTitle('disclosure.confirmed.v1')).toEqual({ zh: '借款人确认明示表', en: 'The borrower confirmed the cost sheet' })
  expect(factTitle('never.heard.v1')).toEqual({ zh: 'never.heard.v1', en: 'never.heard.v1' })
})

it('every part has a name', () => {
  const parts: [string, string, Record<string, string | number>][] = [
    ['facts/000012.json', 'facts', { n: 12 }], ['forgetting/000001.fact.json', 'forgetting', { n: 1 }], ['container/entry/0', 'entry', { n: 1 }],
    ['documents/a.pdf', 'documents', { name: 'a.pdf' }], ['keys/log.vkey', 'log_key', { name: 'keys/log.vkey' }], ['recording/rec_1/segment-2.json', 'segment', { n: 2 }], ['recording/rec_1/segment-2.webm', 'film', { n: 2 }],
    ['what/ever', 'other', { name: 'what/ever' }],
  ]
  for (const [part, key, values] of parts) expect(partOf(part)).toEqual({ key, values })
  for (const [part] of parts) expect(en.part).toHaveProperty(partOf(part).key)
})

it('an institution’s code is the end of its log’s name, or none', () => {
  expect(codeOf('xiaobao.example/log/anhe')).toBe('anhe')
  expect(codeOf('xiaobao.example/log/../x?')).toBeNull()
})
