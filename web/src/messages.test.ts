import { describe, expect, it } from 'vitest'
import consoleEn from './console/messages/en'
import consoleZh from './console/messages/zh-CN'
import h5En from './h5/messages/en'
import h5Zh from './h5/messages/zh-CN'
import type { Messages } from './shared/i18n'
import verifyEn from './verify/messages/en'
import verifyZh from './verify/messages/zh-CN'

function flat(messages: Messages, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

describe.each([
  ['h5', h5Zh, h5En],
  ['console', consoleZh, consoleEn],
  ['verify', verifyZh, verifyEn],
] as const)('messages of %s', (_app, zh, en) => {
  const [chinese, english] = [flat(zh), flat(en)]

  it('have equal keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('fill the same places in both languages', () => {
    for (const [key, text] of chinese) expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(text))
  })

  it('are never empty and hold no syntax of the message format by accident', () => {
    for (const [key, text] of [...chinese, ...english]) {
      expect(text.trim(), key).not.toBe('')
      expect(text, key).not.toMatch(/[|@]/)
    }
  })

  it('are really in their language', () => {
    const switches = new Set(['bar.language', 'nav.language', 'nav.brand'])
    for (const [key, text] of english) if (!switches.has(key)) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/)
  })
})
