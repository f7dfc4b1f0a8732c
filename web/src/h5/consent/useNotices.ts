import { shallowRef } from 'vue'
import { api } from '../../api/client'
import type { JourneyNotice, Protection } from '../../api/wire'
import { useJourney } from '../journey/useJourney'

/** What one notice still needs from the person. */
export type Turn = 'decide' | 'declined_necessary'

/** Where the person is in a step: the first notice that is not answered; an optional one is answered either way. */
export function turn(notice: JourneyNotice): Turn | null {
  const necessary = notice.document.content.necessity === 'necessary'
  if (notice.state === null || notice.state === 'shown') return 'decide'
  if (notice.state === 'acknowledged' || notice.state === 'given') return null
  return necessary ? 'declined_necessary' : null
}

/** The notices of one step, as the server holds them. */
export function useNotices(step: Protection) {
  const { atStep } = useJourney()
  const rows = shallowRef<JourneyNotice[] | null>(null)

  async function load(): Promise<void> {
    const all = await api.get<{ rows: JourneyNotice[] }>('/api/h5/notices')
    rows.value = all.rows.filter((row) => row.step === step)
  }

  /** One act about exactly what is on the screen. */
  async function act(notice: JourneyNotice, what: 'shown' | 'acknowledge' | 'give' | 'decline'): Promise<void> {
    await atStep(step, what, { notice: notice.notice, digest: notice.digest })
    if (what !== 'shown') await load()
  }

  return { rows, load, act }
}
