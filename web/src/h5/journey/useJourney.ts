import { readonly, ref, shallowRef } from 'vue'
import { call } from '../../api/call'
import { api, ApiError, asApiError } from '../../api/client'
import type { CustomerJourney, InstitutionCard, NewContact, Protection } from '../../api/wire'
import { clearShelf } from '../../recording/shelf'
import { useComfort } from '../useComfort'

export type Ended = 'session_missing' | 'session_replaced' | 'session_expired' | 'left'

const TOKEN_KEY = 'xiaobao.link'
const journey = shallowRef<CustomerJourney | null>(null)
/** When the present view arrived, on the monotonic clock: what it says is left counts from here. */
let arrived = 0
const ended = ref<Ended | null>(null)
const changed = ref(false)
/** Known from the link even before anyone is signed in, so that help can always be called. */
const institution = shallowRef<InstitutionCard | null>(null)

function isEnded(code: string): code is Exclude<Ended, 'left'> {
  return code === 'session_missing' || code === 'session_replaced' || code === 'session_expired'
}

function take(view: CustomerJourney): CustomerJourney {
  journey.value = view
  arrived = performance.now()
  ended.value = null
  institution.value = view.institution
  useComfort().suggest(view.audience === 'elder' ? 'large' : 'standard')
  return view
}

async function guarded(work: () => Promise<CustomerJourney>): Promise<CustomerJourney> {
  try {
    return take(await work())
  } catch (cause) {
    const error = asApiError(cause)
    if (error.status === 401) {
      ended.value = isEnded(error.code) ? error.code : 'session_missing'
      journey.value = null
    }
    throw error
  }
}

/** The borrower's journey as the server holds it; every action answers with the whole of it. */
export function useJourney() {
  return {
    journey: readonly(journey) as Readonly<typeof journey>,
    ended: readonly(ended),
    /** The sheet was replaced by a newer one under the person's eyes. */
    changed: readonly(changed),
    /** Milliseconds since the journey was last heard of. */
    age: () => performance.now() - arrived,
    institution: readonly(institution) as Readonly<typeof institution>,
    knowInstitution(card: InstitutionCard) {
      institution.value = card
    },
    load: () => guarded(() => api.get<CustomerJourney>('/api/h5/journey')),
    enter: async (token: string, code: string, assistance: string | null) =>
      take(await api.post<CustomerJourney>('/api/h5/link/enter', { token, code, ...(assistance === null ? {} : { assistance }) })),
    /** Enters by the ticket that the lender's own app opened this page with. */
    enterByTicket: async (ticket: string) => take(await api.post<CustomerJourney>('/api/h5/ticket', { ticket })),
    /** An action on the sheet that is on the screen; the server refuses any other digest. */
    onSheet(action: 'shown' | 'read' | 'answers' | 'confirm', more: object = {}) {
      return guarded(async () => {
        const digest = journey.value?.sheet?.digest
        if (digest === undefined) throw new ApiError(0, 'sheet_missing', NO_SHEET)
        try {
          const view = await api.post<CustomerJourney>(`/api/h5/sheet/${action}`, { sheet_digest: digest, ...more })
          changed.value = false
          return view
        } catch (cause) {
          if (!(cause instanceof ApiError) || cause.code !== 'sheet_changed') throw cause
          // What is on the screen is not in force any more: show the one that is, and say so.
          changed.value = true
          return api.get<CustomerJourney>('/api/h5/journey')
        }
      })
    },
    /** The person's act at a step before the sheet: `/api/h5/steps/<step>/<act>`. */
    atStep: (step: Protection, act: string, body: object = {}) =>
      guarded(() => api.post<CustomerJourney>(`/api/h5/steps/${step}/${act}`, body)),
    /** Names a third person; only they and the lender are told. */
    nameThird: (role: 'emergency_contact' | 'informed_relative', body: NewContact) =>
      guarded(() => (role === 'informed_relative' ? call('post', '/api/h5/relative', { body }) : call('post', '/api/h5/contacts', { body }))),
    /** Says yes to the sheet on the screen costing more than the terms so far. */
    acceptDearer: () =>
      guarded(() => call('post', '/api/h5/change/accept-dearer', { body: { sheet_digest: journey.value?.sheet?.digest ?? '' } })),
    declineReminders: () => guarded(() => call('post', '/api/h5/reminders/decline', { body: {} })),
    abandon: () => guarded(() => call('post', '/api/h5/abandon', { body: {} })),
    askPerson: () => guarded(() => api.post<CustomerJourney>('/api/h5/person')),
    async leave() {
      await api.post('/api/h5/leave')
      // A counter's tablet goes to the next person: nothing of this one stays on it.
      if (journey.value?.assisted_by) {
        linkToken.forget()
        clearShelf()
      }
      journey.value = null
      ended.value = 'left'
    },
  }
}

const NO_SHEET = { zh: '明示表还没有准备好，请稍后再看。', en: 'The sheet is not ready yet; please look again shortly.' }

/** The link of this tab, so that a new code is one tap away; it opens nothing without that code. */
export const linkToken = {
  keep(token: string) {
    try {
      sessionStorage.setItem(TOKEN_KEY, token)
    } catch {
      // Storage is off: the link in the message still works.
    }
  },
  forget() {
    try {
      sessionStorage.removeItem(TOKEN_KEY)
    } catch {
      // Storage is off: nothing was kept.
    }
  },
  get(): string | null {
    try {
      return sessionStorage.getItem(TOKEN_KEY)
    } catch {
      return null
    }
  },
}

const TICKET_KEY = 'xiaobao.ticket'

/** The ticket that opened this tab and the journey it led to: used up, it opens nothing any more. */
export const usedTicket = {
  keep(ticket: string, journey: string) {
    try {
      sessionStorage.setItem(TICKET_KEY, `${ticket} ${journey}`)
    } catch {
      // Storage is off: the lender's app gives another ticket.
    }
  },
  journey(ticket: string): string | null {
    try {
      const [used, journey] = (sessionStorage.getItem(TICKET_KEY) ?? '').split(' ')
      return used === ticket ? (journey ?? null) : null
    } catch {
      return null
    }
  },
}
