/**
 * Wire types, as the server sends them; money is integer fen, rates are integer ppm (13.80 % = 138000), civil dates are ISO strings,
 * instants end in `_ms` and are UTC milliseconds.
 */

/** A text in both languages. */
export interface Text {
  zh: string
  en: string
}

export interface ErrorBody {
  error: {
    code: string
    message: Text
    request_id: string
    fields?: { path: string; code: string; message: Text }[]
    retry_after_ms?: number | null
  }
}

/** One keyset page; `next` is the following page's cursor. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
}

export type Role = 'lender' | 'guarantor' | 'insurer' | 'platform' | 'other'

export interface Party {
  id: string
  name: string
  role: Role
  share_ppm?: number | null
}

export type RepaymentKind =
  | 'level_payment'
  | 'level_principal'
  | 'interest_first'
  | 'bullet'
  | 'balloon'
  | 'instalment_fee'

export interface LoanTerms {
  v: number
  currency: string
  principal: number
  start: string
  first_due: string
  periods: number
  interval: { unit: 'day' | 'week' | 'month'; count: number }
  repayment: { kind: RepaymentKind }
  annual_rate_ppm: number
  parties: Party[]
}

export interface CollectorShare {
  party: string
  name: string
  role: Role
  total: number
}

export interface CostItem {
  code: string
  name: Text
  standard: Text
  annual_ppm: number
  total: number
  collectors: CollectorShare[]
}

export interface ContingentCost {
  code: string
  name: Text
  standard: Text
  annual_ppm: number | null
  collector: { party: string; name: string; role: Role }
}

export interface Instalment {
  no: number
  due: string
  principal: number
  interest: number
  items: { code: string; amount: number }[]
  total: number
  balance: number
}

export interface Ceiling {
  id: string
  name: Text
  threshold_ppm: number
  measured_ppm: number
  action: 'warn' | 'needs_approval' | 'block'
  exceeded: boolean
  text: Text
}

export interface CostSheet {
  v: number
  terms: LoanTerms
  principal: number
  /** What arrives: principal less deducted charges. */
  net_received: number
  /** Charges paid separately at the start; no part of `total_repaid`. */
  paid_upfront: number
  total_repaid: number
  /** Interest and every item, those paid at the start or deducted included. */
  total_cost: number
  first_payment: number
  last_payment: number
  items: CostItem[]
  composite: { annual_ppm: number; method: string; method_since: string; method_text: Text; label: Text }
  all_in: { simple_ppm: number; compound_ppm: number; eu_aprc_ppm: number; regz_ppm: number }
  divergence: { ppm: number; threshold_ppm: number; alert: boolean }
  contingent: ContingentCost[]
  /** Interest that somebody else pays. */
  subsidy: { payer: { party: string; name: string; role: Role }; total: number; text: Text } | null
  plan: Instalment[]
  rounding: { residue: number; placed: string; text: Text }
  ceilings: Ceiling[]
}

// ── Customer pages ────────────────────────────────────────────────────────

export interface InstitutionCard {
  /** Names the institution in addresses. */
  code: string
  name: string
  short_name: string
  hotline: string
}

export interface LinkView {
  institution: InstitutionCard
  phone_masked: string
  state: 'open' | 'expired' | 'finished'
  code_wait_ms: number
  expires_at_ms: number
}

export interface CodeSent {
  code_wait_ms: number
  valid_ms: number
}

/** A step of a journey, as its product lists them. */
export type Protection =
  | 'personal_information_notice'
  | 'separate_consents'
  | 'identity'
  | 'credit_authority'
  | 'affordability'
  | 'credit_decision'
  | 'drawdown'
  | 'cost_disclosure'
export type Progress = 'open' | 'waiting' | 'needs_person' | 'refused' | 'done'
export interface Standing {
  protection: Protection
  progress: Progress
}

/** Where the person is with the cost sheet. */
export type Step = 'wait' | 'read' | 'answer' | 'confirm' | 'done'
export type Audience = 'standard' | 'elder'
export type QuestionId = 'total' | 'first_payment'

export interface Question {
  id: QuestionId
  text: Text
  choices: { id: string; label: Text }[]
}

export interface SheetStep {
  /** How many earlier sheets of other terms this one replaces. */
  superseded: number
  digest: string
  terms_digest: string
  sheet: CostSheet
  key_terms: { title: Text; body: Text }[]
  without_guarantee: Text | null
  no_other_charges: Text
  reading: {
    min_ms: number
    remaining_ms: number
    shown_at_ms: number | null
    read_at_ms: number | null
  }
  quiz: {
    questions: Question[]
    tries: number
    wrong: number
    person_offered: boolean
    /** Until another try; 0 while trying is free. */
    wait_ms: number
    understood_at_ms: number | null
  }
  confirmed_at_ms: number | null
}

export interface CustomerDocument {
  digest: string
  title: Text
  kind: 'cost_sheet'
  bytes: number
}

export interface CustomerProof {
  state: 'committed' | 'proved'
  at_ms: number
  entry: number | null
}

export type IdentityMethod = 'registry' | 'face_authority' | 'carrier' | 'bank_card' | 'network_id'
export type IdentityRoute = 'checks' | 'video_agent' | 'counter'
export type IdentityAnswer = 'yes' | 'no' | 'unknown'

/** The step `identity` as the borrower sees it. */
export interface IdentityStep {
  progress: Standing['progress']
  id_number_masked: string
  phone_masked: string
  methods: IdentityMethod[]
  checks: { method: IdentityMethod; answer: IdentityAnswer | null }[]
  route: IdentityRoute | null
  document: 'valid' | 'expiring' | null
}

/** A look by a member of staff at a step that was held or refused. */
export interface ReviewStep {
  cause: 'held' | 'asked'
  asked_at_ms: number
  due_at_ms: number
  verdict: 'pass' | 'refuse' | null
  words: string | null
  closed_at_ms: number | null
}

export interface Coded {
  code: string
  text: Text
}

/** The step `affordability` as the borrower sees it. */
export interface AffordabilityStep {
  progress: Standing['progress']
  occupations: Coded[]
  purposes: Coded[]
  ask_studying: 'yes' | 'no'
  reasons: Coded[]
  instead: Text | null
  review: ReviewStep | null
}

/** What the borrower answers; money is fen a month. */
export interface Declaration {
  occupation: string
  studying: 'yes' | 'no' | null
  monthly_income: number
  monthly_debts: number
  purpose: string
}

/** The step `credit_decision` as the borrower sees it. */
export interface DecisionStep {
  progress: Standing['progress']
  ruling: 'approved' | 'refused' | null
  made: 'automatically' | 'by_person' | null
  limit: number | null
  valid_until: string | null
  reasons: Coded[]
  review: ReviewStep | null
}

export interface CustomerJourney {
  id: string
  institution: InstitutionCard
  product: { name: Text }
  borrower_name_masked: string
  audience: Audience
  state: 'waiting_price' | 'open' | 'completed' | 'expired'
  kind: 'loan' | 'line' | 'drawdown'
  /** What this journey asks for, in order. */
  steps: Standing[]
  /** The first step that is not done. */
  current: Protection | null
  step: Step
  /** Each with its step only. */
  identity: IdentityStep | null
  affordability: AffordabilityStep | null
  credit_decision: DecisionStep | null
  /** With the step `drawdown`, once it is its turn. */
  drawdown: {
    principal_min: number
    principal_max: number
    periods_allowed: number[]
    valid_until: string | null
    purposes: { code: string; name: Text }[]
    principal: number | null
    periods: number | null
    purpose: string | null
    account_masked: string | null
  } | null
  /** Of a credit line. */
  line: { limit: number; left: number; valid_until: string | null } | null
  sheet: SheetStep | null
  person_asked_at_ms: number | null
  documents: CustomerDocument[]
  proof: CustomerProof | null
  /** The way back into the lender's app. */
  leaving: { return_url: string | null; embedders: string[] }
  /** Name and badge of who helps on this very screen. */
  assisted_by: string | null
  idle_timeout_ms: number
  server_now_ms: number
}

/** 我的借款与权益: everything the person has with this lender. */
export interface Me {
  institution: InstitutionCard
  borrower_name_masked: string
  phone_masked: string
  audience: Audience
  loans: Page<MyLoanRow>
}

export interface MyLoanRow {
  id: string
  product_name: Text
  state: 'waiting_price' | 'open' | 'completed' | 'expired'
  step: Step
  principal: number | null
  periods: number | null
  composite_ppm: number | null
  created_at_ms: number
}

export interface MyLoan extends MyLoanRow {
  sheet: CostSheet | null
  sheet_digest: string | null
  confirmed_at_ms: number | null
  documents: CustomerDocument[]
}

export interface EarlySettlement {
  on: string
  periods_due: number
  principal: number
  interest: number
  interest_days: number
  items: { code: string; amount: number }[]
  prepayment_fee: number
  total: number
  saved: number
}

// ── Console ───────────────────────────────────────────────────────────────

export interface StaffView {
  id: string
  name: string
  account: string
  badge: string
  institution: { id: string; code: string; name: string; short_name: string }
  rights: string[]
  demo: boolean
}

export type JourneyState = 'waiting_price' | 'open' | 'completed' | 'expired'

export interface JourneyRow {
  id: string
  reference: string
  borrower_masked: string
  phone_masked: string
  product: { code: string; name: Text }
  principal: number | null
  periods: number | null
  composite_ppm: number | null
  audience: Audience
  state: JourneyState
  step: Step
  person_asked_at_ms: number | null
  created_at_ms: number
  updated_at_ms: number
  expires_at_ms: number
}

export interface Release {
  decision: 'denied' | 'allowed'
  missing: { code: string; message: Text }[]
  terms_digest: string | null
  checked_at_ms: number
  proved_size: number
}

export interface JourneyPage extends JourneyRow {
  terms_digest: string | null
  sheet_digest: string | null
  sheet: CostSheet | null
  required: string[]
  release: Release
  documents: { digest: string; title: Text; kind: string; bytes: number }[]
}

export type FactState = 'committed' | 'sequenced' | 'proved'

export interface FactRow {
  no: number
  kind: string
  at_ms: number
  actor: { kind: 'staff' | 'customer' | 'link' | 'partner' | 'system'; label: string }
  data: Record<string, unknown>
  entry: number | null
  state: FactState
  proved_at_ms: number | null
  commitment: string
  title: Text
}

export interface FactProof {
  fact: string
  salt: string
  index: number
  tree_size: number
  path: string[]
  checkpoint: string
}

export interface NewLink {
  url: string
  expires_at_ms: number
}

/** The scan of a document that was printed and signed by hand. */
export interface Scan {
  id: string
  /** SHA-256 of the document that was signed. */
  document: string
  digest: string
  media: string
  bytes: number
  kept_by: string
  kept_at_ms: number
}

/** What a counter's tablet opens; the address is shown this once. */
export interface Assistance {
  id: string
  url: string
  expires_at_ms: number
}

export interface OutboxRow {
  id: string
  at_ms: number
  to_masked: string
  template: string
  text: string
  journey_id: string | null
}

export interface LogStatus {
  code: string
  origin: string
  /** The log's public key in the form that verifiers read. */
  verifier: string
  size: number
  /** Entries under the latest published checkpoint. */
  published_size: number
  checkpoint_at_ms: number | null
  checkpoint: string | null
  state: 'open' | 'sealed'
  /** Why writes are sealed. */
  sealed: string | null
}

export type * from './house'
export type * from './custody'
export type * from './consent'
export type * from './review'
export type * from './product'
