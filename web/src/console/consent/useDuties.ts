import { computed, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, query } from '../../api/client'
import type { Page } from '../../api/wire'
import { useLoad } from '../shell/useLoad'

/** What the house did under consents and duties: three lists that are looked through alike. */
export const DUTIES = ['bureau-queries', 'adverse-notices', 'provisions'] as const
export type Duty = (typeof DUTIES)[number]

/** One list. A phone or ID number that is looked for stays in memory, never in an address. */
export function useDuties<Row>(list: Duty) {
  const route = useRoute()
  const router = useRouter()
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const looked = ref('')
  const state = computed(() => text(route.query.state))
  const key = computed(() => ({ q: looked.value, state: state.value, after: text(route.query.after) }))
  const { data, error, busy, reload } = useLoad(key, ({ q, state: of, after }) => {
    const paging = { after, limit: 50 }
    return q === ''
      ? api.get<Page<Row>>(`/api/console/${list}${query({ state: of, ...paging })}`)
      : api.post<Page<Row>>(`/api/console/${list}/search${query(paging)}`, { q, state: of })
  })

  /** A cursor belongs to one search: looking for somebody else begins at the first page. */
  async function look(words: string) {
    if (route.query.after !== undefined) await router.push({ query: { ...route.query, after: undefined } })
    looked.value = words
  }

  const narrow = (to: string) => router.push({ query: to === '' ? {} : { state: to } })

  return { data, error, busy, reload, looked, state, look, narrow }
}
