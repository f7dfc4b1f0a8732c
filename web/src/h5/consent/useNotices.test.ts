import { describe, expect, it } from 'vitest'
import type { JourneyNotice } from '../../api/wire'
import { turn } from './useNotices'

function notice(necessity: 'necessary' | 'optional', state: JourneyNotice['state']): JourneyNotice {
  return { state, document: { content: { necessity } } } as JourneyNotice
}

describe('turn', () => {
  it('asks until there is an answer, and takes a no for one where the notice is optional', () => {
    const cases = [
      ['optional', null, 'decide'], ['optional', 'shown', 'decide'], ['optional', 'given', null],
      ['optional', 'declined', null], ['optional', 'withdrawn', null],
      ['necessary', 'acknowledged', null], ['necessary', 'given', null],
      ['necessary', 'declined', 'declined_necessary'], ['necessary', 'withdrawn', 'declined_necessary'],
    ] as const
    for (const [necessity, state, expected] of cases) {
      expect(turn(notice(necessity, state)), `${necessity} ${state}`).toBe(expected)
    }
  })
})
