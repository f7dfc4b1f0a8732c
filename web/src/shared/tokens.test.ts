import { describe, expect, it } from 'vitest'
import css from './tokens.css?raw'

function tokens(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('}', start))
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1] ?? '', match[2] ?? '']))
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** Every pair of text and ground that the pages use. */
const TEXT: [string, string][] = [
  ...['paper', 'card', 'sunken'].flatMap((ground): [string, string][] => [['ink', ground], ['ink-soft', ground], ['pine', ground]]),
  ['on-pine', 'pine'], ['on-pine', 'pine-strong'], ['pine-strong', 'pine-wash'], ['ink', 'pine-wash'],
  ['ink', 'amber-wash'], ['amber', 'amber-wash'], ['ink', 'brick-wash'], ['ink-soft', 'brick-wash'], ['ink-soft', 'pine-wash'], ['brick', 'brick-wash'], ['brick', 'card'],
]
/** Borders of controls and parts of charts need three to one. */
const SHAPES: [string, string][] = [
  ['line-strong', 'paper'], ['line-strong', 'card'], ['focus', 'paper'], ['focus', 'card'],
  ...[1, 2, 3, 4].map((n): [string, string] => [`party-${n}`, 'card']),
]

describe.each([['light', ':root'], ['dark', ':root[data-theme="dark"]']])('%s tokens', (_name, selector) => {
  const colours = tokens(selector)
  const pair = ([a, b]: [string, string]) => contrast(colours.get(a) ?? '', colours.get(b) ?? '')

  it.each(TEXT)('%s on %s passes AA for text', (a, b) => expect(pair([a, b])).toBeGreaterThanOrEqual(4.5))
  it.each(SHAPES)('%s beside %s can be made out', (a, b) => expect(pair([a, b])).toBeGreaterThanOrEqual(3))
})

it('white letters on the light collectors pass AA', () => {
  const colours = tokens(':root')
  for (const n of [1, 2, 3, 4]) expect(contrast('#ffffff', colours.get(`party-${n}`) ?? '')).toBeGreaterThanOrEqual(4.5)
})
