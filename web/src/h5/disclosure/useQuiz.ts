import { reactive, ref, watch } from 'vue'
import { ApiError } from '../../api/client'
import type { QuestionId, SheetStep } from '../../api/wire'
import { useCountdown } from '../../shared/useCountdown'
import { useJourney } from '../journey/useJourney'

const chosen = reactive(new Map<QuestionId, string>())
/** True from a wrong answer until the next try: the sheet then marks where the answers stand. */
export const marking = ref(false)

/**
 * The two questions; answers stay while the person goes back to the sheet, and are cleared by a wrong try.
 * After several wrong ones the server lets some time pass before the next: `wait` counts it down.
 */
export function useQuiz(quiz: () => SheetStep['quiz']) {
  const { onSheet, age } = useJourney()
  const wait = useCountdown()
  watch(quiz, ({ wait_ms: ms }) => wait.start(Math.max(0, ms - age()), ms), { immediate: true })

  /** Sends both answers; `wait` means that the server did not look at them yet. */
  async function submit(): Promise<'right' | 'wrong' | 'wait'> {
    const answers = [...chosen].map(([question, choice]) => ({ question, choice }))
    try {
      const view = await onSheet('answers', { answers })
      const understood = view.sheet?.quiz.understood_at_ms !== null
      marking.value = !understood
      chosen.clear()
      return understood ? 'right' : 'wrong'
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.code !== 'sheet_answer_wait' || cause.retryAfterMs === null) throw cause
      wait.start(cause.retryAfterMs)
      return 'wait'
    }
  }

  return { chosen, wait, submit }
}
