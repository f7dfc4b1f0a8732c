import { describe, expect, it } from 'vitest'
import { cardDate } from './cardDate'

describe('the date on the back of an ID card', () => {
  it('is read as it is printed, and with digits alone', () => {
    for (const text of ['2036.05.01', '20360501', '2036-05-01', ' 2036/05/01 ', '2036年05月01']) expect(cardDate(text)).toBe('2036-05-01')
    expect(cardDate('20240229')).toBe('2024-02-29')
  })

  it('is no date where a part is missing or the month has no such day', () => {
    for (const text of ['', '2036', '2036.05', '2036.5.1', '20360231', '20361301', '20250229', '203605011', 'x']) expect(cardDate(text)).toBeNull()
  })
})
