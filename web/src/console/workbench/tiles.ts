import type { components } from '../../api/schema'
import type { IconName } from '../shell/Icon.vue'

export type Tile = components['schemas']['WorkbenchTile']
export type Subject = components['schemas']['WorkbenchSubject']
type Group = 'due' | 'money' | 'watch' | 'second'

/** Where each number leads, and how it looks once it is not zero. */
export const TILES: Record<Subject, { to: string; icon: IconName; tone: 'bad' | 'care'; group: Group }> = {
  rectifications_overdue: { to: '/rectifications?overdue=only', icon: 'alert', tone: 'bad', group: 'due' },
  rectifications_soon: { to: '/rectifications?state=open', icon: 'clock', tone: 'care', group: 'due' },
  reviews_overdue: { to: '/reviews?state=open', icon: 'alert', tone: 'bad', group: 'due' },
  reviews_open: { to: '/reviews?state=open', icon: 'shield', tone: 'care', group: 'due' },
  identities_waiting: { to: '/identities?phase=needs_person', icon: 'person', tone: 'care', group: 'due' },
  recordings_to_lead: { to: '/recording-desk', icon: 'clock', tone: 'bad', group: 'due' },
  recordings_to_review: { to: '/recordings', icon: 'search', tone: 'care', group: 'due' },
  releases_blocked: { to: '/journeys?state=completed', icon: 'refuse', tone: 'bad', group: 'money' },
  holds_standing: { to: '/journeys?state=completed', icon: 'shield', tone: 'care', group: 'money' },
  incidents_open: { to: '/incidents?state=open', icon: 'alert', tone: 'bad', group: 'money' },
  days_differing: { to: '/reconciliations', icon: 'ledger', tone: 'bad', group: 'money' },
  openings_strange: { to: '/openings?show=strange', icon: 'search', tone: 'care', group: 'watch' },
  webhooks_failing: { to: '/webhooks', icon: 'out', tone: 'bad', group: 'watch' },
  exchange_troubled: { to: '/batches', icon: 'copy', tone: 'bad', group: 'watch' },
  faces_stored: { to: '/recordings', icon: 'alert', tone: 'care', group: 'watch' },
  glasses_asked: { to: '/break-glass', icon: 'shield', tone: 'bad', group: 'second' },
  incidents_handled: { to: '/incidents?state=handled', icon: 'clock', tone: 'care', group: 'second' },
  rectifications_done: { to: '/rectifications?state=done', icon: 'check', tone: 'care', group: 'second' },
  product_drafts: { to: '/products', icon: 'product', tone: 'care', group: 'second' },
  notice_drafts: { to: '/notices', icon: 'document', tone: 'care', group: 'second' },
  template_drafts: { to: '/contract-templates', icon: 'document', tone: 'care', group: 'second' },
  roster_drafts: { to: '/roster', icon: 'people', tone: 'care', group: 'second' },
  staff_changes: { to: '/staff', icon: 'people', tone: 'care', group: 'second' },
  loosenings: { to: '/settings', icon: 'sliders', tone: 'care', group: 'second' },
  destructions_proposed: { to: '/subjects', icon: 'person', tone: 'care', group: 'second' },
}

export const GROUPS: Group[] = ['due', 'money', 'second', 'watch']

/** How long something has waited: whole days, else hours, else minutes. */
export function age(ms: number): { key: 'days' | 'hours' | 'minutes'; n: number } {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 60) return { key: 'minutes', n: minutes }
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? { key: 'hours', n: hours } : { key: 'days', n: Math.floor(hours / 24) }
}
