import { computed, ref } from 'vue'
import { readSetting, writeSetting } from '../shared/i18n'

const KEY = 'xiaobao.theme'
type Theme = 'light' | 'dark'

const dusk = window.matchMedia('(prefers-color-scheme: dark)')
const chosen = ref<Theme | null>(null)
const system = ref<Theme>(dusk.matches ? 'dark' : 'light')
/** The look in force: the person's own choice, else the system's. */
export const theme = computed<Theme>(() => chosen.value ?? system.value)

function apply() {
  document.documentElement.dataset.theme = theme.value
  document.documentElement.classList.toggle('dark', theme.value === 'dark')
}

export function startTheme(): void {
  const stored = readSetting(KEY)
  if (stored === 'light' || stored === 'dark') chosen.value = stored
  dusk.addEventListener('change', (event) => {
    system.value = event.matches ? 'dark' : 'light'
    apply()
  })
  apply()
}

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark'
  writeSetting(KEY, chosen.value)
  apply()
}
