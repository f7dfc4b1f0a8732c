/** Segments of recordings: heads reckoned anew, films held against their chunks (docs/ledger.md, 11 and 12). */
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, hashOf, hexOf, same, utf8 } from './bytes'
import { hasExactly, isCount, parseObject } from './canonical'
import type { Entry } from './container'
import type { Fact } from './fact'
import { placeOf } from './files'
import type { Finding, SegmentLine } from './report'

const RECEIVED = 'recording.received.v1'
const CHUNKS_MAX = 100_000
const CHUNK = utf8('xiaobao/chunk/v1')
const MEDIA = ['video/webm', 'video/mp4']

interface Segment {
  media: string
  chunks: { bytes: number; sha256: Uint8Array }[]
  bytes: number
  head: Uint8Array
}

/** What a fact says was received. */
interface Received {
  recording: string
  segment: number
  fact: number
  chunks: number
  bytes: number
  media: string
  head: Uint8Array | null
}

const key = (recording: string, segment: number) => `${recording}/${segment}`

function newest(facts: Iterable<readonly [number, Fact]>): Map<string, Received> {
  const found = new Map<string, Received>()
  for (const [no, { kind, data }] of facts) {
    const { recording, segment, chunks, bytes, media, head } = data
    if (kind !== RECEIVED || typeof recording !== 'string' || typeof media !== 'string' || !isCount(segment) || !isCount(chunks) || !isCount(bytes)) continue
    const before = found.get(key(recording, segment))
    if (before === undefined || before.fact <= no) found.set(key(recording, segment), { recording, segment, fact: no, chunks, bytes, media, head: hashOf(head) })
  }
  return found
}

function parse(raw: Uint8Array, recording: string, no: number): Segment | null {
  const one = parseObject(raw, ['chunks', 'media', 'recording', 'segment', 'v'])
  if (one === null || one.v !== 1 || one.recording !== recording || one.segment !== no || typeof one.media !== 'string' || !MEDIA.includes(one.media)) return null
  if (!Array.isArray(one.chunks) || one.chunks.length === 0 || one.chunks.length > CHUNKS_MAX) return null
  const chunks: Segment['chunks'] = []
  let [bytes, head] = [0, sha256(utf8(`xiaobao/segment/v1${recording}/${no}`))]
  for (const chunk of one.chunks) {
    const digest = hasExactly(chunk, ['bytes', 'sha256']) ? hashOf(chunk.sha256) : null
    if (digest === null || !hasExactly(chunk, ['bytes', 'sha256']) || !isCount(chunk.bytes, 1)) return null
    chunks.push({ bytes: chunk.bytes, sha256: digest })
    bytes += chunk.bytes
    head = sha256(concat(CHUNK, head, digest))
  }
  return { media: one.media, chunks, bytes, head }
}

function isFilmOf(film: Uint8Array, { chunks }: Segment): boolean {
  let at = 0
  return chunks.every((chunk) => {
    const own = film.subarray(at, at + chunk.bytes)
    at += chunk.bytes
    return own.length === chunk.bytes && same(sha256(own), chunk.sha256)
  })
}

export function recordings(files: Map<string, Entry>, facts: Iterable<readonly [number, Fact]>, findings: Finding[]): SegmentLine[] {
  const sworn = newest(facts)
  const listed = new Map<string, Segment>()
  const films = new Map<string, number>()
  const fail = (part: string, code: Finding['code']) => void findings.push({ part, code })
  for (const [path, { bytes }] of files) {
    const place = placeOf(path)
    if (place?.kind !== 'segments') continue
    const segment = parse(bytes, place.recording, place.no)
    if (segment === null) {
      fail(path, 'segment_malformed')
      continue
    }
    listed.set(key(place.recording, place.no), segment)
    const said = sworn.get(key(place.recording, place.no))
    if (said === undefined) {
      fail(path, 'segment_unsworn')
      continue
    }
    if (segment.chunks.length !== said.chunks || segment.bytes !== said.bytes || segment.media !== said.media) fail(path, 'segment_count_wrong')
    if (said.head === null || !same(segment.head, said.head)) fail(path, 'segment_head_wrong')
  }
  for (const [path, { bytes, offset }] of files) {
    const place = placeOf(path)
    if (place?.kind !== 'films') continue
    const segment = listed.get(key(place.recording, place.no))
    if (segment === undefined || segment.media !== filmType(path)) {
      fail(path, 'film_unbound')
      continue
    }
    if (bytes.length !== segment.bytes) fail(path, 'film_length_wrong')
    if (!isFilmOf(bytes, segment)) fail(path, 'film_chunk_wrong')
    films.set(key(place.recording, place.no), offset)
  }
  const lines = [...sworn].map(([one, { recording, segment, fact, chunks, bytes, media, head }]) => ({
    recording, segment, fact, chunks, bytes, media, head: head === null ? '' : hexOf(head), listed: listed.has(one), film: films.get(one) ?? null,
  }))
  return lines.sort((a, b) => (a.recording === b.recording ? a.segment - b.segment : a.recording < b.recording ? -1 : 1))
}

/** The media type of a film, by how its name ends. */
export const filmType = (path: string) => (path.endsWith('.mp4') ? 'video/mp4' : 'video/webm')
