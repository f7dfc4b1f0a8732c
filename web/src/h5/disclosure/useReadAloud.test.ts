import { createApp, defineComponent, h } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import { createMessages } from '../../shared/i18n'
import { useReadAloud } from './useReadAloud'

class Words {
  voice: unknown
  lang = ''
  rate = 1
  onend: (() => void) | null = null
  onerror: (() => void) | null = null
  constructor(readonly text: string) {}
}

function device(voices: { lang: string; localService: boolean }[]) {
  const spoken: Words[] = []
  const synth = { getVoices: () => voices, speak: (words: Words) => spoken.push(words), cancel: vi.fn(), addEventListener: vi.fn(), removeEventListener: vi.fn() }
  Object.defineProperty(window, 'speechSynthesis', { value: synth, configurable: true })
  vi.stubGlobal('SpeechSynthesisUtterance', Words)
  return { spoken, synth }
}

function mount() {
  localStorage.setItem('xiaobao.locale', 'zh-CN')
  let aloud: ReturnType<typeof useReadAloud> | undefined
  const passages = [{ section: 'hero', text: '一' }, { section: 'plan', text: '二' }]
  const app = createApp(defineComponent({
    setup() {
      aloud = useReadAloud(() => passages)
      return () => h('div')
    },
  })).use(createMessages({ 'zh-CN': {}, en: {} }))
  app.mount(document.createElement('div'))
  if (aloud === undefined) throw new Error('not mounted')
  return { app, aloud }
}

afterEach(() => vi.unstubAllGlobals())

it('reads passage after passage with a Chinese voice of the device and says where it is', () => {
  const { spoken } = device([{ lang: 'en-US', localService: true }, { lang: 'zh-CN', localService: true }])
  const { app, aloud } = mount()
  expect(aloud.able.value).toBe(true)
  aloud.toggle()
  expect([spoken[0]?.text, spoken[0]?.lang, aloud.section.value]).toEqual(['一', 'zh-CN', 'hero'])
  spoken[0]?.onend?.()
  expect([spoken[1]?.text, aloud.section.value]).toEqual(['二', 'plan'])
  spoken[1]?.onend?.()
  expect(aloud.speaking.value).toBe(false)
  app.unmount()
})

it('stops at a second press, and what was still to come stays unspoken', () => {
  const { spoken, synth } = device([{ lang: 'zh-CN', localService: true }])
  const { app, aloud } = mount()
  aloud.toggle()
  aloud.toggle()
  spoken[0]?.onend?.()
  expect([spoken.length, aloud.speaking.value, synth.cancel.mock.calls.length > 0]).toEqual([1, false, true])
  app.unmount()
})

it('will not use a voice that speaks over the network', () => {
  device([{ lang: 'zh-CN', localService: false }])
  const { app, aloud } = mount()
  expect(aloud.able.value).toBe(false)
  app.unmount()
})
