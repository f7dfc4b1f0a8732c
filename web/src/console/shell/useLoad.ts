import { onScopeDispose, ref, shallowRef, watch, type WatchSource } from 'vue'
import { ApiError, asApiError } from '../../api/client'
import { session } from '../access/useSession'

/** One resource of the server, fetched anew whenever `on` changes; late answers to old questions are dropped. */
export function useLoad<T, K>(on: WatchSource<K>, fetcher: (key: K) => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  let round = 0
  let latest: K

  async function run(key: K) {
    latest = key
    const mine = ++round
    busy.value = true
    try {
      const answer = await fetcher(key)
      if (mine !== round) return
      data.value = answer
      error.value = null
    } catch (cause) {
      if (mine !== round || session.lost(cause)) return
      error.value = asApiError(cause)
    } finally {
      if (mine === round) busy.value = false
    }
  }

  watch(on, (key) => void run(key), { immediate: true })
  onScopeDispose(() => {
    round += 1
  })
  return { data, error, busy, reload: () => run(latest) }
}
