/** Each chunk's digest holds the one before it, so that none can be left out, changed or moved unseen. */

const CHUNK = new TextEncoder().encode('xiaobao/chunk/v1')

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole))
}

/** What stands before the first chunk of a segment. */
export function segmentHead(recording: string, segment: number): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(new TextEncoder().encode(`xiaobao/segment/v1${recording}/${segment}`))
}

/** The head of the chain once `bytes` follow `head`. */
export async function chained(head: Uint8Array, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(CHUNK, head, await sha256(bytes))
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
