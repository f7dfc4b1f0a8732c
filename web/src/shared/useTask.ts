import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError, asApiError } from '../api/client'

/**
 * One thing the person asked for: busy while it runs, its error while it failed, `retry` to do it again.
 * What follows from success belongs inside the work, so that a repeated one leads on too.
 * A request that never reached the server is repeated by itself once the connection is back.
 */
export function useTask() {
  const busy = ref(false)
  const error = shallowRef<ApiError | null>(null)
  let last: (() => Promise<void>) | null = null

  async function run(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    last = work
    busy.value = true
    error.value = null
    try {
      await work()
      return true
    } catch (cause) {
      error.value = asApiError(cause)
      return false
    } finally {
      busy.value = false
    }
  }

  async function retry(): Promise<boolean> {
    return last === null ? false : run(last)
  }

  const online = () => {
    if (error.value?.offline) void retry()
  }
  window.addEventListener('online', online)
  onScopeDispose(() => window.removeEventListener('online', online))

  return { busy, error, run, retry }
}
