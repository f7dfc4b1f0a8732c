/** What a check found; the words for it are in the message files. */

/** Stable reasons for which a bundle fails, the same as `xiaobao-verify`'s. */
export const CODES = [
  'bundle_too_large', 'too_many_entries', 'container_end', 'container_entry', 'container_name', 'container_order', 'container_not_canonical', 'crc_wrong',
  'file_missing', 'file_unlisted', 'file_unexpected', 'file_name_clash', 'manifest_malformed', 'size_wrong', 'sha256_wrong', 'sm3_wrong', 'media_type_wrong',
  'key_malformed', 'signature_malformed', 'signature_wrong', 'signer_name_wrong', 'checkpoint_malformed', 'checkpoint_signature_wrong',
  'no_facts', 'fact_malformed', 'proof_malformed', 'not_in_log', 'number_gap', 'number_wrong', 'number_twice', 'link_broken', 'other_case', 'other_institution',
  'forgotten_malformed', 'forgotten_undeclared', 'forgotten_last', 'forgetting_unused', 'document_unbound',
  'segment_malformed', 'segment_unsworn', 'segment_count_wrong', 'segment_head_wrong', 'film_unbound', 'film_length_wrong', 'film_chunk_wrong',
] as const
export type Code = (typeof CODES)[number]

export type Verdict = 'proved' | 'consistent' | 'failed'

export interface Finding {
  /** The file in the bundle, or `container/end`, `container/entry/N` (from 0), `container`. */
  part: string
  code: Code
}

/** Something that was, or was not, proved, with what its sentence names. */
export interface Statement {
  code: string
  values: Record<string, string | number>
}

/** One fact of the case; kind and time are missing where it was forgotten. */
export interface FactLine {
  no: number
  kind: string | null
  atMs: number | null
  seat: string | null
  index: number
}

export interface DocumentLine {
  name: string
  mediaType: string
  /** Where it lies in the bundle. */
  offset: number
  bytes: number
  sha256: string
  sm3: string
  /** Numbers of the facts that name its SHA-256. */
  boundBy: number[]
}

/** One segment of a recording that the facts say was received. */
export interface SegmentLine {
  recording: string
  segment: number
  /** Number of the newest fact that says so. */
  fact: number
  chunks: number
  bytes: number
  media: string
  head: string
  /** Whether the list of its chunks is inside. */
  listed: boolean
  /** Where its film lies in the bundle; null where it is not inside. */
  film: number | null
}

export interface WitnessLine {
  name: string
  atSeconds: number
}

export interface Report {
  verdict: Verdict
  institution: string | null
  case: string | null
  origin: string | null
  treeSize: string | null
  /** Root at the checkpoint, in hexadecimal. */
  root: string | null
  facts: FactLine[]
  documents: DocumentLine[]
  segments: SegmentLine[]
  timestamps: string[]
  witnesses: WitnessLine[]
  /** Empty where anything failed, as is the next. */
  proved: Statement[]
  notProved: Statement[]
  failures: Finding[]
}

export function emptyReport(): Report {
  return {
    verdict: 'failed', institution: null, case: null, origin: null, treeSize: null, root: null,
    facts: [], documents: [], segments: [], timestamps: [], witnesses: [], proved: [], notProved: [], failures: [],
  }
}
