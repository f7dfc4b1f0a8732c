import { reactive, ref } from 'vue'
import type { QuestionId } from '../../api/wire'
import { useJourney } from '../journey/useJourney'

const chosen = reactive(new Map<QuestionId, string>())
/** True from a wrong answer until the next try: the sheet then marks where the answers stand. */
const marking = ref(false)

/** The two questions; answers stay while the person goes back to the sheet, and are cleared by a wrong try. */
export function useQuiz() {
  const { onSheet } = useJourney()
  return {
    chosen,
    marking,
    /** Sends both answers; false means they did not match the sheet. */
    async submit(): Promise<boolean> {
      const answers = [...chosen].map(([question, choice]) => ({ question, choice }))
      const view = await onSheet('answers', { answers })
      const understood = view.sheet?.quiz.understood_at_ms !== null
      marking.value = !understood
      chosen.clear()
      return understood
    },
  }
}
