/** Identities and refusals that wait for a person, on the wire. */

import type { IdentityMethod, IdentityRoute, IdentityAnswer, Coded } from './wire'

export interface IdentityRow {
  /** The journey's id. */
  id: string
  borrower_masked: string
  phone_masked: string
  phase: 'checking' | 'needs_person' | 'verified' | 'refused'
  route: IdentityRoute
  document: 'valid' | 'expiring' | null
  /** Other people with the same phone. */
  same_phone: number
  asked_at_ms: number
  settled_at_ms: number | null
}

export interface IdentityPage extends IdentityRow {
  id_number_masked: string
  checks: {
    id: string
    method: IdentityMethod
    answer: IdentityAnswer | null
    reason: string | null
    provider: string | null
    origin: 'real' | 'simulated' | null
    tries: number
    answered_at_ms: number | null
  }[]
}

export interface ReviewRow {
  id: string
  /** The journey's id. */
  case: string
  borrower_masked: string
  phone_masked: string
  step: 'affordability' | 'credit_decision'
  cause: 'held' | 'asked'
  asked_at_ms: number
  due_at_ms: number
  verdict: 'pass' | 'refuse' | null
  closed_at_ms: number | null
}

export interface ReviewPage extends ReviewRow {
  reasons: Coded[]
  words: string | null
  reviewer: string | null
  decided_by: string | null
}
