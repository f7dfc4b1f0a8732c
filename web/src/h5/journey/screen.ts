import type { CustomerJourney } from '../../api/wire'
import type { Route } from '../route'

export type Screen = 'wait' | 'rights' | 'expired' | 'cancelled' | 'line' | 'step' | 'home' | 'sheet' | 'question' | 'hint' | 'confirm' | 'later' | 'done'

/** The screen a place in the address may show: earlier steps always, later ones only when the server has got there. */
export function screenFor(route: Route, journey: CustomerJourney): Screen {
  if (journey.opens === 'rights') return 'rights'
  if (journey.state === 'expired' || journey.state === 'cancelled') return journey.state
  if (journey.kind === 'line' && journey.current === null) return 'line'
  if (beforeSheet(journey)) return route.at === 'later' ? 'later' : 'step'
  if (journey.step === 'wait' || journey.sheet === null) return 'wait'
  if (journey.step === 'done') return route.at === 'sheet' ? 'sheet' : 'done'
  switch (route.at) {
    case 'sheet':
    case 'later':
    case 'hint':
      return route.at
    case 'question':
      return journey.step === 'answer' ? 'question' : journey.step === 'confirm' ? 'confirm' : 'sheet'
    case 'confirm':
      return journey.step === 'confirm' ? 'confirm' : journey.step === 'answer' ? 'question' : 'sheet'
    default:
      return 'home'
  }
}

/** The refusal that a person may read, and have a person look at: the lender's, else that of the assessment. */
export function refused(journey: CustomerJourney) {
  const known = ['refused', 'needs_person']
  if (journey.credit_decision && known.includes(journey.credit_decision.progress)) return { step: 'credit_decision', outcome: journey.credit_decision } as const
  if (journey.affordability && known.includes(journey.affordability.progress)) return { step: 'affordability', outcome: journey.affordability } as const
  return null
}

/** Whether the journey is at a step other than the cost sheet: before it, or signing after it. */
export function beforeSheet(journey: CustomerJourney): boolean {
  return journey.current !== null && journey.current !== 'cost_disclosure'
}

/** Where the main road goes from the journey's present step. */
export function nextRoute(journey: CustomerJourney): Route {
  if (beforeSheet(journey)) return { at: 'home' }
  switch (journey.step) {
    case 'read':
      return { at: 'sheet' }
    case 'answer':
      return { at: 'question', no: 1 }
    case 'confirm':
      return { at: 'confirm' }
    default:
      return { at: 'home' }
  }
}
