/** Which files a bundle may hold, and its manifest (docs/ledger.md, 11). */
import { sha256 } from '@noble/hashes/sha2.js'
import { hexOf, inPieces, type Tell } from './bytes'
import { hasExactly, isCount, parseObject, type Json } from './canonical'
import type { Entry } from './container'
import { isId } from './fact'
import type { Finding } from './report'
import { Sm3 } from './sm3'

export const MANIFEST = 'manifest.json'
export const SIGNATURE = 'manifest.sig'
export const CHECKPOINT = 'checkpoint'
export const LOG_KEY = 'keys/log.vkey'
export const MANIFEST_KEY = 'keys/manifest.vkey'
export const MANIFEST_KEYS = ['case', 'files', 'institution', 'v'] as const
const FILE_KEYS = ['bytes', 'media_type', 'path', 'sha256', 'sm3'] as const

export type Kind = 'facts' | 'proofs' | 'forgotten' | 'forgetting.fact' | 'forgetting.proof' | 'documents' | 'timestamps' | 'segments' | 'films' | 'text'

/** The place of a file in a bundle; `no` is its number, 0 where it has none. */
export interface Place {
  kind: Kind
  no: number
  /** Of a segment or its film. */
  recording: string
}

export function placeOf(path: string): Place | null {
  const place = (kind: Kind, no = 0, recording = ''): Place => ({ kind, no, recording })
  if (path === CHECKPOINT || path === LOG_KEY || path === MANIFEST_KEY) return place('text')
  const [, recording = '', segment = '', end = ''] = /^recording\/([^/]+)\/segment-([1-9][0-9]{0,14})\.(json|webm|mp4)$/.exec(path) ?? []
  if (recording !== '') return place(end === 'json' ? 'segments' : 'films', Number(segment), recording)
  const [, folder = '', digits = '', part = ''] = /^(facts|proofs|forgotten|forgetting)\/([0-9]{6,15})((?:\.fact|\.proof)?)\.json$/.exec(path) ?? []
  const no = Number(digits)
  if (no >= 1 && padded(no) === digits && (folder === 'forgetting') === (part !== '')) return place(`${folder}${part}` as Kind, no)
  const [, list = '', name = ''] = /^(documents|timestamps)\/(.+)$/.exec(path) ?? []
  return name !== '' && !name.includes('/') ? place(list as Kind) : null
}

export const padded = (no: number) => String(no).padStart(6, '0')
export const factFile = (no: number) => `facts/${padded(no)}.json`
export const proofFile = (no: number) => `proofs/${padded(no)}.json`
export const forgottenFile = (no: number) => `forgotten/${padded(no)}.json`

export interface Listed {
  bytes: number
  mediaType: string
  path: string
  sha256: string
  sm3: string
}

export interface Manifest {
  case: string
  institution: string
  files: Listed[]
}

export function parseManifest(bytes: Uint8Array): Manifest | null {
  const raw = parseObject(bytes, MANIFEST_KEYS)
  if (raw === null || raw.v !== 1 || !isId(raw.case) || !isId(raw.institution) || !Array.isArray(raw.files)) return null
  const files = raw.files.map(listed)
  if (!files.every((file) => file !== null)) return null
  const sorted = files.every((file, at) => at === 0 || (files[at - 1] as Listed).path < file.path)
  return sorted && files.every(({ path }) => path !== MANIFEST && path !== SIGNATURE) ? { case: raw.case, institution: raw.institution, files } : null
}

function listed(raw: Json): Listed | null {
  if (!hasExactly(raw, FILE_KEYS) || !isCount(raw.bytes) || typeof raw.path !== 'string' || typeof raw.media_type !== 'string') return null
  if (typeof raw.sha256 !== 'string' || typeof raw.sm3 !== 'string') return null
  return { bytes: raw.bytes, mediaType: raw.media_type, path: raw.path, sha256: raw.sha256, sm3: raw.sm3 }
}

function mediaTypeFits(kind: Kind, path: string, type: string): boolean {
  if (kind === 'films') return type === (path.endsWith('.mp4') ? 'video/mp4' : 'video/webm')
  if (kind === 'text') return type === 'text/plain; charset=utf-8'
  if (kind === 'timestamps') return type === 'application/timestamp-reply'
  if (kind === 'documents') return /^[\x20-\x7e]{1,127}$/.test(type) && type.includes('/')
  return type === 'application/json'
}

/** The digests of the files that the manifest lists. */
export type Digests = Map<string, { sha256: string; sm3: string }>

/** Compares the files with what the manifest says of them. */
export function compare(entries: Map<string, Entry>, manifest: Manifest, findings: Finding[], tell: Tell): Digests {
  const found: Digests = new Map()
  for (const file of manifest.files) {
    const fail = (code: Finding['code']) => findings.push({ part: file.path, code })
    const [entry, place] = [entries.get(file.path), placeOf(file.path)]
    if (entry === undefined) {
      fail('file_missing')
      continue
    }
    if (place === null) fail('file_unexpected')
    else if (!mediaTypeFits(place.kind, file.path, file.mediaType)) fail('media_type_wrong')
    if (entry.bytes.length !== file.bytes) fail('size_wrong')
    const own = digests(entry.bytes, tell)
    found.set(file.path, own)
    if (own.sha256 !== file.sha256) fail('sha256_wrong')
    if (own.sm3 !== file.sm3) fail('sm3_wrong')
  }
  const known = new Set(manifest.files.map(({ path }) => path))
  for (const name of entries.keys()) {
    if (name !== MANIFEST && name !== SIGNATURE && !known.has(name)) findings.push({ part: name, code: 'file_unlisted' })
  }
  for (const name of [CHECKPOINT, LOG_KEY, MANIFEST_KEY, SIGNATURE]) {
    if (!entries.has(name) && !known.has(name)) findings.push({ part: name, code: 'file_missing' })
  }
  return found
}

export const sha256Of = (bytes: Uint8Array) => hexOf(sha256(bytes))

function digests(bytes: Uint8Array, tell: Tell): { sha256: string; sm3: string } {
  const [sha, sm3] = [sha256.create(), new Sm3()]
  inPieces(bytes, (piece) => {
    sha.update(piece)
    sm3.update(piece)
  }, tell)
  return { sha256: hexOf(sha.digest()), sm3: hexOf(sm3.digest()) }
}
