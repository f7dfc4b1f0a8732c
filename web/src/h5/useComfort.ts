import { ref, watchEffect } from 'vue'
import { readSetting, writeSetting } from '../shared/i18n'

const KEY = 'xiaobao.text'

type TextSize = 'standard' | 'large'
const stored = readSetting(KEY)
const chosen = ref<TextSize | null>(stored === 'standard' || stored === 'large' ? stored : null)
const suggested = ref<TextSize>('standard')

watchEffect(() => {
  document.documentElement.classList.toggle('elder', (chosen.value ?? suggested.value) === 'large')
})

/** Type size: large by default for elders, and everyone's own choice wins and lasts. */
export function useComfort() {
  return {
    size: () => chosen.value ?? suggested.value,
    choose(size: TextSize) {
      chosen.value = size
      writeSetting(KEY, size)
    },
    suggest(size: TextSize) {
      suggested.value = size
    },
  }
}
