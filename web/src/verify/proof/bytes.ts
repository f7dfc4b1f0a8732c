/** Small readings of bytes: hexadecimal, base64, UTF-8, CRC-32. Each has one spelling, and anything else is refused. */

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The text of UTF-8 bytes, or null. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}

export function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** The 32 bytes of 64 lower-case hexadecimal digits, or null. */
export function hashOf(text: unknown): Uint8Array | null {
  if (typeof text !== 'string' || !/^[0-9a-f]{64}$/.test(text)) return null
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16))
}

/** Base64 with padding and unused bits zero, or null. */
export function base64(text: string): Uint8Array | null {
  try {
    const binary = atob(text)
    return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null
  } catch {
    return null
  }
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** Told how many more bytes were read. */
export type Tell = (bytes: number) => void

const CHUNK = 1 << 20

/** Reads long bytes piece by piece, so that progress can be told. */
export function inPieces(bytes: Uint8Array, read: (piece: Uint8Array) => void, tell: Tell): void {
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const piece = bytes.subarray(at, at + CHUNK)
    read(piece)
    tell(piece.length)
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  return crc
})

export function crc32(bytes: Uint8Array, tell: Tell): number {
  let crc = -1
  inPieces(bytes, (piece) => {
    for (let at = 0; at < piece.length; at++) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (piece[at] as number)) & 0xff] as number)
  }, tell)
  return ~crc >>> 0
}
