import type { components } from '../../api/schema'
import type { IconName } from '../shell/Icon.vue'

type Schemas = components['schemas']
export type DrawPage = Schemas['DrawPage']
export type DrawCase = Schemas['DrawCase']
export type Outcome = Schemas['LoanOutcome']
export type CellState = Schemas['CompletenessState']

export type Tone = 'good' | 'care' | 'bad' | 'quiet'

/** How a cell of the matrix looks: tone and icon beside its word. */
export const CELLS: Record<CellState, { tone: Tone; icon: IconName }> = {
  proved: { tone: 'good', icon: 'check' },
  done: { tone: 'care', icon: 'clock' },
  missing: { tone: 'bad', icon: 'refuse' },
  gone: { tone: 'quiet', icon: 'person' },
  not_due: { tone: 'quiet', icon: 'next' },
}

/** How an archive of bundles looks. */
export const BUNDLES: Record<Schemas['BundlesState'], { tone: Tone; icon: IconName }> = {
  making: { tone: 'care', icon: 'clock' },
  ready: { tone: 'good', icon: 'check' },
  too_large: { tone: 'bad', icon: 'refuse' },
  failed: { tone: 'bad', icon: 'alert' },
  over: { tone: 'quiet', icon: 'refuse' },
}

export const CELL_STATES = Object.keys(CELLS) as CellState[]

const ALL_OUTCOMES: Record<Outcome, true> = { any: true, completed: true, released: true, paid: true }
export const OUTCOMES = Object.keys(ALL_OUTCOMES) as Outcome[]
