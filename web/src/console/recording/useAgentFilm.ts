import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { call } from '../../api/call'
import { api } from '../../api/client'
import type { Schemas } from '../../api/wire'
import { cannotRecord, closeCamera, kindOfMedia, openCamera, problemOf, type Problem } from '../../recording/camera'
import { createQueue, idle, type Queue, type QueueState, type Transport } from '../../recording/queue'
import { createRecorder, type Recorder } from '../../recording/recorder'
import { openShelf, type Shelf } from '../../recording/shelf'

export const CHUNK_BYTES = 1_048_576
const CHUNK_WITHIN_MS = 30_000
const SHELF = 'xiaobao.recording.agent'
const PENDING_BYTES_MAX = 256 * 1024 * 1024

export const openAgentShelf = () => openShelf(indexedDB, PENDING_BYTES_MAX, SHELF)

/** To the server with a colleague's own side of one recording. */
export function agentTransport(id: string): Transport {
  return {
    async put({ segment, no, bytes, chain }) {
      const path = `/api/console/recording-desk/${id}/segments/${segment}/chunks/${no}`
      return (await api.part<Schemas['RecordingTaken']>(path, bytes, { 'recording-chain': chain }, CHUNK_WITHIN_MS)).next_chunk
    },
    // The queue goes back by one, and the server says again what it has.
    next: () => Promise.resolve(null),
  }
}

/** Camera, recorder and queue of the colleague who leads: their own side of the recording. */
export function useAgentFilm(id: string) {
  const stream = shallowRef<MediaStream | null>(null)
  const problem = ref<Problem | null>(null)
  const upload = shallowRef<QueueState>(idle())
  const segment = ref<number | null>(null)
  let recorder: Recorder | null = null
  let shelf: Shelf | null = null
  let queue: Queue | null = null
  let opening: Promise<boolean> | null = null
  let alive = true

  /** Takes up what an earlier page of this recording left here. */
  async function resume(): Promise<Queue> {
    if (queue !== null) return queue
    shelf ??= await openAgentShelf()
    await shelf.forgetOld()
    queue ??= createQueue({
      recording: id, shelf, transport: agentTransport(id), chunkBytesMax: CHUNK_BYTES,
      changed: (state) => (upload.value = state),
      broken: (no) => {
        if (no === segment.value) void halt().then(roll)
      },
    })
    return queue
  }

  function look(): Promise<boolean> {
    opening ??= open().finally(() => (opening = null))
    return opening
  }
  async function open(): Promise<boolean> {
    let found = cannotRecord()
    if (found === null && stream.value === null) {
      try {
        const film = await openCamera('user', true)
        if (alive) stream.value = film
        else closeCamera(film)
      } catch (cause) {
        found = problemOf(cause)
      }
    }
    problem.value = found
    return found === null
  }

  /** Starts the recorder: another segment of this side. */
  async function roll(): Promise<void> {
    const kind = kindOfMedia()
    if (kind === null || recorder !== null || !(await look()) || stream.value === null || !alive) return
    const { segment: no } = await call('post', '/api/console/recording-desk/{id}/segments', { path: { id }, body: { media: kind.media } })
    const line = await resume()
    await line.begin(no)
    recorder = createRecorder({
      stream: stream.value, mime: kind.mime, level: 'full',
      keep: (bytes, ms) => line.append(no, bytes, ms),
      lost: () => void halt(),
    })
    await recorder.start()
    segment.value = no
  }

  /** Ends the segment and darkens the camera; what was recorded goes on up. */
  async function halt(): Promise<void> {
    const running = recorder
    recorder = null
    segment.value = null
    await running?.stop()
    closeCamera(stream.value)
    stream.value = null
  }

  /** Nothing of a call that is over stays here once the server has it. */
  async function clear() {
    if (upload.value.pending === 0) await shelf?.forget(id)
  }

  const online = () => queue?.wake()
  window.addEventListener('online', online)
  onScopeDispose(() => {
    alive = false
    window.removeEventListener('online', online)
    void halt().then(async () => {
      await queue?.stop()
      shelf?.close()
    })
  })
  return { stream, problem, upload, rolling: computed(() => segment.value !== null), roll, halt, clear, resume }
}
