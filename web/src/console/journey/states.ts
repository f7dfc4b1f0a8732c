import type { JourneyState, Step } from '../../api/wire'
import type { IconName } from '../shell/Icon.vue'

/** How a journey's state looks: tone and icon beside its word. */
export const STATES: Record<JourneyState, { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }> = {
  waiting_price: { tone: 'care', icon: 'clock' },
  open: { tone: 'quiet', icon: 'journey' },
  completed: { tone: 'good', icon: 'check' },
  expired: { tone: 'quiet', icon: 'refuse' },
  cancelled: { tone: 'quiet', icon: 'refuse' },
  disbursed: { tone: 'good', icon: 'out' },
}

export const STATE_NAMES = Object.keys(STATES) as JourneyState[]

/** The steps of a borrower in order. */
export const STEPS: Step[] = ['wait', 'read', 'answer', 'confirm', 'done']

/** What a list of journeys is narrowed to; an empty one does not narrow. */
export interface Filters {
  /** Reference, id, or a whole phone or ID number. */
  q: string
  state: string
  product: string
}
