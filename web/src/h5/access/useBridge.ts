import { watch } from 'vue'
import type { CustomerJourney } from '../../api/wire'
import { useJourney } from '../journey/useJourney'

export type BridgeEvent = 'ready' | 'step' | 'done' | 'close'

/** What the app around the pages is told; nothing about the person. Described in docs/embedding.md. */
export interface BridgeMessage {
  source: 'xiaobao'
  v: 1
  event: BridgeEvent
  journey: string | null
  step: string | null
}

interface Around {
  webkit?: { messageHandlers?: { xiaobao?: { postMessage(message: unknown): void } } }
  xiaobaoAndroid?: { postMessage(text: string): void }
  wx?: { miniProgram?: { postMessage(options: { data: unknown }): void } }
  parent: { postMessage(message: unknown, origin: string): void }
}

export function messageOf(event: BridgeEvent, journey: CustomerJourney | null): BridgeMessage {
  const step = journey === null ? null : (journey.current ?? journey.step)
  return { source: 'xiaobao', v: 1, event, journey: journey?.id ?? null, step }
}

/** Hands a message to whatever stands around the pages; a frame is addressed by origin, so nobody else can read it. */
export function post(message: BridgeMessage, origins: readonly string[], around: Around): void {
  around.webkit?.messageHandlers?.xiaobao?.postMessage(message)
  around.xiaobaoAndroid?.postMessage(JSON.stringify(message))
  around.wx?.miniProgram?.postMessage({ data: message })
  if (around.parent === (around as unknown)) return
  for (const origin of origins) around.parent.postMessage(message, origin)
}

/** Tells the app around the pages that the person wants to leave. */
export function close(): void {
  tell('close')
}

function tell(event: BridgeEvent): void {
  const { journey } = useJourney()
  const origins = journey.value?.leaving.embedders ?? []
  post(messageOf(event, journey.value as CustomerJourney | null), origins, window as unknown as Around)
}

/** Tells that the pages are there, and of every step, once each. */
export function useBridge(): void {
  const { journey } = useJourney()
  let ready = false
  watch(() => (journey.value === null ? null : `${journey.value.id} ${journey.value.current ?? ''} ${journey.value.step}`), (now) => {
    if (now === null || journey.value === null) return
    if (!ready) {
      // Known only now: whose journey it is, and who may be told.
      ready = true
      tell('ready')
    }
    tell(journey.value.state === 'completed' ? 'done' : 'step')
  })
}
