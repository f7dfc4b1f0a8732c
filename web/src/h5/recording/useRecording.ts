import { onScopeDispose, ref, shallowRef } from 'vue'
import { call } from '../../api/call'
import { api, asApiError } from '../../api/client'
import type { Media, PersonReason, Prompt, ReasonCode, RecordingView, SignalKind } from '../../api/recording'
import type { Schemas } from '../../api/wire'
import { useJourney } from '../journey/useJourney'
import type { Transport } from '../../recording/queue'

/** A chunk that takes longer than this is sent anew. */
const CHUNK_WITHIN_MS = 30_000
/** How long a prompt stays over the picture. */
const PROMPT_MS = 8_000
/** What a colleague looks at later is no reason to interrupt anyone. */
const CALM: ReasonCode[] = ['not_performed', 'no_consent']
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000]

/** The recording as the server holds it; it says by itself whatever changes. */
export function useRecording() {
  const journey = useJourney()
  const view = shallowRef<RecordingView | null>(null)
  const prompt = shallowRef<Prompt | null>(null)
  let heard: number | null = null
  let fading: ReturnType<typeof setTimeout> | undefined
  let alive = true
  const listening = ref(false)

  function take(next: RecordingView): RecordingView {
    const [now, then] = [view.value?.recording, next.recording]
    // Answers may overtake each other.
    if (now && then && now.id === then.id && then.version < now.version) return view.value ?? next
    view.value = next
    tell(next)
    listen()
    return next
  }

  function tell({ recording }: RecordingView) {
    const newest = recording?.prompts.filter((one) => !CALM.includes(one.code)).pop()
    const first = heard === null
    if (newest === undefined || newest.no <= (heard ?? 0)) {
      heard ??= 0
      return
    }
    heard = newest.no
    // What was said before this page was opened has had its time.
    if (first) return
    prompt.value = newest
    clearTimeout(fading)
    fading = setTimeout(() => (prompt.value = null), PROMPT_MS)
  }

  const goesOn = () => alive && view.value?.recording?.state === 'running'

  function listen() {
    if (listening.value || !goesOn()) return
    listening.value = true
    void follow().finally(() => (listening.value = false))
  }

  async function follow() {
    let failures = 0
    while (goesOn()) {
      try {
        const after = view.value?.recording?.version ?? 0
        const next = await call('get', '/api/h5/recording/live', { query: { after } })
        failures = 0
        if (alive) take(next)
      } catch (cause) {
        const error = asApiError(cause)
        if (error.status >= 400 && error.status < 500 && error.status !== 429) return
        await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]))
        failures += 1
      }
    }
  }

  async function guarded(work: () => Promise<RecordingView>): Promise<RecordingView> {
    try {
      return take(await work())
    } catch (cause) {
      // The journey says what became of the session.
      if (asApiError(cause).status === 401) await journey.load().catch(() => undefined)
      throw cause
    }
  }

  const load = () => guarded(() => call('get', '/api/h5/recording'))

  const transport: Transport = {
    async put({ segment, no, bytes, chain }) {
      const { next_chunk } = await api.part<Schemas['RecordingTaken']>(`/api/h5/recording/segments/${segment}/chunks/${no}`, bytes, { 'recording-chain': chain }, CHUNK_WITHIN_MS)
      return next_chunk
    },
    async next(segment) {
      const { recording } = await load()
      return recording?.segment === segment ? recording.next_chunk : null
    },
  }

  onScopeDispose(() => {
    alive = false
    clearTimeout(fading)
  })

  return {
    view,
    /** Said during the recording, and to be seen at once. */
    prompt,
    transport,
    load,
    begin: (mode: Schemas['RecordingMode'] = 'self_service') => guarded(() => call('post', '/api/h5/recording/begin', { body: { mode } })),
    segment: (media: Media) => guarded(() => call('post', '/api/h5/recording/segments', { body: { media } })),
    open: (no: number, segment: number, atMs: number) =>
      guarded(() => call('post', '/api/h5/recording/nodes/{no}/open', { path: { no }, body: { segment, at_ms: atMs } })),
    end: (no: number, at: { segment: number; until_ms: number; chunks: number }, written: string | null) =>
      guarded(() => call('post', '/api/h5/recording/nodes/{no}/end', { path: { no }, body: { ...at, written } })),
    /** Who leads by video, or what place in the queue this is; answers when something is new. */
    call: (after: number, signal: number | null) => call('get', '/api/h5/recording/call', { query: { after, signal } }),
    tell: (turn: number, kind: SignalKind, body: string) => call('post', '/api/h5/recording/call/signals', { body: { turn, kind, body } }),
    leave: () => call('post', '/api/h5/recording/call/leave', { body: {} }),
    person: (reason: PersonReason) => guarded(() => call('post', '/api/h5/recording/person', { body: { reason } })),
  }
}

export type RecordingRoom = ReturnType<typeof useRecording>
