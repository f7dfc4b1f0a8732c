import type { components } from '../../api/schema'
import type { IconName } from '../shell/Icon.vue'

export type State = components['schemas']['RectificationState']
export type Severity = components['schemas']['RectificationSeverity']

/** How a finding's state looks: tone and icon beside its word. */
export const STATES: Record<State, { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }> = {
  open: { tone: 'care', icon: 'clock' },
  done: { tone: 'quiet', icon: 'person' },
  accepted: { tone: 'good', icon: 'check' },
}
export const STATE_NAMES = Object.keys(STATES) as State[]

const ALL: Record<Severity, true> = { minor: true, major: true, grave: true }
export const SEVERITIES = Object.keys(ALL) as Severity[]
