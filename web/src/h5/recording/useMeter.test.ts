import { describe, expect, it } from 'vitest'
import { lightOf, loudness } from './useMeter'

const grey = (value: number) => Array.from({ length: 16 }, (_, at) => (at % 4 === 3 ? 255 : value))

describe('the light', () => {
  it.each<[number, string]>([[10, 'dark'], [120, 'ok'], [240, 'bright']])('of a picture of grey %i is %s', (value, light) => expect(lightOf(grey(value))).toBe(light))
})

it('is silent at silence and louder with more', () => {
  expect(loudness([0, 0, 0])).toBe(0)
  expect(loudness([0.5, -0.5])).toBeCloseTo(0.5)
})
