import type { FactProof } from '../api/wire'

/** What a browser can find out by itself about one proof. The signature needs a trusted key and is the verifier's matter. */
export type ProofCheck =
  | { state: 'matches'; root: string }
  | { state: 'differs' }
  | { state: 'unreadable' }
  /** The page has no WebCrypto, as on plain http. */
  | { state: 'unable' }

const DOMAIN = new TextEncoder().encode('xiaobao/fact/v1')
const ENTRY_VERSION = 0x01

function bytesOf(hex: string): Uint8Array<ArrayBuffer> | null {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) return null
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

/** Root of the RFC 6962 inclusion path of leaf `index` in a tree of `size` leaves; null when the path has a wrong length. */
export async function rootOf(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): Promise<Uint8Array | null> {
  if (index < 0 || index >= size) return null
  let [node, last] = [index, size - 1]
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) return null
    if (node % 2 === 1 || node === last) {
      hash = await sha256(Uint8Array.of(1), sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2)
        last = Math.floor(last / 2)
      }
    } else {
      hash = await sha256(Uint8Array.of(1), hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? hash : null
}

/** Hash of the log entry of a fact: the entry is version ‖ SHA-256(domain ‖ salt ‖ fact). */
export async function leafOf(fact: string, salt: Uint8Array): Promise<Uint8Array> {
  const commitment = await sha256(DOMAIN, salt, new TextEncoder().encode(fact))
  return sha256(Uint8Array.of(0, ENTRY_VERSION), commitment)
}

/** Recomputes the root from fact, salt and path, and compares it with the one the checkpoint states. */
export async function checkProof(proof: FactProof): Promise<ProofCheck> {
  if (typeof crypto === 'undefined' || crypto.subtle === undefined) return { state: 'unable' }
  const [, size = '', root = ''] = proof.checkpoint.split('\n')
  const salt = bytesOf(proof.salt)
  const path = proof.path.map(bytesOf)
  if (salt === null || path.some((one) => one === null) || Number(size) !== proof.tree_size) return { state: 'unreadable' }
  const found = await rootOf(await leafOf(proof.fact, salt), proof.index, proof.tree_size, path.filter((one) => one !== null))
  if (found === null) return { state: 'differs' }
  const text = btoa(String.fromCharCode(...found))
  return text === root ? { state: 'matches', root } : { state: 'differs' }
}
