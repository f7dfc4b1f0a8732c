/** Signed notes, verifier keys and checkpoints (docs/ledger.md, 5). */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { base64, concat, hexOf, textOf, utf8 } from './bytes'

const NOTE_BYTES_MAX = 262_144
const LINES_MAX = 64
const SIZE_MAX = 2n ** 62n

export interface Line {
  name: string
  /** Eight hexadecimal digits. */
  keyId: string
  signature: Uint8Array
}

export interface Note {
  text: string
  lines: Line[]
}

export type KeyKind = 'log' | 'witness'

export interface Key {
  name: string
  kind: KeyKind
  id: string
  publicKey: Uint8Array
  /** As it is written. */
  text: string
}

const KINDS: Record<number, KeyKind> = { 0x01: 'log', 0x04: 'witness' }

const isKeyName = (name: string) => name !== '' && !/[\u0000-\u001f\p{White_Space}+]/u.test(name)

export function parseNote(bytes: Uint8Array): Note | null {
  const all = bytes.length > NOTE_BYTES_MAX ? null : textOf(bytes)
  if (all === null || /[^\n\u0020-\u{10ffff}]/u.test(all)) return null
  const gap = all.lastIndexOf('\n\n')
  if (gap < 0 || !all.endsWith('\n')) return null
  const rows = all.slice(gap + 2).split('\n').slice(0, -1)
  if (rows.length === 0 || rows.length > LINES_MAX) return null
  const lines = rows.map(lineOf)
  return lines.every((line) => line !== null) ? { text: all.slice(0, gap + 1), lines } : null
}

function lineOf(row: string): Line | null {
  const [, name = '', code = ''] = /^— ([^ ]+) ([^ ]+)$/u.exec(row) ?? []
  const raw = base64(code)
  if (!isKeyName(name) || raw === null || raw.length < 5) return null
  return { name, keyId: hexOf(raw.subarray(0, 4)), signature: raw.subarray(4) }
}

const { Point } = ed25519
const ORDER = Point.Fn.ORDER

const littleEndian = (bytes: Uint8Array) => BigInt(`0x${hexOf(bytes.slice().reverse())}`)

/** The point of a public key; none of small order, under which anything would hold. */
function pointOf(bytes: Uint8Array) {
  try {
    const point = Point.fromBytes(bytes)
    return point.isSmallOrder() ? null : point
  } catch {
    return null
  }
}

/**
 * Ed25519 with the strict checks.
 * Browsers' own differ in strictness, and on plain http there is none: so one implementation decides everywhere.
 */
function signed(key: Key, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const [first, second] = [signature.subarray(0, 32), signature.subarray(32)]
  const [a, r, s] = [pointOf(key.publicKey), pointOf(first), littleEndian(second)]
  if (a === null || r === null || s >= ORDER) return false
  const k = littleEndian(sha512(concat(first, key.publicKey, message))) % ORDER
  return Point.BASE.multiplyUnsafe(s).equals(r.add(a.multiplyUnsafe(k)))
}

/** A verifier key as it is written, `name+id+key`, or null. */
export function parseKey(text: string): Key | null {
  const [, name = '', id = '', code = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? []
  const raw = base64(code)
  if (!isKeyName(name) || raw === null || raw.length !== 33) return null
  const kind = KINDS[raw[0] as number]
  const publicKey = raw.subarray(1)
  if (kind === undefined || pointOf(publicKey) === null) return null
  if (hexOf(sha256(concat(utf8(`${name}\n`), raw)).subarray(0, 4)) !== id) return null
  return { name, kind, id, publicKey, text }
}

/** What a key says about a note: nothing, something wrong, or that it holds; a witness says when. */
export type Said = { is: 'absent' } | { is: 'wrong' } | { is: 'holds'; atSeconds: number | null }

export function said(note: Note, key: Key): Said {
  let result: Said = { is: 'absent' }
  for (const line of note.lines) {
    if (line.name !== key.name || line.keyId !== key.id) continue
    const one = key.kind === 'log' ? (signed(key, utf8(note.text), line.signature) ? { at: null } : null) : cosigned(note, key, line)
    if (one === null) return { is: 'wrong' }
    if (result.is === 'absent') result = { is: 'holds', atSeconds: one.at }
  }
  return result
}

function cosigned(note: Note, key: Key, line: Line): { at: number } | null {
  if (line.signature.length !== 72) return null
  const at = new DataView(line.signature.buffer, line.signature.byteOffset).getBigUint64(0)
  if (at >= 2n ** 63n) return null
  const message = utf8(`cosignature/v1\ntime ${at}\n${note.text}`)
  return signed(key, message, line.signature.subarray(8)) ? { at: Number(at) } : null
}

export interface Checkpoint {
  origin: string
  size: bigint
  root: Uint8Array
}

export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', digits = '', root = '', ...more] = text.split('\n')
  const hash = base64(root)
  // The text ends in a newline, so the last of its pieces is empty and no other may be.
  if (origin === '' || more.pop() !== '' || more.includes('') || hash === null || hash.length !== 32) return null
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(digits) || BigInt(digits) > SIZE_MAX) return null
  return { origin, size: BigInt(digits), root: hash }
}
