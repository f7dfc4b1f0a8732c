/** How much picture is worth sending; sound is always the same. */
export type Level = 'full' | 'low' | 'least'

const LEVELS: Record<Level, { bits: number; fps: number }> = {
  full: { bits: 400_000, fps: 15 },
  low: { bits: 150_000, fps: 15 },
  least: { bits: 150_000, fps: 5 },
}
const SOUND_BITS = 48_000
const SLICE_MS = 1_000
/** A picture that needs none before it comes this often, so that the server can look at the newest seconds alone. */
const WHOLE_PICTURE_MS = 2_000
/** A browser that gives nothing for that long after being asked has nothing to give. */
const FLUSH_MS = 1_500

interface Device {
  deviceMemory?: number
  connection?: { saveData?: boolean; effectiveType?: string; downlink?: number }
}

/** Where to begin on this device and line. */
export function levelFor({ deviceMemory, connection }: Device): Level {
  if (connection?.effectiveType === 'slow-2g' || connection?.effectiveType === '2g') return 'least'
  const weak = (deviceMemory ?? 4) <= 2 || connection?.saveData === true || connection?.effectiveType === '3g' || (connection?.downlink ?? 1) < 0.6
  return weak ? 'low' : 'full'
}

export function lower(level: Level): Level {
  return level === 'full' ? 'low' : 'least'
}

interface Options {
  stream: MediaStream
  mime: string
  level: Level
  /** Each piece in order; the next one waits until it is kept. */
  keep: (bytes: ArrayBuffer, ms: number) => Promise<void>
  /** Nothing more comes: the camera went away, or a piece couldn't be kept. */
  lost: (cause: unknown) => void
}

/** One run of the browser's recorder: one segment. Its clock is the monotonic one. */
export function createRecorder({ stream, mime, level, keep, lost }: Options) {
  const { bits, fps } = LEVELS[level]
  // Browsers that don't know the last one pass over it.
  const wishes: MediaRecorderOptions & { videoKeyFrameIntervalDuration: number } = {
    mimeType: mime, videoBitsPerSecond: bits, audioBitsPerSecond: SOUND_BITS, videoKeyFrameIntervalDuration: WHOLE_PICTURE_MS,
  }
  const recorder = new MediaRecorder(stream, wishes)
  let began = 0
  let cut = 0
  let over = false
  /** No piece is missing so far; after a missing one none is kept. */
  let whole = true
  let kept: Promise<void> = Promise.resolve()
  let given: () => void = () => undefined

  function fail(cause: unknown) {
    if (over) return
    over = true
    if (recorder.state !== 'inactive') recorder.stop()
    lost(cause)
  }

  recorder.addEventListener('dataavailable', ({ data }) => {
    const now = performance.now()
    const ms = Math.round(now - cut)
    if (data.size > 0) {
      cut = now
      kept = kept.then(async () => {
        if (whole) await keep(await data.arrayBuffer(), ms)
      }).catch((cause: unknown) => {
        whole = false
        fail(cause)
      })
    }
    given()
  })
  recorder.addEventListener('error', fail)
  for (const track of stream.getTracks()) track.addEventListener('ended', fail)

  /** Waits for what the browser was just asked to give, and until all of it is kept. */
  async function drained(ask: () => void) {
    const answer = new Promise<void>((resolve) => {
      given = resolve
      setTimeout(resolve, FLUSH_MS)
    })
    ask()
    await answer
    await kept
  }

  return {
    /** Resolves once it runs. */
    async start(): Promise<void> {
      const picture = stream.getVideoTracks()[0]
      // A camera that can't go slower just goes on as it does.
      await picture?.applyConstraints({ frameRate: { ideal: fps, max: fps } }).catch(() => undefined)
      const running = new Promise<void>((resolve) => recorder.addEventListener('start', () => resolve(), { once: true }))
      began = performance.now()
      cut = began
      recorder.start(SLICE_MS)
      await running
      began = performance.now()
    },
    /** Milliseconds of the segment so far. */
    at: () => Math.round(performance.now() - began),
    /** Everything recorded until now is kept. */
    async flush(): Promise<void> {
      if (recorder.state === 'recording') await drained(() => recorder.requestData())
      else await kept
    },
    async stop(): Promise<void> {
      over = true
      for (const track of stream.getTracks()) track.removeEventListener('ended', fail)
      if (recorder.state === 'inactive') await kept
      else await drained(() => recorder.stop())
    },
  }
}

export type Recorder = ReturnType<typeof createRecorder>
