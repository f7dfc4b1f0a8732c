import { call } from '../../api/call'
import { ApiError } from '../../api/client'
import type { JourneyNotice } from '../../api/wire'
import { useCountdown } from '../../shared/useCountdown'
import { useJourney } from '../journey/useJourney'

/** The code that confirms a credit authority: asked for, and entered beside exactly what is on the screen. */
export function useSigning() {
  const { atStep } = useJourney()
  const wait = useCountdown()

  async function requestCode({ notice, digest }: JourneyNotice): Promise<void> {
    try {
      const { code_wait_ms } = await call('post', '/api/h5/steps/credit_authority/code', { body: { notice, digest } })
      wait.start(code_wait_ms)
    } catch (cause) {
      // A code is already under way: let the person type it instead of telling them off.
      if (!(cause instanceof ApiError) || cause.code !== 'code_too_soon') throw cause
      wait.start(cause.retryAfterMs ?? 60_000, 60_000)
    }
  }

  const sign = (notice: JourneyNotice, code: string) =>
    atStep('credit_authority', 'give', { notice: notice.notice, digest: notice.digest, code })

  return { wait, requestCode, sign }
}
