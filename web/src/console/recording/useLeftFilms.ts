import { onScopeDispose } from 'vue'
import { createQueue, type Queue, type QueueState } from '../../recording/queue'
import type { Shelf } from '../../recording/shelf'
import { agentTransport, CHUNK_BYTES, openAgentShelf } from './useAgentFilm'

/** After these the server takes nothing more of a film. */
const OVER = ['recording_over', 'recording_segment_unknown', 'not_found']

/** What calls that were handed over, cut off or closed too early left here of the colleague's own film goes up at the desk. */
export function useLeftFilms() {
  let shelf: Shelf | null = null
  let queue: Queue | null = null
  let alive = true

  /** How it ended, or nothing where the page was left before. */
  function sent(from: Shelf, recording: string): Promise<QueueState | null> {
    return new Promise((resolve) => {
      queue = createQueue({
        recording, shelf: from, transport: agentTransport(recording), chunkBytesMax: CHUNK_BYTES,
        changed: (state) => {
          if (!alive) resolve(null)
          else if (state.pending === 0 || state.halted !== null) resolve(state)
        },
        broken: () => undefined,
      })
    })
  }

  /** Sends what is left of every recording but the one that is led just now, whose own page does. */
  async function send(mine: string | null) {
    shelf ??= await openAgentShelf()
    await shelf.forgetOld()
    for (const recording of await shelf.recordings()) {
      if (!alive || recording === mine) continue
      const end = await sent(shelf, recording)
      await queue?.stop()
      if (end !== null && (end.pending === 0 || OVER.includes(end.halted?.code ?? ''))) await shelf.forget(recording)
    }
  }

  onScopeDispose(() => {
    alive = false
    void Promise.resolve(queue?.stop()).then(() => shelf?.close())
  })
  // Without storage nothing was left.
  return { send: (mine: string | null) => send(mine).catch(() => undefined) }
}
