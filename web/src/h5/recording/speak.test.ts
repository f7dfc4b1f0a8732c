import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref, type EffectScope } from 'vue'

vi.mock('../../shared/i18n', () => ({ useLanguage: () => ({ locale: ref('zh-CN') }) }))
const { useSpeaker } = await import('./speak')

/** What a browser's player does, without sound. */
class Player {
  static last: Player
  src = ''
  paused = true
  onended: (() => void) | null = null
  onerror: (() => void) | null = null
  static refuses = false
  constructor() {
    Player.last = this
  }
  play() {
    this.paused = false
    return Player.refuses ? Promise.reject(new DOMException('a touch first', 'NotAllowedError')) : Promise.resolve()
  }
  pause() {
    this.paused = true
  }
}

let scope: EffectScope
let asked: string[]
const speaker = () => scope.run(() => useSpeaker())!
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

beforeEach(() => {
  scope = effectScope()
  asked = []
  Player.refuses = false
  vi.stubGlobal('Audio', Player)
  vi.stubGlobal('fetch', (address: string) => {
    asked.push(address)
    if (address.includes('slow')) return new Promise(() => undefined)
    return Promise.resolve(address.includes('gone') ? new Response(null, { status: 404 }) : new Response('sound'))
  })
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

describe('a prompt', () => {
  it('is played to its end before anything follows, and fetched once', async () => {
    const one = speaker()
    await one.prepare('abc')
    const said = one.say('请读', 'abc')
    expect(one.speaking.value).toBe(true)
    await settled()
    expect(Player.last.paused).toBe(false)
    Player.last.onended?.()
    await settled()
    // The loudspeaker's last word is no answer yet.
    expect(one.speaking.value).toBe(true)
    expect(await said).toBe(true)
    expect(one.speaking.value).toBe(false)
    expect(asked).toEqual(['/api/h5/recording/voices/abc'])
  })

  it('that can neither be had nor spoken is left to be read', async () => {
    const one = speaker()
    expect(await one.say('请读', 'gone')).toBe(false)
    expect(one.speaking.value).toBe(false)
    Player.refuses = true
    expect(await one.say('请读', 'abc')).toBe(false)
    expect(await one.say('请读')).toBe(false)
  })

  it('ends at once when another thing comes', async () => {
    const one = speaker()
    const said = one.say('请读', 'abc')
    await settled()
    one.hush()
    expect(await said).toBe(true)
    expect(Player.last.paused).toBe(true)
  })

  it('gives way to the next, whose own end counts', async () => {
    const one = speaker()
    const first = one.say('请读', 'abc')
    await settled()
    const second = one.say('再来一次', 'def')
    expect(await first).toBe(true)
    await settled()
    expect(Player.last.paused).toBe(false)
    expect(one.speaking.value).toBe(true)
    Player.last.onended?.()
    expect(await second).toBe(true)
  })

  it('that does not come in time is not waited for', async () => {
    const one = speaker()
    const said = one.say('请读', 'slow')
    await settled()
    one.hush()
    expect(await said).toBe(true)
    expect(one.speaking.value).toBe(false)
  })
})
