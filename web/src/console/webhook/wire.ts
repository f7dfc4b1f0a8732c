import type { IconName } from '../shell/Icon.vue'

/** An address of the lender that events are sent to. */
export interface Endpoint {
  id: string
  url: string
  events: string[]
  state: 'live' | 'paused' | 'disabled'
  failing_since_ms: number | null
  older_until_ms: number | null
  created_at_ms: number
}

/** The one answer that holds a secret. */
export type EndpointWithSecret = Endpoint & { secret: string }

export interface Delivery {
  id: string
  event: string
  type: string
  case: string
  state: 'waiting' | 'delivered' | 'dead'
  attempts: number
  happened_at_ms: number
  created_at_ms: number
  settled_at_ms: number | null
}

export interface Attempt {
  no: number
  at_ms: number
  duration_ms: number
  status: number | null
  failure: string | null
}

type Look = { tone: 'good' | 'care' | 'bad' | 'quiet'; icon: IconName }

export const ENDPOINT: Record<Endpoint['state'], Look> = {
  live: { tone: 'good', icon: 'check' },
  paused: { tone: 'bad', icon: 'alert' },
  disabled: { tone: 'quiet', icon: 'refuse' },
}

export const DELIVERY: Record<Delivery['state'], Look> = {
  waiting: { tone: 'care', icon: 'clock' },
  delivered: { tone: 'good', icon: 'check' },
  dead: { tone: 'bad', icon: 'refuse' },
}
