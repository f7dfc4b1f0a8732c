import { ApiError } from '../api/client'
import type { Chunk, SegmentRow, Shelf } from './shelf'

/** What the queue needs of the server. */
export interface Transport {
  /** Sends one chunk; the answer is the number the server wants next in that segment. */
  put(chunk: Chunk): Promise<number>
  /** The number the server wants next in a segment; null when it doesn't say. */
  next(segment: number): Promise<number | null>
}

export interface QueueState {
  /** Chunks that the server doesn't have yet. */
  pending: number
  pendingBytes: number
  /** How much of the recording is safe with the server. */
  savedMs: number
  network: 'good' | 'slow' | 'gone'
  /** The server takes no more of this recording. */
  halted: ApiError | null
}

/** More waiting chunks than these, and the line is slower than the recording. */
const SLOW_FROM = 5
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000]
/** Refusals after which the bytes of a segment are of no use any more. */
const BROKEN = ['chunk_chain_broken', 'chunk_differs', 'chunk_empty', 'chunk_too_large']

/** Refusals that the same chunk may not meet again. */
const PASSING = ['chunk_out_of_order', 'body_unreadable', 'conflict']

export const idle = (): QueueState => ({ pending: 0, pendingBytes: 0, savedMs: 0, network: 'good', halted: null })

interface Options {
  recording: string
  shelf: Shelf
  transport: Transport
  chunkBytesMax: number
  changed: (state: QueueState) => void
  /** A segment can't be continued: recording must go on in another. */
  broken: (segment: number, error: ApiError) => void
  /** Waits that long, or until `wake`. */
  sleep?: (ms: number, wake: Promise<void>) => Promise<void>
}

function sleepFor(ms: number, wake: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void wake.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function signal() {
  let give: () => void = () => undefined
  let given = new Promise<void>((resolve) => (give = resolve))
  return {
    given: () => given,
    give() {
      give()
      given = new Promise<void>((resolve) => (give = resolve))
    },
  }
}

/** Hands in what was recorded: in order, one chunk at a time, until the server has it. */
export function createQueue({ recording, shelf, transport, chunkBytesMax, changed, broken, sleep = sleepFor }: Options) {
  let state = idle()
  let rows: SegmentRow[] = []
  let stopped = false
  let failures = 0
  /** Something new was kept; and: the network may be back. */
  const fed = signal()
  const woken = signal()
  const lost = new Map<number, ApiError>()
  const waiting = new Set<() => void>()

  function say(more: Partial<QueueState>) {
    state = { ...state, ...more }
    changed(state)
    for (const one of waiting) one()
  }

  async function count(more: Partial<QueueState> = {}) {
    rows = await shelf.segments(recording)
    const pending = rows.reduce((sum, one) => sum + one.appended - one.acked, 0)
    const network = more.network ?? (state.network === 'gone' ? 'gone' : pending >= SLOW_FROM ? 'slow' : 'good')
    say({
      pending, network: network === 'good' && pending >= SLOW_FROM ? 'slow' : network, halted: more.halted ?? state.halted,
      pendingBytes: rows.reduce((sum, one) => sum + one.pendingBytes, 0), savedMs: rows.reduce((sum, one) => sum + one.ackedMs, 0),
    })
  }

  function rouse() {
    woken.give()
    fed.give()
  }

  async function giveUp(segment: number, error: ApiError) {
    await shelf.drop(recording, segment)
    lost.set(segment, error)
    await count()
    broken(segment, error)
  }

  /** The server wants another chunk than the one it was sent. */
  async function realign({ segment, no }: Chunk, error: ApiError) {
    const next = (await transport.next(segment)) ?? Math.max(0, no - 1)
    if (next === no) throw error
    const behind = next < no
    if (behind && (await shelf.chunk(recording, segment, next)) === undefined) return giveUp(segment, error)
    await shelf.settle(recording, segment, next)
    await count()
  }

  /** Whether the loop may go on at once. */
  async function sendOne(): Promise<boolean> {
    const at = rows.find((one) => one.acked < one.appended)
    if (at === undefined) return false
    const chunk = await shelf.chunk(recording, at.segment, at.acked)
    if (chunk === undefined) {
      await giveUp(at.segment, new ApiError(0, 'chunk_lost', LOST))
      return true
    }
    try {
      const next = await transport.put(chunk)
      if (next <= chunk.no) throw new ApiError(409, 'chunk_out_of_order', LOST)
      failures = 0
      await shelf.settle(recording, chunk.segment, next)
      await count({ network: 'good' })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code === 'chunk_out_of_order') {
        failures += 1
        await realign(chunk, error)
      } else if (BROKEN.includes(error.code)) await giveUp(chunk.segment, error)
      else throw error
    }
    return true
  }

  const passing = (error: ApiError) => error.status === 0 || error.status >= 500 || error.status === 408 || error.status === 429 || PASSING.includes(error.code)

  async function run() {
    await count()
    while (!stopped && state.halted === null) {
      const [food, until] = [fed.given(), woken.given()]
      let pause = 0
      try {
        if (!(await sendOne())) pause = Infinity
        else if (failures > PAUSES_MS.length) pause = PAUSES_MS[PAUSES_MS.length - 1] ?? 0
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        if (!passing(error)) return say({ halted: error })
        pause = Math.max(error.retryAfterMs ?? 0, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0)
        failures += 1
        say({ network: error.offline || failures > 1 ? 'gone' : 'slow' })
      }
      if (stopped) return
      if (pause === Infinity) await food
      else if (pause > 0) await sleep(pause * (0.75 + Math.random() / 2), until)
    }
  }

  // Whatever else fails is the phone's storage: a stopped queue may find it closed.
  const running = run().catch(() => {
    if (!stopped) say({ halted: new ApiError(0, 'storage_failed', STORAGE) })
  })

  return {
    begin: (segment: number) => shelf.begin(recording, segment),

    /** Keeps what the recorder gave; resolves once it is on the phone. */
    async append(segment: number, bytes: ArrayBuffer, ms: number): Promise<void> {
      for (let at = 0; at < bytes.byteLength; at += chunkBytesMax) {
        const part = at === 0 && bytes.byteLength <= chunkBytesMax ? bytes : bytes.slice(at, at + chunkBytesMax)
        await shelf.append(recording, segment, part, at === 0 ? ms : 0)
      }
      await count()
      fed.give()
    },

    /** How many chunks of a segment were kept so far. */
    async chunks(segment: number): Promise<number> {
      const found = (await shelf.segments(recording)).find((one) => one.segment === segment)
      return found?.appended ?? 0
    },

    /** Resolves once the server has the segment's first `chunks` chunks. */
    handedIn(segment: number, chunks: number): Promise<void> {
      return new Promise((resolve, reject) => {
        const look = () => {
          const error = state.halted ?? lost.get(segment) ?? (stopped ? new ApiError(0, 'stopped', LOST) : null)
          const at = rows.find((one) => one.segment === segment)
          if (error === null && (at === undefined || at.acked < chunks)) return
          waiting.delete(look)
          if (error === null) resolve()
          else reject(error)
        }
        waiting.add(look)
        look()
      })
    },

    /** Tries again at once, as when the network is back. */
    wake: rouse,

    async stop(): Promise<void> {
      stopped = true
      rouse()
      for (const one of waiting) one()
      await running
    },
  }
}

export type Queue = ReturnType<typeof createQueue>

const LOST = { zh: '这一段没有保存好，请再录一次。', en: 'This part was not kept; please record it once more.' }
const STORAGE = { zh: '手机的存储打不开。已经上传的都在，请换一个浏览器，或找工作人员。', en: 'This phone’s storage can’t be opened. What was uploaded is safe; please use another browser, or ask a colleague.' }
