import { computed, watch } from 'vue'
import { useRouter } from 'vue-router'
import { session } from '../access/useSession'

/** What was looked for, by the number its place in the history carries. */
const words = new Map<number, string>()

// The next person at this desk finds no numbers of the last one's borrowers.
watch(session.staff, (staff) => {
  if (staff === null) words.clear()
})

function recalled(): string {
  const state: unknown = history.state
  const place = typeof state === 'object' && state !== null && 'search' in state ? Number(state.search) : 0
  return words.get(place) ?? ''
}

/**
 * The words of a search. They may be a phone or ID number, so they stand in memory only, never in an address:
 * back and forward find them again, a reload does not.
 */
export function useSearch() {
  const router = useRouter()
  return {
    words: computed(() => (router.currentRoute.value.name === 'journeys' ? recalled() : '')),
    /** The history state of a new place that remembers `text`. */
    remember(text: string): { search: number } | undefined {
      if (text === '') return undefined
      const place = Date.now()
      words.set(place, text)
      return { search: place }
    },
  }
}
