import { describe, expect, it } from 'vitest'
import { civilDate, clock, count, day, fileSize, money, points, rate, shortDigest, stamp } from './format'

describe('money', () => {
  it.each([
    [2_151_549, '21,515.49'], [182_903, '1,829.03'], [0, '0.00'], [5, '0.05'], [100_000_000, '1,000,000.00'], [-3, '-0.03'],
  ])('%i fen is %s', (fen, text) => expect(money(fen)).toBe(text))
})

describe('rate', () => {
  it.each([
    [138_000, 2, '13.80%'], [90_000, 2, '9.00%'], [154_149, 2, '15.41%'], [154_150, 2, '15.42%'], [327_582, 3, '32.758%'], [0, 2, '0.00%'], [240_000, 0, '24%'],
  ])('%i ppm to %i decimals is %s', (ppm, decimals, text) => expect(rate(ppm, decimals)).toBe(text))

  it('says points without the sign', () => expect(points(5000)).toBe('0.50'))
})

describe('dates', () => {
  it('are civil and need no zone', () => {
    expect(civilDate('2026-12-21', 'zh-CN')).toBe('2026年12月21日')
    expect(civilDate('2026-12-21', 'en')).toBe('21 Dec 2026')
  })

  it('of instants are those of China', () => {
    const late = Date.UTC(2026, 10, 20, 16, 21, 7)
    expect([day(late), clock(late), stamp(late)]).toEqual(['2026-11-21', '00:21:07', '2026-11-21 00:21'])
  })
})

it('counts, sizes and digests are short and readable', () => {
  expect(count(5012)).toBe('5,012')
  expect(fileSize(48_123)).toBe('47 KB')
  expect(shortDigest('a'.repeat(64))).toBe(`${'a'.repeat(12)}…`)
})
