/** Personal data on the wire: subjects, openings, destructions. */

export interface SubjectRow {
  id: string
  name_masked: string
  id_number_masked: string
  phone_masked: string
}

export interface SubjectItem {
  item: string
  masked: string
  version: number
  class: string
  purpose: string
  source: string
  retention: string
  retention_years: number
  retention_source: string
  updated_at_ms: number
}

export interface SubjectGrant {
  id: string
  item: string
  purpose: string
  basis: string
  rests_on: string | null
  granted_at_ms: number
  until_ms: number
  ended_at_ms: number | null
  ended_why: string | null
  live: boolean
}

export interface SubjectCard extends SubjectRow {
  created_at_ms: number
  relation_ended_at_ms: number | null
  days_left: number | null
  items: SubjectItem[]
  grants: SubjectGrant[]
  holds: { id: string; why: string; placed_by: string; placed_at_ms: number }[]
  proposed: { id: string; why: string; proposed_by: string; proposed_at_ms: number; own: boolean } | null
}

export interface OpeningRow {
  id: string
  subject_id: string
  subject_masked: string
  item: string
  purpose: string
  seat_kind: string
  by: string
  at_ms: number
  journey_id: string | null
  reason: string | null
  strange: string[]
}

export interface DestructionRow {
  id: string
  subject_id: string
  why: string
  state: string
  proposed_by: string
  proposed_at_ms: number
  approved_by: string | null
  approved_at_ms: number | null
  items: number
  facts: number
}

/** One opening as the person concerned sees it. */
export interface MyOpening {
  id: string
  item: string
  purpose: string
  by: string
  at_ms: number
}
