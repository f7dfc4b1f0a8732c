import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { ApiError } from '../../api/client'
import { canTurn, cannotRecord, closeCamera, kindOfMedia, openCamera, problemOf, type Facing, type Problem } from '../../recording/camera'
import { createQueue, idle, type Queue, type QueueState } from '../../recording/queue'
import { createRecorder, levelFor, lower, type Level, type Recorder } from '../../recording/recorder'
import { openShelf, ShelfFull, type Shelf } from '../../recording/shelf'
import type { RecordingRoom } from './useRecording'

/** Why the camera is off although the recording isn't over. */
export type Halt = 'paused' | 'left' | 'camera' | 'full' | 'broken' | 'over' | 'answered'

const CHUNK_BYTES = 1_048_576
/** The last syllable is still on its way through the recorder. */
const TAIL_MS = 350

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Camera, recorder and queue of one recording on this phone. */
export function useStudio(room: RecordingRoom) {
  const stream = shallowRef<MediaStream | null>(null)
  const problem = ref<Problem | null>(null)
  const halted = ref<Halt | null>(null)
  const upload = shallowRef<QueueState>(idle())
  const segment = ref<number | null>(null)
  const facing = ref<Facing>('user')
  /** There is another camera. */
  const turns = ref(false)
  /** A colleague talks with the person. */
  const talks = ref(false)
  let level: Level = levelFor(navigator as object)
  let looking: Promise<boolean> | null = null
  let resuming: Promise<Queue> | null = null
  let recorder: Recorder | null = null
  let shelf: Shelf | null = null
  let queue: { recording: string; it: Queue } | null = null
  let awake: { release: () => Promise<void> } | null = null

  /** Camera and microphone, for looking at oneself; nothing is recorded yet. */
  function look(): Promise<boolean> {
    looking ??= open().finally(() => (looking = null))
    return looking
  }

  async function open(): Promise<boolean> {
    let found = cannotRecord()
    if (found === null && stream.value === null) {
      try {
        stream.value = await openCamera(facing.value, talks.value)
        turns.value = await canTurn()
      } catch (cause) {
        found = problemOf(cause)
      }
    }
    problem.value = found
    return found === null
  }

  function dark() {
    closeCamera(stream.value)
    stream.value = null
  }

  /** Takes up what an earlier page of this recording left on the phone. */
  function resume(recording: string): Promise<Queue> {
    if (queue?.recording === recording) return Promise.resolve(queue.it)
    resuming ??= take(recording).finally(() => (resuming = null))
    return resuming
  }

  async function take(recording: string): Promise<Queue> {
    await queue?.it.stop()
    shelf ??= await openShelf()
    await shelf.forgetOld()
    const it = createQueue({
      recording, shelf, transport: room.transport, chunkBytesMax: CHUNK_BYTES,
      changed(state) {
        upload.value = state
        if (state.halted !== null) void halt('over')
      },
      broken(no) {
        if (no === segment.value) void halt('broken')
      },
    })
    queue = { recording, it }
    return it
  }

  /** Nothing of a recording that is over stays on the phone. */
  async function clear(recording: string) {
    if (queue?.recording === recording) {
      await queue.it.stop()
      queue = null
      upload.value = idle()
    }
    try {
      shelf ??= await openShelf()
      await shelf.forget(recording)
    } catch {
      // Without storage nothing was kept.
    }
  }

  async function stayAwake() {
    const lock = (navigator as { wakeLock?: { request: (kind: 'screen') => Promise<{ release: () => Promise<void> }> } }).wakeLock
    awake = (await lock?.request('screen').catch(() => null)) ?? null
  }

  /** Starts the recorder: a new segment. */
  async function roll(): Promise<void> {
    const kind = kindOfMedia()
    if (kind === null || !(await look()) || stream.value === null) return
    const film = stream.value
    const { recording } = await room.segment(kind.media)
    if (!recording || recording.segment === null) return
    const [line, no] = [await resume(recording.id), recording.segment]
    await line.begin(no)
    recorder = createRecorder({
      stream: film, mime: kind.mime, level,
      keep: (bytes, ms) => line.append(no, bytes, ms),
      lost: (cause) => void halt(cause instanceof ShelfFull ? 'full' : 'camera'),
    })
    await recorder.start()
    halted.value = null
    segment.value = no
    void stayAwake()
  }

  /** Ends the segment and darkens the camera; what was recorded stays on the phone until it is uploaded. */
  async function halt(why: Halt): Promise<void> {
    const running = recorder
    recorder = null
    segment.value = null
    facing.value = 'user'
    if (halted.value === null || running !== null) halted.value = why
    await running?.stop()
    dark()
    await awake?.release().catch(() => undefined)
    awake = null
  }

  /** Between two questions: on a line that doesn't keep up, the picture gets smaller before the sound suffers. */
  async function ease(): Promise<void> {
    const slow = upload.value.network !== 'good'
    if (!slow || level === 'least' || recorder === null) return
    level = lower(level)
    const running = recorder
    recorder = null
    await running.stop()
    try {
      await roll()
    } catch (cause) {
      await halt('broken')
      throw cause
    }
  }

  /** To the other camera, in a segment of its own. */
  async function turn(to: Facing): Promise<void> {
    if (facing.value === to || segment.value === null) return
    facing.value = to
    const running = recorder
    recorder = null
    await running?.stop()
    dark()
    try {
      await roll()
    } finally {
      // Without a camera nothing is recorded; coming back begins with the one beside the screen.
      if (recorder === null) await halt('camera')
    }
  }

  /** Where the answer ends, once the server has everything up to there. */
  async function handIn(): Promise<{ segment: number; until_ms: number; chunks: number } | null> {
    const [running, no, line] = [recorder, segment.value, queue?.it]
    if (running === null || no === null || line === undefined) return null
    const until = running.at()
    await soon(TAIL_MS)
    await running.flush()
    const chunks = await line.chunks(no)
    await line.handedIn(no, chunks)
    return { segment: no, until_ms: until, chunks }
  }

  const online = () => queue?.it.wake()
  const hidden = () => {
    if (document.visibilityState === 'hidden' && (recorder !== null || stream.value !== null)) void halt('left')
  }
  window.addEventListener('online', online)
  document.addEventListener('visibilitychange', hidden)

  onScopeDispose(() => {
    window.removeEventListener('online', online)
    document.removeEventListener('visibilitychange', hidden)
    void halt('left').then(async () => {
      await queue?.it.stop()
      shelf?.close()
    })
  })

  return {
    stream, problem, halted, upload, segment, facing, turns, talks,
    rolling: computed(() => segment.value !== null),
    refused: computed<ApiError | null>(() => upload.value.halted),
    mark: () => recorder?.at() ?? null,
    look, roll, halt, ease, turn, handIn, resume, clear,
  }
}

export type Studio = ReturnType<typeof useStudio>
