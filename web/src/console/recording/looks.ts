import type { components } from '../../api/schema'
import type { IconName } from '../shell/Icon.vue'

type Tone = 'good' | 'care' | 'bad' | 'quiet'
interface Look {
  tone: Tone
  icon: IconName
}

export type State = components['schemas']['RecordingState']
export type TryState = components['schemas']['RecordingTryState']
export type Outcome = 'passed' | 'failed' | 'unsure' | 'not_performed'

/** One sense as the server swore to it. */
export interface Check {
  sense: string
  outcome: Outcome
  score_ppm: number | null
  threshold_ppm: number | null
  at_ms: number | null
}

export type Pick = components['schemas']['RecordingPick']
/** Why a question is recorded again, the most frequent first. */
export const FLAWS: Pick['flaw'][] = ['unclear', 'not_heard', 'not_seen', 'not_alone', 'differs', 'not_done', 'interrupted']

/** How a recording's state looks: tone and icon beside its word. */
export const STATES: Record<State, Look> = {
  running: { tone: 'quiet', icon: 'clock' },
  passed: { tone: 'good', icon: 'check' },
  needs_person: { tone: 'care', icon: 'person' },
  ended: { tone: 'quiet', icon: 'document' },
}
export const STATE_NAMES = Object.keys(STATES) as State[]

/** How one try looks. */
export const TRIES: Record<TryState, Look> = {
  open: { tone: 'quiet', icon: 'clock' },
  checking: { tone: 'quiet', icon: 'clock' },
  passed: { tone: 'good', icon: 'check' },
  again: { tone: 'care', icon: 'alert' },
  needs_person: { tone: 'care', icon: 'person' },
  stopped: { tone: 'bad', icon: 'alert' },
}

/** How one check looks. */
export const OUTCOMES: Record<Outcome, Look> = {
  passed: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'alert' },
  unsure: { tone: 'care', icon: 'alert' },
  not_performed: { tone: 'care', icon: 'person' },
}

/** Minutes and seconds of a film: `1:05`. */
export function moment(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
