import { describe, expect, it } from 'vitest'
import { GROUPS, TILES, age } from './tiles'

describe('the workbench', () => {
  it('tells an age in the largest unit that says something', () => {
    const minute = 60_000
    const cases: [number, string, number][] = [
      [-5, 'minutes', 0], [59 * minute, 'minutes', 59], [60 * minute, 'hours', 1], [47 * 60 * minute, 'hours', 47], [48 * 60 * minute, 'days', 2],
    ]
    for (const [ms, key, n] of cases) expect(age(ms)).toEqual({ key, n })
  })

  it('leads every number to a list, in a group that is shown', () => {
    for (const tile of Object.values(TILES)) {
      expect(tile.to).toMatch(/^\/[a-z-]+/)
      expect(GROUPS).toContain(tile.group)
    }
  })
})
