import { computed, shallowRef, watch, type Ref } from 'vue'
import { ApiError, api, asApiError, query } from '../../api/client'
import type { FactRow, Page } from '../../api/wire'
import { session } from '../access/useSession'

const LIMIT = 100

/** The facts of one journey, page after page; a refresh looks again at the last page, where things change. */
export function useTimeline(path: Ref<string>) {
  const pages = shallowRef<{ after: string; rows: FactRow[]; next: string | null }[]>([])
  const error = shallowRef<ApiError | null>(null)

  async function fetchPage(at: string, after: string) {
    const page = await api.get<Page<FactRow>>(`${at}/timeline${query({ after, limit: LIMIT })}`)
    return { after, ...page }
  }

  async function guarded(work: () => Promise<void>) {
    try {
      await work()
      error.value = null
    } catch (cause) {
      if (!session.lost(cause)) error.value = asApiError(cause)
    }
  }

  function refresh() {
    return guarded(async () => {
      const at = path.value
      const known = pages.value
      // Proofs arrive for facts on any page, so all that is shown is looked at again.
      const fresh = await Promise.all((known.length === 0 ? [''] : known.map((page) => page.after)).map((after) => fetchPage(at, after)))
      if (at === path.value) pages.value = fresh
    })
  }

  function loadMore() {
    return guarded(async () => {
      const next = pages.value.at(-1)?.next
      if (next) pages.value = [...pages.value, await fetchPage(path.value, next)]
    })
  }

  watch(path, () => {
    pages.value = []
    void refresh()
  }, { immediate: true })

  const rows = computed(() => pages.value.flatMap((page) => page.rows))
  return {
    rows,
    more: computed(() => (pages.value.at(-1)?.next ?? null) !== null),
    unproved: computed(() => rows.value.some((row) => row.state !== 'proved')),
    error,
    refresh,
    loadMore,
  }
}
