import type { CostSheet, Role } from '../api/wire'

/** What one collector gets of the whole cost, over all items. */
export interface Collector {
  party: string
  name: string
  role: Role
  /** Fen. */
  total: number
  /** A letter that stands for the collector beside its colour. */
  letter: string
  /** Colour and texture, from 1 to 4. */
  shade: number
}

/** The collectors in order of appearance with their sums over all items; the sums add up to the cost. */
export function collectors(sheet: CostSheet): Collector[] {
  const found = new Map<string, Collector>()
  for (const item of sheet.items) {
    for (const { party, name, role, total } of item.collectors) {
      const known = found.get(party)
      if (known) known.total += total
      else {
        const order = found.size
        found.set(party, { party, name, role, total, letter: String.fromCharCode(65 + order), shade: (order % 4) + 1 })
      }
    }
  }
  return [...found.values()]
}

/** Names of those who lend, as the terms list them. */
export function lenderNames(sheet: CostSheet): string[] {
  return sheet.terms.parties.filter((party) => party.role === 'lender').map((party) => party.name)
}
