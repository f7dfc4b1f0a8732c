import { createApp, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMock } from '../../../dev/mock/server.mjs'
import type { CustomerJourney } from '../../api/wire'
import { createMessages } from '../../shared/i18n'
import { useJourney } from '../journey/useJourney'
import en from '../messages/en'
import zh from '../messages/zh-CN'
import H5 from '../App.vue'
import { become } from '../route'

const MIN_MS = 5000
let cookie = ''
let app: App
let seen: IntersectionObserverCallback

/** Carries fetch straight into the invented API. */
function wire(mock: ReturnType<typeof createMock>) {
  return async (path: string, init: RequestInit = {}) => {
    const headers = { ...(init.headers as Record<string, string>), cookie }
    const chunks = init.body ? [init.body] : []
    const req = { url: path, method: init.method ?? 'GET', headers, async *[Symbol.asyncIterator]() { yield* chunks } }
    return new Promise<Response>((done) => {
      const res = {
        statusCode: 200,
        setHeader(name: string, value: string) {
          if (name === 'set-cookie') cookie = value.split(';')[0] ?? ''
        },
        end(body: string) {
          done(new Response(body, { status: this.statusCode }))
        },
      }
      void mock(req as never, res as never)
    })
  }
}

const button = () => document.querySelector<HTMLButtonElement>('.foot .btn.main')
const settle = async () => {
  for (let i = 0; i < 6; i++) await vi.advanceTimersByTimeAsync(1)
  await nextTick()
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 3) })
  const mock = createMock({ readingMs: MIN_MS })
  vi.stubGlobal('fetch', wire(mock))
  vi.stubGlobal('IntersectionObserver', class {
    constructor(callback: IntersectionObserverCallback) {
      seen = callback
    }
    observe() {}
    disconnect() {}
  })
  localStorage.setItem('xiaobao.locale', 'en')
  const post = (path: string, body: object) => fetch(path, { method: 'POST', headers: { 'x-xiaobao': '1' }, body: JSON.stringify(body) })
  await post('/api/h5/link/code', { token: 'chen' })
  await post('/api/console/session', { institution: 'anhe', account: 'luoyifan', password: 'demo-password' })
  const outbox = (await (await fetch('/api/console/outbox')).json()) as { rows: { text: string }[] }
  const code = /\d{6}/.exec(outbox.rows[0]?.text ?? '')?.[0] ?? ''
  await useJourney().enter('chen', code)
  become({ at: 'sheet' })
  document.body.innerHTML = '<div id="app"></div>'
  app = createApp(H5).use(createMessages({ 'zh-CN': zh, en }))
  app.mount('#app')
  await settle()
})

afterEach(() => {
  app.unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the sheet', () => {
  const reachEnd = async () => {
    seen([{ isIntersecting: true } as IntersectionObserverEntry], {} as IntersectionObserver)
    await nextTick()
  }

  it('prints the figures of the sheet and its digest', () => {
    const text = document.querySelector('.sheet')?.textContent ?? ''
    for (const part of ['13.80%', '21,515.49', '988.35', '527.14', '691.85', '296.50', '1,829.03', '1,755.96', '13.50%', '18.00%']) expect(text).toContain(part)
    expect(text).toContain((useJourney().journey.value as CustomerJourney).sheet?.digest)
  })

  it('says what is missing, and lets nobody on before time and end', async () => {
    expect(button()?.getAttribute('aria-disabled')).toBe('true')
    expect(button()?.textContent).toContain('Keep reading: 5 s, to the end')
    await reachEnd()
    expect(button()?.textContent).toContain('Keep reading: 5 s')
    button()?.click()
    await settle()
    expect(location.hash).toBe('#/sheet')
    await vi.advanceTimersByTimeAsync(MIN_MS + 400)
    expect(button()?.getAttribute('aria-disabled')).toBe('false')
    button()?.click()
    await settle()
    expect(location.hash).toBe('#/question/1')
  })

  it('asks for the end when only the time is over', async () => {
    await vi.advanceTimersByTimeAsync(MIN_MS + 400)
    expect(button()?.textContent).toContain('scroll to the end')
    expect(button()?.getAttribute('aria-disabled')).toBe('true')
  })

  it('follows the server when its clock says that more time is needed', async () => {
    await reachEnd()
    await vi.advanceTimersByTimeAsync(MIN_MS + 400)
    vi.setSystemTime(Date.UTC(2026, 10, 21, 3))
    button()?.click()
    await settle()
    expect(button()?.textContent).toMatch(/Keep reading: \d s/)
    expect(location.hash).toBe('#/sheet')
  })
})
