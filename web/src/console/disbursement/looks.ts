import type { components } from '../../api/schema'
import type { IconName } from '../shell/Icon.vue'

type Finding = components['schemas']['IncidentFinding']
type State = components['schemas']['IncidentState']

/** How an incident's state looks: tone and icon beside its word. */
export const STATES: Record<State, { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }> = {
  open: { tone: 'bad', icon: 'alert' },
  handled: { tone: 'care', icon: 'clock' },
  closed: { tone: 'good', icon: 'check' },
}

export const STATE_NAMES = Object.keys(STATES) as State[]

/** What may be wrong with a payment; every one of the server's, by its type. */
const ALL: Record<Finding, true> = {
  net_differs: true, other_payee: true, not_booked: true, no_token: true, token_invalid: true, token_expired: true, token_reused: true,
  token_revoked: true, token_foreign: true, paid_twice: true, reference_reused: true, paid_ahead: true, while_held: true, token_outdated: true, unreported: true, unknown_reference: true, sum_differs: true, loan_differs: true, not_in_books: true, token_unpaid: true, break_glass: true, charged_more_than_agreed: true, settled_above_quote: true, protection_missing: true,
}

export const FINDINGS = Object.keys(ALL) as Finding[]
