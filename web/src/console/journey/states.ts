import type { JourneyState, Step } from '../../api/wire'
import type { IconName } from '../shell/Icon.vue'

/** How a journey's state looks: tone and icon beside its word. */
export const STATES: Record<JourneyState, { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }> = {
  waiting_price: { tone: 'care', icon: 'clock' },
  open: { tone: 'quiet', icon: 'journey' },
  completed: { tone: 'good', icon: 'check' },
  expired: { tone: 'quiet', icon: 'refuse' },
}

export const STATE_NAMES = Object.keys(STATES) as JourneyState[]

/** The steps of a borrower in order. */
export const STEPS: Step[] = ['wait', 'read', 'answer', 'confirm', 'done']
