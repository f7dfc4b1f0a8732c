/** Facts, their commitments, and the files that prove them (docs/ledger.md, 2, 3 and 11). */
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, hashOf, utf8 } from './bytes'
import { hasExactly, isCount, isObject, parseObject, type Json } from './canonical'
import { PATH_MAX, leafHash } from './tree'

const FACT_BYTES_MAX = 32_768
const FACT_KEYS = ['at_ms', 'case', 'case_no', 'data', 'institution', 'kind', 'prev', 'seat', 'v'] as const
const DOMAIN = utf8('xiaobao/fact/v1')
const ENTRY_VERSION = Uint8Array.of(1)
export const FORGOTTEN = 'ledger.forgotten.v1'

export interface Fact {
  atMs: number
  case: string
  no: number
  data: { [key: string]: Json }
  institution: string
  kind: string
  /** 64 hexadecimal digits; null for the first. */
  prev: string | null
  seat: string
}

export const isId = (value: Json | undefined): value is string => typeof value === 'string' && /^[A-Za-z0-9_.:-]{1,128}$/.test(value)

function isKind(value: Json): value is string {
  return typeof value === 'string' && value.length <= 128 && /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]{0,3}$/.test(value)
}

export function parseFact(bytes: Uint8Array): Fact | null {
  const raw = bytes.length > FACT_BYTES_MAX ? null : parseObject(bytes, FACT_KEYS)
  if (raw === null || raw.v !== 1 || !isCount(raw.at_ms) || !isCount(raw.case_no, 1)) return null
  if (!isId(raw.case) || !isId(raw.institution) || !isKind(raw.kind) || !isObject(raw.data)) return null
  const { seat, prev } = raw
  if (!hasExactly(seat, ['id', 'kind']) || !isId(seat.id) || !isId(seat.kind)) return null
  if (raw.kind === FORGOTTEN && indexesOf(raw.data) === null) return null
  const first = raw.case_no === 1
  if (first ? prev !== null : hashOf(prev) === null) return null
  return { atMs: raw.at_ms, case: raw.case, no: raw.case_no, data: raw.data, institution: raw.institution, kind: raw.kind, prev: prev as string | null, seat: seat.kind }
}

export const commitment = (salt: Uint8Array, fact: Uint8Array) => sha256(concat(DOMAIN, salt, fact))
export const leafOf = (committed: Uint8Array) => leafHash(concat(ENTRY_VERSION, committed))

/** The indexes that a fact declares forgotten: none if it is no such declaration. */
export const declared = (fact: Fact): number[] => (fact.kind === FORGOTTEN ? (indexesOf(fact.data) ?? []) : [])

function indexesOf({ indexes }: { [key: string]: Json }): number[] | null {
  const ascending = Array.isArray(indexes) && indexes.every((one, at) => isCount(one) && (at === 0 || (indexes[at - 1] as number) < one))
  return ascending ? (indexes as number[]) : null
}

/** Every string in the values of `data`: what a document can be bound by. */
export function strings(value: Json, into = new Set<string>()): Set<string> {
  if (typeof value === 'string') into.add(value)
  else if (Array.isArray(value)) for (const one of value) strings(one, into)
  else if (isObject(value)) for (const one of Object.values(value)) strings(one, into)
  return into
}

export interface Proof {
  index: number
  path: Uint8Array[]
  salt: Uint8Array
}

function pathOf(value: Json): Uint8Array[] | null {
  if (!Array.isArray(value) || value.length > PATH_MAX) return null
  const hashes = value.map(hashOf)
  return hashes.every((hash) => hash !== null) ? hashes : null
}

export function parseProof(bytes: Uint8Array): Proof | null {
  const raw = parseObject(bytes, ['index', 'path', 'salt', 'v'])
  if (raw === null || raw.v !== 1 || !isCount(raw.index)) return null
  const [path, salt] = [pathOf(raw.path), hashOf(raw.salt)]
  return path === null || salt === null ? null : { index: raw.index, path, salt }
}

/** A fact whose body was destroyed. */
export interface Forgotten {
  by: number
  commitment: Uint8Array
  index: number
  path: Uint8Array[]
}

export function parseForgotten(bytes: Uint8Array): Forgotten | null {
  const raw = parseObject(bytes, ['by', 'commitment', 'index', 'path', 'v'])
  if (raw === null || raw.v !== 1 || !isCount(raw.index) || !isCount(raw.by)) return null
  const [path, committed] = [pathOf(raw.path), hashOf(raw.commitment)]
  return path === null || committed === null ? null : { by: raw.by, commitment: committed, index: raw.index, path }
}
