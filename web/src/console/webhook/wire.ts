import type { Schemas } from '../../api/wire'
import type { IconName } from '../shell/Icon.vue'

/** An address of the lender that events are sent to. */
export type Endpoint = Schemas['WebhookEndpoint']
/** The one answer that holds a secret. */
export type EndpointWithSecret = Schemas['WebhookSecret']
export type EventType = Schemas['EventType']
export type Delivery = Schemas['WebhookDelivery']
export type Attempt = Schemas['WebhookAttempt']

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
