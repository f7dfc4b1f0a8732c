import { ref, shallowRef } from 'vue'
import { call } from '../../api/call'
import { api, ApiError } from '../../api/client'
import type { Ceremony, Proof, SignInView, StaffView } from '../../api/access'

const staff = shallowRef<StaffView | null>(null)
/** Set when a session ended under the person's hands, so that sign-in can say so. */
const lapsed = ref(false)
/** This sign-in came from a device and network not seen before. */
const elsewhere = ref(false)
let asked: Promise<void> | null = null

function enter(view: SignInView): SignInView {
  staff.value = view.staff
  elsewhere.value = view.elsewhere && view.staff !== null
  if (view.staff !== null) lapsed.value = false
  return view
}

/** Who sits at this desk. */
export const session = {
  staff,
  lapsed,
  elsewhere,
  /** Asks the server once per page load; a failure to reach it counts as signed out. */
  know(): Promise<void> {
    asked ??= api.get<StaffView>('/api/console/session').then(
      (view) => {
        staff.value = view
      },
      () => undefined,
    )
    return asked
  },
  /** Answers how far it came: a second factor may still be asked for. */
  async signIn(institution: string, account: string, password: string): Promise<SignInView> {
    return enter(await api.post<SignInView>('/api/console/session', { institution, account, password }))
  },
  /** What the browser is asked for the second step. */
  async passkeyForSecondStep(): Promise<Ceremony> {
    return api.post<Ceremony>('/api/console/session/second-factor/passkey')
  },
  async secondFactor(proof: Proof): Promise<SignInView> {
    return enter(await api.post<SignInView>('/api/console/session/second-factor', proof))
  },
  /** By a passkey alone. */
  async byPasskey(institution: string, ceremony: string, passkey: Ceremony['options']): Promise<SignInView> {
    return enter(await call('post', '/api/console/session/passkey', { body: { institution, ceremony, passkey } }))
  },
  /** Back from the institution's provider. */
  async byProvider(code: string, state: string): Promise<SignInView> {
    return enter(await api.post<SignInView>('/api/console/session/provider/finish', { code, state }))
  },
  async acceptInvitation(token: string, word: string, password: string): Promise<SignInView> {
    return enter(await api.post<SignInView>('/api/console/invitation/accept', { token, word, password }))
  },
  /** Looks again, after something about the person changed. */
  async refresh(): Promise<void> {
    staff.value = await api.get<StaffView>('/api/console/session')
  },
  async signOut(): Promise<void> {
    await api.delete('/api/console/session')
    staff.value = null
  },
  may: (right: string) => staff.value?.rights.includes(right) ?? false,
  /** Any 401 from any page leads back to sign-in, with the place remembered. */
  lost(cause: unknown): boolean {
    if (!(cause instanceof ApiError) || cause.status !== 401) return false
    staff.value = null
    lapsed.value = true
    return true
  },
}
