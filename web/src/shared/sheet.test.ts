import { expect, it } from 'vitest'
import type { CostSheet } from '../api/wire'
import { collectors } from './sheet'

it('adds each collector up over all items, in order of appearance', () => {
  const share = (party: string, total: number) => ({ party, name: party, role: 'lender' as const, total })
  const sheet = {
    items: [
      { collectors: [share('a', 69_185), share('b', 29_650)] },
      { collectors: [share('c', 52_714), share('a', 100)] },
    ],
  } as CostSheet
  expect(collectors(sheet).map(({ party, total, letter, shade }) => [party, total, letter, shade])).toEqual([
    ['a', 69_285, 'A', 1], ['b', 29_650, 'B', 2], ['c', 52_714, 'C', 3],
  ])
})
