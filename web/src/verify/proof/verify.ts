/**
 * Checks an evidence bundle, written from docs/ledger.md alone: a second opinion on what `crates/proof` says.
 * Pure: no network, no clock, nothing kept.
 */
import { hexOf, type Tell } from './bytes'
import { boundBy, chain, type Chain } from './chain'
import { open } from './container'
import { MANIFEST, compare, parseManifest, placeOf } from './files'
import { recordings } from './recordings'
import { emptyReport, type Report, type Statement } from './report'
import { signers, type Signers, type Trust } from './signers'

/** Passes over the bundle's bytes, for progress: the checksums, then both digests at once. */
export const PASSES = 2

export function verify(bytes: Uint8Array, trust: Trust, tell: Tell = () => undefined): Report {
  const report = emptyReport()
  const { entries, findings, whole } = open(bytes, tell)
  report.failures.push(...findings)
  if (!whole) return report
  const files = new Map(entries.map((entry) => [entry.name, entry]))
  const file = (name: string) => files.get(name)?.bytes ?? null

  const raw = file(MANIFEST)
  const manifest = raw === null ? null : parseManifest(raw)
  if (manifest === null) {
    report.failures.push({ part: MANIFEST, code: raw === null ? 'file_missing' : 'manifest_malformed' })
    return report
  }
  report.institution = manifest.institution
  report.case = manifest.case
  const digests = compare(files, manifest, report.failures, tell)

  const by = signers(file, trust, report.failures)
  if (by === null) return report
  report.origin = by.checkpoint.origin
  report.treeSize = String(by.checkpoint.size)
  report.root = hexOf(by.checkpoint.root)
  report.witnesses = by.witnesses

  const links = chain([...files.keys()], file, manifest, by.checkpoint, report.failures)
  report.facts = linesOf(links)
  const bound = boundBy(links.facts)
  for (const listed of manifest.files) {
    const [entry, own, kind] = [files.get(listed.path), digests.get(listed.path), placeOf(listed.path)?.kind]
    if (entry === undefined || own === undefined) continue
    const name = listed.path.slice(listed.path.indexOf('/') + 1)
    if (kind === 'timestamps') report.timestamps.push(name)
    if (kind !== 'documents') continue
    const boundTo = bound(own.sha256)
    if (boundTo.length === 0) report.failures.push({ part: listed.path, code: 'document_unbound' })
    report.documents.push({ name, mediaType: listed.mediaType, offset: entry.offset, bytes: entry.bytes.length, ...own, boundBy: boundTo })
  }
  report.segments = recordings(files, [...links.facts].map(([no, { fact }]) => [no, fact] as const), report.failures)
  if (report.failures.length > 0) return { ...report, witnesses: [] }
  report.verdict = by.logTrusted && by.manifestTrusted ? 'proved' : 'consistent'
  report.proved = proved(report, by, links)
  report.notProved = notProved(report, by, links)
  return report
}

function linesOf({ facts, forgotten }: Chain): Report['facts'] {
  const lines = [...facts].map(([no, { fact, index }]) => ({ no, kind: fact.kind as string | null, atMs: fact.atMs as number | null, seat: fact.seat as string | null, index }))
  const gone = [...forgotten].map(([no, { index }]) => ({ no, kind: null, atMs: null, seat: null, index }))
  return [...lines, ...gone].sort((a, b) => a.no - b.no)
}

type Said = [when: boolean, code: string, values?: Statement['values']]

const said = (list: Said[]): Statement[] => list.filter(([when]) => when).map(([, code, values]) => ({ code, values: values ?? {} }))

function proved(report: Report, by: Signers, links: Chain): Statement[] {
  const [listed, films] = [report.segments.filter((one) => one.listed).length, report.segments.filter((one) => one.film !== null).length]
  return said([
    [true, 'files_intact'],
    [true, 'complete_up_to', { n: links.last }],
    [true, 'in_log', { log: by.checkpoint.origin, size: String(by.checkpoint.size) }],
    [by.logTrusted, 'log_signed', { key: by.logKey?.name ?? '' }],
    [by.manifestTrusted, 'manifest_signed', { key: by.manifestKey?.name ?? '' }],
    [report.witnesses.length > 0, 'witnessed', { n: report.witnesses.length }],
    [report.documents.length > 0, 'documents_bound', { n: report.documents.length }],
    [listed > 0, 'recordings_chained', { n: listed, films }],
    [links.forgotten.size > 0, 'forgotten', { numbers: [...links.forgotten.keys()].join(', ') }],
  ])
}

function notProved(report: Report, by: Signers, links: Chain): Statement[] {
  const absent = report.segments.filter((one) => one.film === null).length
  return said([
    [true, 'truth'],
    [true, 'clock'],
    [true, 'after', { n: links.last }],
    [true, 'twin'],
    [!by.logTrusted, 'log_unknown', { key: by.logKey?.text ?? '' }],
    [!by.manifestTrusted, 'manifest_unknown', { key: by.manifestKey?.text ?? '' }],
    [report.witnesses.length === 0, 'no_witness'],
    [report.timestamps.length > 0, 'timestamps'],
    [absent > 0, 'films_absent', { n: absent }],
    [links.backwards.length > 0, 'clock_backwards', { numbers: links.backwards.join(', ') }],
    [links.unlinked.length > 0, 'forgotten_unlinked', { numbers: links.unlinked.join(', ') }],
  ])
}
