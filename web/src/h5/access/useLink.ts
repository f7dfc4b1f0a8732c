import { ref, shallowRef } from 'vue'
import { api, ApiError } from '../../api/client'
import type { CodeSent, LinkView } from '../../api/wire'
import { useCountdown } from '../../shared/useCountdown'
import { linkToken, useJourney } from '../journey/useJourney'

/** The link of this page: who asks, whether it still opens, and the code that opens it. */
export function useLink(token: string, assistance: string | null) {
  const { knowInstitution, enter } = useJourney()
  const link = shallowRef<LinkView | null>(null)
  const unknown = ref(false)
  const sent = ref(false)
  const wait = useCountdown()

  async function open() {
    try {
      const view = await api.post<LinkView>('/api/h5/link', { token })
      link.value = view
      linkToken.keep(token)
      knowInstitution(view.institution)
      if (view.code_wait_ms > 0) {
        wait.start(view.code_wait_ms, Math.max(60_000, view.code_wait_ms))
        sent.value = true
      }
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 404) unknown.value = true
      else throw cause
    }
  }

  async function requestCode() {
    try {
      const { code_wait_ms } = await api.post<CodeSent>('/api/h5/link/code', { token })
      wait.start(code_wait_ms)
      sent.value = true
    } catch (cause) {
      // A code is already under way: let the person type it instead of telling them off.
      if (!(cause instanceof ApiError) || cause.code !== 'code_too_soon') throw cause
      wait.start(cause.retryAfterMs ?? 60_000, 60_000)
      sent.value = true
    }
  }

  return { link, unknown, sent, wait, open, requestCode, enter: (code: string) => enter(token, code, assistance) }
}
