import type { Media } from '../api/recording'

/** Why this device or browser can't record, as far as it says. */
export type Problem = 'in_app' | 'unsupported' | 'denied' | 'missing' | 'busy' | 'failed'

/** Best first: what a browser records into, and what the server calls it. */
const KINDS: { mime: string; media: Media }[] = [
  { mime: 'video/webm;codecs=vp8,opus', media: 'video/webm' },
  { mime: 'video/webm', media: 'video/webm' },
  { mime: 'video/mp4;codecs=avc1.42E01E,mp4a.40.2', media: 'video/mp4' },
  { mime: 'video/mp4', media: 'video/mp4' },
]

/** Pages inside other apps often have no camera at all; a real browser does. */
const IN_APP = /MicroMessenger|QQ\/|AlipayClient|DingTalk|Weibo|aweme|baiduboxapp/i

/** Which of a phone's cameras: the one beside the screen, or the one at the back. */
export type Facing = 'user' | 'environment'

const PICTURE: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 15 } }
/** Small print wants more of them. */
const PRINT: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 15, max: 15 } }
/** The phone's own voice belongs on the recording, so nothing takes it out. */
const SOUND: MediaTrackConstraints = { channelCount: { ideal: 1 }, echoCancellation: false, noiseSuppression: true, autoGainControl: true }

export function kindOfMedia(): { mime: string; media: Media } | null {
  if (typeof MediaRecorder === 'undefined') return null
  return KINDS.find((kind) => MediaRecorder.isTypeSupported(kind.mime)) ?? null
}

/** What is missing before anybody is asked for anything. */
export function cannotRecord(): Problem | null {
  const lacks = !navigator.mediaDevices?.getUserMedia || kindOfMedia() === null || !globalThis.crypto?.subtle || !('indexedDB' in globalThis)
  if (!lacks) return null
  return IN_APP.test(navigator.userAgent) ? 'in_app' : 'unsupported'
}

export function problemOf(cause: unknown): Problem {
  switch (cause instanceof Error || cause instanceof DOMException ? cause.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return IN_APP.test(navigator.userAgent) ? 'in_app' : 'denied'
    case 'NotFoundError':
      return 'missing'
    case 'NotReadableError':
    case 'AbortError':
      return 'busy'
    default:
      return 'failed'
  }
}

/** Camera and microphone; a device that can't do what is wished for does what it can. Whoever talks with somebody must not hear themselves. */
export async function openCamera(facing: Facing = 'user', talks = false): Promise<MediaStream> {
  const video = { ...(facing === 'user' ? PICTURE : PRINT), facingMode: facing }
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: { ...SOUND, echoCancellation: talks } })
  } catch (cause) {
    if (!(cause instanceof DOMException) || cause.name !== 'OverconstrainedError') throw cause
    return navigator.mediaDevices.getUserMedia({ video: true, audio: true })
  }
}

/** Whether there is another camera to turn to; a browser that doesn't say has one. */
export async function canTurn(): Promise<boolean> {
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  return all.filter((one) => one.kind === 'videoinput').length > 1
}

export function closeCamera(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}
