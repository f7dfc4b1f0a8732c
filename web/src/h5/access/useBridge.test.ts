import { describe, expect, it, vi } from 'vitest'
import { messageOf, post } from './useBridge'

const message = messageOf('ready', null)

describe('the bridge', () => {
  it('addresses a frame’s parent by each known origin, never by *', () => {
    const parent = { postMessage: vi.fn() }
    post(message, ['https://app.example', 'https://m.example'], { parent })
    expect(parent.postMessage.mock.calls).toEqual([[message, 'https://app.example'], [message, 'https://m.example']])
  })

  it('tells no parent when nobody may embed, or when there is none', () => {
    const parent = { postMessage: vi.fn() }
    post(message, [], { parent })
    const alone = { postMessage: vi.fn() } as unknown as Parameters<typeof post>[2]
    alone.parent = alone as unknown as typeof parent
    post(message, ['https://app.example'], alone)
    expect(parent.postMessage).not.toHaveBeenCalled()
    expect((alone as unknown as typeof parent).postMessage).not.toHaveBeenCalled()
  })

  it('speaks to apps in the form each expects', () => {
    const ios = vi.fn()
    const android = vi.fn()
    const mini = vi.fn()
    const around = {
      webkit: { messageHandlers: { xiaobao: { postMessage: ios } } },
      xiaobaoAndroid: { postMessage: android },
      wx: { miniProgram: { postMessage: mini } },
      parent: { postMessage: vi.fn() },
    }
    post(message, [], around)
    expect(ios).toHaveBeenCalledWith(message)
    expect(JSON.parse(android.mock.calls[0]?.[0] as string)).toEqual(message)
    expect(mini).toHaveBeenCalledWith({ data: message })
  })
})
