import { api } from '../../api/client'
import type { Roles, StaffState } from '../../api/access'
import { useLanguage } from '../../shared/i18n'
import { useLoad } from '../shell/useLoad'

export const STAFF_TONES: Record<StaffState, { tone: 'good' | 'care' | 'bad'; icon: 'check' | 'clock' | 'refuse' }> = {
  active: { tone: 'good', icon: 'check' },
  invited: { tone: 'care', icon: 'clock' },
  disabled: { tone: 'bad', icon: 'refuse' },
}

/** The institution's roles, and their names for people. */
export function useRoles() {
  const { pick } = useLanguage()
  const loaded = useLoad(() => '/api/console/roles', (path) => api.get<Roles>(path))
  return {
    ...loaded,
    roleName(id: string): string {
      const role = loaded.data.value?.rows.find((one) => one.id === id)
      return role ? pick(role.name) : id
    },
  }
}
