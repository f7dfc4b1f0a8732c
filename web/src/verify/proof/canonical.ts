/** RFC 8785 JSON with integers only (docs/ledger.md, 1): read, written again, compared. */
import { textOf } from './bytes'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const DEPTH_MAX = 64
const SHORT: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' }

function quoted(text: string): string {
  return `"${text.replace(/["\\\u0000-\u001f]/g, (one) => SHORT[one] ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
}

function written(value: Json, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError('not an integer in range')
    return String(value)
  }
  if (depth === DEPTH_MAX) throw new RangeError('too deep')
  if (Array.isArray(value)) return `[${value.map((one) => written(one, depth + 1)).join(',')}]`
  // Strings compare by their UTF-16 code units, which is the order asked for.
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1))
  return `{${keys.map((key) => `${quoted(key)}:${written(value[key] as Json, depth + 1)}`).join(',')}}`
}

/** The value of canonical bytes, or null. */
export function parse(bytes: Uint8Array): { value: Json } | null {
  const text = textOf(bytes)
  if (text === null) return null
  try {
    const value = JSON.parse(text) as Json
    return written(value, 0) === text ? { value } : null
  } catch {
    return null
  }
}

/** The object of canonical bytes that has exactly these keys, or null. */
export function parseObject<K extends string>(bytes: Uint8Array, keys: readonly K[]): Record<K, Json> | null {
  const parsed = parse(bytes)
  return parsed !== null && hasExactly(parsed.value, keys) ? parsed.value : null
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function hasExactly<K extends string>(value: Json | undefined, keys: readonly K[]): value is Record<K, Json> {
  return isObject(value) && Object.keys(value).length === keys.length && keys.every((key) => value[key] !== undefined)
}

export function isCount(value: Json | undefined, from = 0): value is number {
  return typeof value === 'number' && value >= from
}
