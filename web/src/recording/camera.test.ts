import { afterEach, expect, it, vi } from 'vitest'
import { canTurn, cannotRecord, kindOfMedia, openCamera, problemOf, type Problem } from './camera'

afterEach(() => vi.unstubAllGlobals())

function device({ kinds = ['video/webm;codecs=vp8,opus', 'video/mp4'], camera = true, agent = 'Mozilla/5.0 Chrome/140' } = {}) {
  vi.stubGlobal('MediaRecorder', { isTypeSupported: (mime: string) => kinds.includes(mime) })
  vi.stubGlobal('indexedDB', {})
  const getUserMedia = vi.fn()
  vi.stubGlobal('navigator', { userAgent: agent, ...(camera ? { mediaDevices: { getUserMedia } } : {}) })
  return getUserMedia
}

it.each<[string[], string | undefined]>([
  [['video/webm;codecs=vp8,opus', 'video/mp4'], 'video/webm'],
  [['video/mp4'], 'video/mp4'],
  [[], undefined],
])('of %o it records %s', (kinds, media) => {
  device({ kinds })
  expect(kindOfMedia()?.media).toBe(media)
})

it.each<[object, Problem | null]>([
  [{}, null],
  [{ camera: false }, 'unsupported'],
  [{ camera: false, agent: 'Mozilla/5.0 MicroMessenger/8.0' }, 'in_app'],
  [{ kinds: [] }, 'unsupported'],
])('a device with %o has the problem %s', (what, problem) => {
  device(what)
  expect(cannotRecord()).toBe(problem)
})

it.each<[string, string, Problem]>([
  ['NotAllowedError', 'Chrome', 'denied'], ['NotAllowedError', 'MicroMessenger', 'in_app'], ['SecurityError', 'Chrome', 'denied'],
  ['NotFoundError', 'Chrome', 'missing'], ['NotReadableError', 'Chrome', 'busy'], ['AbortError', 'Chrome', 'busy'], ['Whatever', 'Chrome', 'failed'],
])('%s in %s is %s', (name, agent, problem) => {
  device({ agent })
  expect(problemOf(new DOMException('no', name))).toBe(problem)
})

it('asks for less where the camera can’t do what is wished for, and for nothing more after a no', async () => {
  const ask = device()
  ask.mockRejectedValueOnce(new DOMException('no', 'OverconstrainedError')).mockResolvedValueOnce('film')
  expect(await openCamera()).toBe('film')
  expect(ask).toHaveBeenLastCalledWith({ video: true, audio: true })
  ask.mockReset().mockRejectedValueOnce(new DOMException('no', 'NotAllowedError'))
  await expect(openCamera()).rejects.toMatchObject({ name: 'NotAllowedError' })
  expect(ask).toHaveBeenCalledTimes(1)
})

it('turns to the camera at the back where there is one, with more of the picture', async () => {
  const ask = device()
  ask.mockResolvedValue('film')
  await openCamera('environment')
  expect(ask.mock.calls[0]?.[0].video).toMatchObject({ facingMode: 'environment', width: { ideal: 1280 } })
  await openCamera()
  expect(ask.mock.calls[1]?.[0].video).toMatchObject({ facingMode: 'user', width: { ideal: 640 } })
  for (const [kinds, turns] of [[['videoinput', 'audioinput'], false], [['videoinput', 'videoinput'], true], [null, false]] as const) {
    const list = kinds === null ? Promise.reject(new Error('no')) : Promise.resolve(kinds.map((kind) => ({ kind })))
    vi.stubGlobal('navigator', { mediaDevices: { enumerateDevices: () => list } })
    expect(await canTurn()).toBe(turns)
  }
})
