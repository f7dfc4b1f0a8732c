import { computed } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import type { Text } from '../api/wire'
import type { Locale } from './format'

const KEY = 'xiaobao.locale'

/** Messages as nested plain objects; compiled without eval, so the page policy stays strict. */
export type Messages = { [key: string]: string | Messages }

function storedLocale(): Locale {
  const stored = readSetting(KEY)
  if (stored === 'zh-CN' || stored === 'en') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

/** Private windows may forbid storage; a lost preference is no reason to fail. */
export function readSetting(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Storage is off: the choice holds until the page closes.
  }
}

export function createMessages(messages: Record<Locale, Messages>) {
  const locale = storedLocale()
  document.documentElement.lang = locale
  return createI18n({
    legacy: false,
    locale,
    fallbackLocale: 'zh-CN',
    messages: messages as Record<Locale, Record<string, string>>,
  })
}

/** The current language, its switch, and the pick of a server text. */
export function useLanguage() {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  const current = computed<Locale>(() => (locale.value === 'en' ? 'en' : 'zh-CN'))
  const pick = (text: Text) => (current.value === 'en' ? text.en : text.zh)
  function use(next: Locale) {
    locale.value = next
    document.documentElement.lang = next
    writeSetting(KEY, next)
  }
  return { t, has: te, locale: current, pick, use }
}
