import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRecorder, levelFor, lower, type Level } from './recorder'

describe('levelFor', () => {
  it.each<[string, object, Level]>([
    ['an ordinary phone', { deviceMemory: 4, connection: { effectiveType: '4g', downlink: 8 } }, 'full'],
    ['a browser that says nothing', {}, 'full'],
    ['a phone of 2 GB', { deviceMemory: 2 }, 'low'],
    ['a line of 400 kbit/s', { connection: { downlink: 0.4 } }, 'low'],
    ['somebody who saves data', { connection: { saveData: true } }, 'low'],
    ['an old network', { connection: { effectiveType: '2g' } }, 'least'],
  ])('of %s', (_who, device, level) => expect(levelFor(device)).toBe(level))

  it('goes down step by step and stays there', () => expect([lower('full'), lower('low'), lower('least')]).toEqual(['low', 'least', 'least']))
})

class FakeRecorder extends EventTarget {
  static last: FakeRecorder
  state = 'inactive'
  constructor(readonly stream: unknown, readonly options: { videoBitsPerSecond: number; audioBitsPerSecond: number }) {
    super()
    FakeRecorder.last = this
  }
  start() {
    this.state = 'recording'
    this.dispatchEvent(new Event('start'))
  }
  give(text: string) {
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data: new Blob([text]) }))
  }
  requestData() {
    this.give('rest')
  }
  stop() {
    this.state = 'inactive'
    this.give('end')
  }
}

function recording(level: Level = 'full', refuse = false) {
  const track = Object.assign(new EventTarget(), { applyConstraints: vi.fn(() => Promise.resolve()) })
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream
  const kept: string[] = []
  const lost = vi.fn()
  const recorder = createRecorder({
    stream, mime: 'video/webm', level, lost,
    keep: async (bytes) => {
      if (refuse) throw new Error('full')
      // The first piece takes longest: order must not depend on it.
      await new Promise((resolve) => setTimeout(resolve, kept.length === 0 ? 5 : 0))
      kept.push(new TextDecoder().decode(bytes))
    },
  })
  return { recorder, track, kept, lost, fake: FakeRecorder.last }
}

beforeEach(() => vi.stubGlobal('MediaRecorder', FakeRecorder))
afterEach(() => vi.unstubAllGlobals())

it('keeps piece after piece, and all of them before a node ends', async () => {
  const { recorder, kept, fake, track } = recording('least')
  await recorder.start()
  fake.give('a')
  fake.give('')
  fake.give('b')
  await recorder.flush()
  expect(kept).toEqual(['a', 'b', 'rest'])
  expect([fake.options.videoBitsPerSecond, fake.options.audioBitsPerSecond]).toEqual([150_000, 48_000])
  expect(track.applyConstraints).toHaveBeenCalledWith({ frameRate: { ideal: 5, max: 5 } })
  await recorder.stop()
  expect(kept).toEqual(['a', 'b', 'rest', 'end'])
})

it('counts time on the clock that nobody can set', async () => {
  const { recorder } = recording()
  const now = vi.spyOn(performance, 'now').mockReturnValue(10_000)
  await recorder.start()
  now.mockReturnValue(13_250.4)
  vi.spyOn(Date, 'now').mockReturnValue(0)
  expect(recorder.at()).toBe(3250)
  vi.restoreAllMocks()
})

it('says once that the camera went away, and nothing when it was stopped', async () => {
  const first = recording()
  await first.recorder.start()
  first.track.dispatchEvent(new Event('ended'))
  first.track.dispatchEvent(new Event('ended'))
  expect(first.lost).toHaveBeenCalledTimes(1)
  const second = recording()
  await second.recorder.start()
  await second.recorder.stop()
  second.track.dispatchEvent(new Event('ended'))
  expect(second.lost).not.toHaveBeenCalled()
})

it('stops when a piece can’t be kept', async () => {
  const { recorder, lost, fake } = recording('full', true)
  await recorder.start()
  fake.give('a')
  await recorder.flush()
  expect([lost.mock.calls.length, fake.state]).toEqual([1, 'inactive'])
})
