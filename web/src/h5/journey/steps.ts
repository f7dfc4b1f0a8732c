import type { Component } from 'vue'
import DrawdownStep from '../drawdown/DrawdownStep.vue'
import type { CustomerJourney, Protection } from '../../api/wire'
import NoticeScreen from '../consent/NoticeScreen.vue'
import TotalCostScreen from '../disclosure/TotalCostScreen.vue'
import IdentityStep from '../identity/IdentityStep.vue'
import RecordingStep from '../recording/RecordingStep.vue'
import SigningStep from '../signing/SigningStep.vue'
import AffordabilityScreen from '../suitability/AffordabilityScreen.vue'
import DecisionScreen from '../suitability/DecisionScreen.vue'

/** The screen of each step beside the cost sheet; it gets the journey and decides by the step's progress. */
export const STEP_SCREENS: Partial<Record<Protection, Component>> = {
  personal_information_notice: NoticeScreen,
  separate_consents: NoticeScreen,
  credit_authority: NoticeScreen,
  drawdown: DrawdownStep,
  identity: IdentityStep,
  affordability: AffordabilityScreen,
  credit_decision: DecisionScreen,
  recording: RecordingStep,
  signing: SigningStep,
  total_cost_notice: TotalCostScreen,
}

/** Where the journey stands among its steps, counted from 1; null where there is nothing to count. */
export function place(journey: CustomerJourney): { no: number; of: number } | null {
  const at = journey.steps.findIndex((step) => step.protection === journey.current)
  return at < 0 || journey.steps.length < 2 ? null : { no: at + 1, of: journey.steps.length }
}
