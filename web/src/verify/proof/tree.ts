/** Hashes and inclusion paths of the RFC 6962 tree. Indexes go beyond what a number holds exactly, so they are `bigint`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { concat } from './bytes'

export const PATH_MAX = 62
const [LEAF, NODE] = [Uint8Array.of(0), Uint8Array.of(1)]

export const leafHash = (entry: Uint8Array) => sha256(concat(LEAF, entry))
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(concat(NODE, left, right))

/** The root to which a path leads (RFC 9162, 2.1.3.2); null where its length does not fit. */
export function rootOf(leaf: Uint8Array, index: bigint, size: bigint, path: Uint8Array[]): Uint8Array | null {
  if (index < 0n || index >= size) return null
  let [node, last] = [index, size - 1n]
  let hash = leaf
  for (const sibling of path) {
    if (last === 0n) return null
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash)
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    node >>= 1n
    last >>= 1n
  }
  return last === 0n ? hash : null
}
