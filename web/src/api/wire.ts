/**
 * The names our pages use for what the server sends; their shapes are the server's own description, `schema.ts`.
 * Money is integer fen, rates are integer ppm (13.80 % = 138000), civil dates are ISO strings, instants end in `_ms` and are UTC
 * milliseconds.
 */

import type { components } from './schema'

export type Schemas = components['schemas']

/** A text in both languages. */
export type Text = Schemas['Text']
export type ErrorBody = Schemas['ErrorBody']

/** One keyset page; `next` is the following page's cursor. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
}

export type Role = Schemas['Role']
export type RepaymentKind = Schemas['RepaymentKind']
export type LoanTerms = Schemas['LoanTerms']
export type CollectorShare = Schemas['Collector']
export type CostItem = Schemas['SheetItem']
export type ContingentCost = Schemas['SheetContingent']
export type Instalment = Schemas['PlanRow']
export type Ceiling = Schemas['CeilingCheck']
export type CostSheet = Schemas['CostSheet']

// ── Customer pages ────────────────────────────────────────────────────────

export type InstitutionCard = Schemas['InstitutionView']
export type LinkView = Schemas['OpenedLink']
export type CodeSent = Schemas['CodeSent']
/** A step of a journey, as its product lists them. */
export type Protection = Schemas['Protection']
export type Progress = Schemas['Progress']
export type Standing = Schemas['Standing']
/** Where the person is with the cost sheet. */
export type Step = Schemas['Next']
export type Audience = Schemas['Audience']
export type QuestionId = Schemas['Question']
export type Question = Schemas['QuestionView']
export type SheetStep = Schemas['SheetView']
export type CustomerDocument = Schemas['DocumentView']
export type CustomerProof = Schemas['ProofView']
export type IdentityMethod = Schemas['IdentityMethod']
export type IdentityRoute = Schemas['IdentityRoute']
export type IdentityAnswer = Schemas['IdentityAnswer']
/** The step `identity` as the borrower sees it. */
export type IdentityStep = Schemas['IdentityView']
/** A look by a member of staff at a step that was held or refused. */
export type ReviewStep = Schemas['ReviewView']
export type Coded = Schemas['CodedChoice']
/** The step `affordability` as the borrower sees it. */
export type AffordabilityStep = Schemas['AffordabilityView']
/** What the borrower answers; money is fen a month. */
export type Declaration = Schemas['Declaration']
/** The step `credit_decision` as the borrower sees it. */
export type DecisionStep = Schemas['DecisionView']
/** The step `drawdown` once it is its turn. */
export type DrawdownOffer = Schemas['DrawdownView']
export type CustomerJourney = Schemas['CustomerJourney']
/** 我的借款与权益: everything the person has with this lender. */
export type Me = Schemas['Me']
export type MyLoanRow = Schemas['MyLoanRow']
export type MyLoan = Schemas['MyLoan']
export type RunningLoan = Schemas['RunningLoan']
export type SettlementQuote = Schemas['SettlementQuote']
export type EarlySettlement = Schemas['EarlySettlement']

// ── Console ───────────────────────────────────────────────────────────────

export type JourneyState = Schemas['JourneyState']
export type JourneyRow = Schemas['JourneyRow']
export type Release = Schemas['Release']
export type JourneyPage = Schemas['JourneyPage']
export type FactState = Schemas['FactState']
export type FactRow = Schemas['FactRow']
export type FactProof = Schemas['FactProof']
export type NewLink = Schemas['LinkView']
/** The scan of a document that was printed and signed by hand. */
export type Scan = Schemas['ScanView']
/** What a colleague says of the scan of a total-cost notice. */
export type ScanLook = Schemas['ScanLook']
/** What a counter's tablet opens; the address is shown this once. */
export type Assistance = Schemas['AssistanceView']
export type OutboxRow = Schemas['MessageView']
export type LogStatus = Schemas['LogView']

export type * from './house'
export type * from './custody'
export type * from './consent'
export type * from './contacts'
export type * from './review'
export type * from './product'
