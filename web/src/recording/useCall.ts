import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { asApiError, type ApiError } from '../api/client'
import type { CallView, SignalKind } from '../api/recording'
import { createPeer, type Line, type Peer } from './peer'

const PAUSES_MS = [500, 1_000, 2_000, 4_000]

/** What a browser takes: no field at all instead of an empty one. */
function server({ urls, username, credential }: CallView['ice'][number]): RTCIceServer {
  return username && credential ? { urls, username, credential } : { urls }
}

interface Options {
  leads: boolean
  /** The own camera and microphone; without them there is no connection. */
  stream: Ref<MediaStream | null>
  /** Answers when something is new to a page that knows this version and this message. */
  ask: (after: number, signal: number | null) => Promise<CallView>
  tell: (turn: number, kind: SignalKind, body: string) => Promise<unknown>
}

/** A led recording as the server holds it, and the other page's picture. */
export function useCall({ leads, stream, ask, tell }: Options) {
  const view = shallowRef<CallView | null>(null)
  const other = shallowRef<MediaStream | null>(null)
  const line = ref<Line>('connecting')
  /** The server says that this page has no part in it any more. */
  const gone = shallowRef<ApiError | null>(null)
  let peer: Peer | null = null
  let turn = -1
  let signal: number | null = null
  let alive = true

  function drop() {
    peer?.close()
    peer = null
    other.value = null
    line.value = 'connecting'
  }

  /** As soon as somebody leads and the own camera is on. */
  function meet() {
    const now = view.value
    if (peer !== null || now === null || now.state !== 'led' || stream.value === null) return
    const mine = now.turn
    peer = createPeer({
      leads, stream: stream.value, ice: now.ice.map(server),
      tell: (kind, body) => tell(mine, kind, body),
      seen: (film) => (other.value = film),
      changed: (state) => (line.value = state),
    })
    void peer.hello()
  }

  async function take(next: CallView) {
    view.value = next
    if (next.turn !== turn || next.state !== 'led') {
      drop()
      turn = next.turn
      signal = next.state === 'led' ? next.signal : null
    } else {
      for (const one of next.signals) await peer?.hear(one.kind, one.body)
      signal = next.signal
    }
    meet()
  }

  async function follow() {
    let failures = 0
    while (alive && view.value?.state !== 'over') {
      try {
        const next = await ask(view.value?.version ?? 0, signal)
        failures = 0
        if (alive) await take(next)
      } catch (cause) {
        const error = asApiError(cause)
        if (error.status >= 400 && error.status < 500 && error.status !== 429) {
          gone.value = error
          return drop()
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]))
        failures += 1
      }
    }
    drop()
  }

  watch(stream, () => {
    drop()
    meet()
  })
  onScopeDispose(() => {
    alive = false
    drop()
  })
  void follow()
  return { view, other, line, gone }
}

export type Call = ReturnType<typeof useCall>
