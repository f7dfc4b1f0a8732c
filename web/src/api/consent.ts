/** Notices, consents and what rests on them, on the wire. */

import type { Protection, Text } from './wire'

export type ConsentKind = 'personal_information' | 'face_voice' | 'provide_to_partner' | 'marketing' | 'credit_bureau' | 'informed_relative'
export type ConsentState = 'shown' | 'acknowledged' | 'given' | 'declined' | 'withdrawn'
export type BureauPurpose = 'loan_review' | 'post_loan' | 'guarantee_review'

/** Who gets personal information, named so that the person can reach them. */
export interface NoticeRecipient {
  code: string
  name: Text
  contact: Text
  purpose: Text
  method: Text
}

export interface NoticeContent {
  v: number
  kind: ConsentKind
  title: Text
  summary: Text
  body: Text
  purpose: Text
  method: Text
  scope: Text
  items: string[]
  recipients: NoticeRecipient[]
  retention: Text
  rights: Text
  consequence: Text
  sensitive: Text | null
  necessity: 'necessary' | 'optional'
  valid_days: number | null
  bureau_purposes: BureauPurpose[]
  valid_from: string | null
}

export interface NoticeDocument {
  v: number
  institution: string
  handler_name: string
  handler_contact: string
  code: string
  version: number
  content: NoticeContent
}

/** A notice of the journey and what the person decided about exactly it. */
export interface JourneyNotice {
  step: Protection
  notice: string
  kind: ConsentKind
  digest: string
  document: NoticeDocument
  state: ConsentState | null
  decided_at_ms: number | null
  valid_until_ms: number | null
}

export interface MyConsent {
  id: string
  journey: string
  kind: ConsentKind
  state: ConsentState
  way_back: 'withdraw' | 'none' | 'over'
  document: NoticeDocument
  decided_at_ms: number | null
  valid_until_ms: number | null
  withdrawn_at_ms: number | null
  receipt: boolean
}

export interface MyBureauQuery {
  id: string
  journey: string
  purpose: BureauPurpose
  denial: string | null
  asked_at_ms: number
}

export interface MyAdverseNotice {
  id: string
  journey: string
  overdue: number
  due_date: string
  report_on: string
  told_at_ms: number
  seen_at_ms: number | null
}

export interface NoticeRow {
  id: string
  code: string
  version: number
  kind: ConsentKind
  title: Text
  state: 'draft' | 'published'
  digest: string
  proposed_by: string
  published_by: string | null
  created_at_ms: number
  valid_from_ms: number | null
  published_at_ms: number | null
}

export interface NoticePage extends NoticeRow {
  document: NoticeDocument
  in_force: NoticeDocument | null
}

export interface ConsentRow {
  id: string
  person_masked: string
  phone_masked: string
  journey: string
  notice: string
  notice_version: number
  title: Text
  kind: ConsentKind
  state: ConsentState
  shown_at_ms: number
  decided_at_ms: number | null
  valid_until_ms: number | null
  withdrawn_at_ms: number | null
  digest: string
  receipt_digest: string | null
}
