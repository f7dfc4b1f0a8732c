import { readFileSync } from 'node:fs'
import { createApp, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CustomerJourney, SheetStep } from '../../api/wire'
import { createMessages } from '../../shared/i18n'
import en from '../messages/en'
import zh from '../messages/zh-CN'
import H5 from '../App.vue'
import { useJourney } from '../journey/useJourney'
import { become } from '../route'

const MIN_MS = 5000
/** What a server answered to a borrower who has just come in. */
const RECORDED = readFileSync('src/h5/disclosure/journey.fixture.json', 'utf8')
let journey: CustomerJourney
let sheet: SheetStep
let app: App
let seen: IntersectionObserverCallback

function answer(path: string): { status: number; body: object } {
  const { reading } = sheet
  if (path === '/api/h5/sheet/shown') {
    reading.shown_at_ms ??= Date.now()
    reading.remaining_ms = Math.max(0, reading.shown_at_ms + MIN_MS - Date.now())
  }
  if (path === '/api/h5/sheet/read') {
    // The server holds the time by its own clock.
    const left = (reading.shown_at_ms ?? Infinity) + MIN_MS - Date.now()
    const message = { zh: '早', en: 'early' }
    if (left > 0) return { status: 409, body: { error: { code: 'sheet_reading_time', message, request_id: 'req_1', retry_after_ms: left } } }
    journey.step = 'answer'
  }
  return { status: 200, body: journey }
}

const button = () => document.querySelector<HTMLButtonElement>('.foot .btn.main')
const settle = async () => {
  for (let i = 0; i < 6; i++) await vi.advanceTimersByTimeAsync(1)
  await nextTick()
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 3) })
  journey = JSON.parse(RECORDED) as CustomerJourney
  if (journey.sheet === null) throw new Error('the recorded journey has a sheet')
  sheet = journey.sheet
  Object.assign(sheet.reading, { min_ms: MIN_MS, remaining_ms: MIN_MS, shown_at_ms: null, read_at_ms: null })
  vi.stubGlobal('fetch', async (path: string) => {
    const { status, body } = answer(path)
    return new Response(JSON.stringify(body), { status })
  })
  vi.stubGlobal('IntersectionObserver', class {
    constructor(callback: IntersectionObserverCallback) {
      seen = callback
    }
    observe() {}
    disconnect() {}
  })
  localStorage.setItem('xiaobao.locale', 'en')
  await useJourney().load()
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
    expect(text).toContain(sheet.digest)
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

describe('the questions', () => {
  const main = () => document.querySelector<HTMLButtonElement>('.actions .btn.main')

  it('say how long to wait after many wrong answers, and lead to the sheet and a person meanwhile', async () => {
    journey.step = 'answer'
    sheet.quiz.wait_ms = 5000
    await useJourney().load()
    await vi.advanceTimersByTimeAsync(1000)
    become({ at: 'question', no: 2 })
    await settle()
    expect(main()?.textContent).toContain('Answer again in 4 s')
    expect(main()?.getAttribute('aria-disabled')).toBe('true')
    const offers = [...document.querySelectorAll('.waiting button')].map((one) => one.textContent)
    expect(offers).toEqual(['See the sheet', 'Talk to a person'])
    await vi.advanceTimersByTimeAsync(4200)
    expect(main()?.textContent).toContain('That is my answer')
    expect(document.querySelector('.waiting')).toBeNull()
  })
})
