/** The facts of the case: each in the log, none left out (docs/ledger.md, 7, 8 and 12, 6 to 9). */
import { hexOf, same } from './bytes'
import { commitment, declared, leafOf, parseFact, parseForgotten, parseProof, strings, type Fact, type Forgotten } from './fact'
import { factFile, forgottenFile, padded, placeOf, proofFile, type Manifest } from './files'
import type { Checkpoint } from './note'
import type { Finding } from './report'
import { rootOf } from './tree'

/** A fact that is in the log. */
interface Held {
  fact: Fact
  index: number
  commitment: Uint8Array
}

export interface Chain {
  facts: Map<number, Held>
  forgotten: Map<number, Forgotten>
  /** Number of the last fact. */
  last: number
  /** Facts whose time is before that of an earlier one. */
  backwards: number[]
  /** Forgotten facts of which nothing shows that they belong to the case. */
  unlinked: number[]
}

type File = (name: string) => Uint8Array | null

export function chain(names: string[], file: File, manifest: Manifest, checkpoint: Checkpoint, findings: Finding[]): Chain {
  const fail = (part: string, code: Finding['code']) => void findings.push({ part, code })
  const included = (committed: Uint8Array, index: number, path: Uint8Array[]) => {
    const root = rootOf(leafOf(committed), BigInt(index), checkpoint.size, path)
    return root !== null && same(root, checkpoint.root)
  }
  const held = (factName: string, proofName: string): Held | null => {
    const [bytes, proofBytes] = [file(factName), file(proofName)]
    if (bytes === null || proofBytes === null) {
      fail(bytes === null ? factName : proofName, 'file_missing')
      return null
    }
    const [fact, proof] = [parseFact(bytes), parseProof(proofBytes)]
    if (fact === null) fail(factName, 'fact_malformed')
    if (proof === null) fail(proofName, 'proof_malformed')
    if (fact === null || proof === null) return null
    const committed = commitment(proof.salt, bytes)
    if (!included(committed, proof.index, proof.path)) {
      fail(factName, 'not_in_log')
      return null
    }
    return { fact, index: proof.index, commitment: committed }
  }
  const numbersOf = (...kinds: string[]) => {
    const found = names.map(placeOf).filter((place) => place !== null && kinds.includes(place.kind))
    return [...new Set(found.map((place) => place?.no ?? 0))].sort((a, b) => a - b)
  }

  const facts = new Map<number, Held>()
  for (const no of numbersOf('facts', 'proofs')) {
    const one = held(factFile(no), proofFile(no))
    if (one === null) continue
    if (one.fact.no !== no) fail(factFile(no), 'number_wrong')
    if (one.fact.case !== manifest.case) fail(factFile(no), 'other_case')
    if (one.fact.institution !== manifest.institution) fail(factFile(no), 'other_institution')
    facts.set(no, one)
  }
  const forgetting = new Map<string, Held>()
  for (const no of numbersOf('forgetting.fact', 'forgetting.proof')) {
    const name = `forgetting/${padded(no)}.fact.json`
    const one = held(name, `forgetting/${padded(no)}.proof.json`)
    if (one === null) continue
    if (one.fact.institution !== manifest.institution) fail(name, 'other_institution')
    forgetting.set(name, one)
  }
  const forgotten = gaps(numbersOf('forgotten'), file, included, [...facts.values(), ...forgetting.values()], fail)
  const used = new Set([...forgotten.values()].map(({ by }) => by))
  for (const [name, { fact, index }] of forgetting) {
    if (declared(fact).length === 0 || !used.has(index)) fail(name, 'forgetting_unused')
  }
  return linked(facts, forgotten, fail)
}

/** The forgotten facts that the log holds and that some fact declares forgotten. */
function gaps(
  numbers: number[], file: File, included: (committed: Uint8Array, index: number, path: Uint8Array[]) => boolean, declaring: Held[], fail: (part: string, code: Finding['code']) => void,
): Map<number, Forgotten> {
  const found = new Map<number, Forgotten>()
  for (const no of numbers) {
    const name = forgottenFile(no)
    const one = parseForgotten(file(name) ?? new Uint8Array())
    if (one === null) {
      fail(name, 'forgotten_malformed')
      continue
    }
    if (!included(one.commitment, one.index, one.path)) {
      fail(name, 'not_in_log')
      continue
    }
    const by = declaring.find(({ index }) => index === one.by)
    if (by === undefined || !declared(by.fact).includes(one.index)) fail(name, 'forgotten_undeclared')
    found.set(no, one)
  }
  return found
}

/** Numbers without gaps, each fact naming the one before it, each at its own place of the log. */
function linked(facts: Map<number, Held>, forgotten: Map<number, Forgotten>, fail: (part: string, code: Finding['code']) => void): Chain {
  const last = Math.max(0, ...facts.keys(), ...forgotten.keys())
  const result: Chain = { facts, forgotten, last, backwards: [], unlinked: [] }
  if (facts.size === 0) fail('facts', 'no_facts')
  const indexes = new Set<number>()
  let before: Uint8Array | null = null
  let latestMs = 0
  for (let no = 1; no <= last; no++) {
    const [fact, gone] = [facts.get(no), forgotten.get(no)]
    const one = fact ?? gone
    if (one === undefined) {
      fail(factFile(no), 'number_gap')
      // A forger may claim the number 10^15: one finding for a run of gaps is enough.
      const next = Math.min(...[...facts.keys(), ...forgotten.keys()].filter((known) => known > no))
      no = next - 1
      before = null
      continue
    }
    const name = fact === undefined ? forgottenFile(no) : factFile(no)
    if (fact !== undefined && gone !== undefined) fail(forgottenFile(no), 'number_twice')
    if (indexes.has(one.index)) fail(name, 'number_twice')
    indexes.add(one.index)
    if (fact === undefined) {
      if (no === last) fail(name, 'forgotten_last')
      if (facts.get(no + 1) === undefined) result.unlinked.push(no)
    } else {
      if (no > 1 && before !== null && fact.fact.prev !== hexOf(before)) fail(name, 'link_broken')
      if (fact.fact.atMs < latestMs) result.backwards.push(no)
      latestMs = Math.max(latestMs, fact.fact.atMs)
    }
    before = one.commitment
  }
  return result
}

/** Numbers of the facts whose data name a document by its SHA-256. */
export function boundBy(facts: Map<number, Held>): (sha256: string) => number[] {
  const named = [...facts].map(([no, { fact }]) => ({ no, texts: strings(fact.data) }))
  return (sha256) => named.filter(({ texts }) => texts.has(sha256)).map(({ no }) => no)
}
