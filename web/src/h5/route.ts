import { readonly, ref } from 'vue'

/** Where the borrower is; the address never holds anything but the link's own token. */
export type Route =
  | { at: 'link'; token: string; assistance: string | null }
  | { at: 'home' | 'sheet' | 'hint' | 'confirm' | 'later' | 'me' | 'openings' | 'consents' | 'contacts' | 'refusal' }
  | { at: 'contact'; token: string }
  | { at: 'loan'; id: string }
  | { at: 'ticket'; ticket: string }
  | { at: 'partners'; institution: string }
  | { at: 'question'; no: number }

export function parse(hash: string): Route {
  const [first = '', second = '', third = ''] = hash.replace(/^#?\/?/, '').split('/')
  if (first === 'j' && second !== '') return { at: 'link', token: decodeURIComponent(second), assistance: third === '' ? null : decodeURIComponent(third) }
  // A phone may take the words after a link in a message for a part of it.
  if (first === 'c' && second !== '') return { at: 'contact', token: /^[\w.-]*/.exec(decodeURIComponent(second))?.[0] ?? '' }
  if (first === 'loan' && second !== '') return { at: 'loan', id: decodeURIComponent(second) }
  if (first === 't' && second !== '') return { at: 'ticket', ticket: decodeURIComponent(second) }
  if (first === 'partners' && second !== '') return { at: 'partners', institution: decodeURIComponent(second) }
  if (first === 'question') return { at: 'question', no: second === '2' ? 2 : 1 }
  if (first === 'sheet' || first === 'hint' || first === 'confirm' || first === 'later' || first === 'me' || first === 'openings' || first === 'consents' || first === 'contacts' || first === 'refusal') return { at: first }
  return { at: 'home' }
}

export function hashOf(route: Route): string {
  if (route.at === 'link') {
    const link = `#/j/${encodeURIComponent(route.token)}`
    return route.assistance === null ? link : `${link}/${encodeURIComponent(route.assistance)}`
  }
  if (route.at === 'contact') return `#/c/${encodeURIComponent(route.token)}`
  if (route.at === 'loan') return `#/loan/${encodeURIComponent(route.id)}`
  if (route.at === 'ticket') return `#/t/${encodeURIComponent(route.ticket)}`
  if (route.at === 'partners') return `#/partners/${encodeURIComponent(route.institution)}`
  if (route.at === 'question') return `#/question/${route.no}`
  return `#/${route.at}`
}

const current = ref<Route>(parse(location.hash))
export const route = readonly(current)

function depth(): number {
  const state: unknown = history.state
  return typeof state === 'object' && state !== null && 'depth' in state ? Number(state.depth) : 0
}

window.addEventListener('popstate', () => {
  current.value = parse(location.hash)
})
window.addEventListener('hashchange', () => {
  current.value = parse(location.hash)
})

export function go(to: Route): void {
  history.pushState({ depth: depth() + 1 }, '', hashOf(to))
  current.value = to
}

/** Takes the present entry's place in the history, so that 'back' skips it. */
export function become(to: Route): void {
  history.replaceState({ depth: depth() }, '', hashOf(to))
  current.value = to
}

/** One step back, or to `otherwise` when the page was opened right here. */
export function back(otherwise: Route): void {
  if (depth() > 0) history.back()
  else become(otherwise)
}
