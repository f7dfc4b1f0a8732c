import type { InstitutionCard, Page, Text } from './wire'

/** Institutions, their keys, settings and partners, as the server sends them. */

export interface Brand extends InstitutionCard {
  colour: string | null
  /** The path of the logo. */
  logo: string | null
}

export type RosterKind = 'lender' | 'guarantor' | 'insurer' | 'platform' | 'collection_agency' | 'service'

export interface RosterDraft {
  name: string
  kind: RosterKind
  credit_code: string
  role: Text
  from: string
  until: string | null
}

export interface PublicRosterRow extends RosterDraft {
  id: string
  published_at_ms: number | null
}

export interface PublicRoster extends Page<PublicRosterRow> {
  institution: InstitutionCard
  day: string
}

export interface RosterRow extends PublicRosterRow {
  state: 'draft' | 'published' | 'withdrawn'
  /** Whether it counts today. */
  live: boolean
  digest: string
  proposed_by: string
  approved_by: string | null
  created_at_ms: number
  withdrawn_at_ms: number | null
}

export interface KeyRow {
  id: string
  name: string
  scopes: string[]
  networks: string[]
  state: 'live' | 'grace' | 'expired' | 'revoked'
  issued_at_ms: number
  expires_at_ms: number | null
  revoked_at_ms: number | null
  last_used_ms: number | null
  successor: string | null
}

export interface IssuedKey extends KeyRow {
  /** Shown this once. */
  secret: string
}

export interface Settings {
  short_name: string
  hotline: string
  brand_colour: string | null
  logo: string | null
  own_domain: string | null
  return_origins: string[]
  embedding: 'denied' | 'allowed'
  elder_age: number | null
  valid_days: number | null
  retention_days: number | null
}

export interface SettingsPage {
  /** Named again with a change, so that of two at once the second is told. */
  version: number
  changed_at_ms: number
  settings: Settings
  defaults: { elder_age: number; valid_days: number; retention_days: number }
}

export interface InstitutionRow extends InstitutionCard {
  id: string
  kind: 'consumer_finance' | 'bank' | 'small_loan' | 'operator'
}
