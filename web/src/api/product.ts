/** Products and their versions, on the wire. */

import type { Text, RepaymentKind, CostSheet } from './wire'

export interface ProductRow {
  id: string
  code: string
  name: Text
  version: number
  state: 'draft' | 'released'
  composite_ppm: number
  method: { kind: RepaymentKind }
  updated_at_ms: number
  alerts: string[]
}

export interface ProductVersion {
  version: number
  state: 'draft' | 'released'
  /** SHA-256 of the whole definition. */
  digest: string
  created_at_ms: number
  released_at_ms: number | null
  /** Name of the member of staff. */
  proposed_by: string
  approvals: { name: string; at_ms: number }[]
}

export interface ProductPage extends ProductRow {
  versions: ProductVersion[]
  example: CostSheet
  required: string[]
  reading_seconds: { standard: number; elder: number }
}
