import { ref, shallowRef } from 'vue'
import { api, ApiError } from '../../api/client'
import type { StaffView } from '../../api/wire'

const staff = shallowRef<StaffView | null>(null)
/** Set when a session ended under the person's hands, so that sign-in can say so. */
const lapsed = ref(false)
let asked: Promise<void> | null = null

/** Who sits at this desk. */
export const session = {
  staff,
  lapsed,
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
  async signIn(institution: string, account: string, password: string): Promise<void> {
    staff.value = await api.post<StaffView>('/api/console/session', { institution, account, password })
    lapsed.value = false
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
