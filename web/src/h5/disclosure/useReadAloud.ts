import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useLanguage } from '../../shared/i18n'

/** One stretch of the sheet to be spoken, and the section it stands in. */
export interface Passage {
  section: string
  text: string
}

/** Reads the sheet aloud with a voice of the device itself; nothing is sent anywhere. */
export function useReadAloud(passages: () => Passage[]) {
  const { locale } = useLanguage()
  const synth: SpeechSynthesis | null = 'speechSynthesis' in window ? window.speechSynthesis : null
  const voices = shallowRef<SpeechSynthesisVoice[]>(synth?.getVoices() ?? [])
  const section = ref<string | null>(null)
  let round = 0

  const voice = computed(() => {
    const language = locale.value === 'en' ? 'en' : 'zh'
    const fit = voices.value.filter((one) => one.lang.toLowerCase().startsWith(language))
    // A local voice speaks without a network and without anyone listening in.
    return fit.find((one) => one.localService && /^(zh[-_]cn|en)/i.test(one.lang)) ?? fit.find((one) => one.localService) ?? null
  })
  const able = computed(() => voice.value !== null)
  const speaking = computed(() => section.value !== null)

  function refresh() {
    voices.value = synth?.getVoices() ?? []
  }
  synth?.addEventListener?.('voiceschanged', refresh)

  function stop() {
    round += 1
    section.value = null
    synth?.cancel()
  }

  function speakFrom(list: Passage[], at: number, mine: number) {
    const passage = list[at]
    if (mine !== round || synth === null || voice.value === null) return
    if (passage === undefined) {
      section.value = null
      return
    }
    const words = new SpeechSynthesisUtterance(passage.text)
    words.voice = voice.value
    words.lang = voice.value.lang
    words.rate = 0.9
    words.onend = () => speakFrom(list, at + 1, mine)
    words.onerror = () => {
      if (mine === round) section.value = null
    }
    section.value = passage.section
    synth.speak(words)
  }

  function toggle() {
    if (speaking.value) {
      stop()
      return
    }
    stop()
    speakFrom(passages(), 0, round)
  }

  watch(locale, stop)
  onScopeDispose(() => {
    stop()
    synth?.removeEventListener?.('voiceschanged', refresh)
  })
  return { able, speaking, section, toggle }
}
