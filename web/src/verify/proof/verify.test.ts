import { describe, expect, it } from 'vitest'
import { crc32 } from './bytes'
import { anchor, anchors, bundle } from './sample'
import { parseTrust } from './signers'
import { verify } from './verify'

const whole = bundle('bundle.zip')
const codes = (list: { code: string }[]) => list.map(({ code }) => code)
const failures = (bytes: Uint8Array) => verify(bytes, []).failures.map(({ part, code }) => `${part} ${code}`)

/** A container of these files in the order given, written as the format wants it but for what a test spoils. */
function pack(files: [name: string, content: string][], spoil: { date?: number; comment?: string; method?: number } = {}): Uint8Array {
  const text = new TextEncoder()
  const out: number[] = []
  const directory: number[] = []
  const le = (value: number, bytes: number) => Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** at) % 256)
  for (const [name, content] of files) {
    const [label, data] = [text.encode(name), text.encode(content)]
    const crc = crc32(data, () => undefined)
    const shared = [10, 0, 0, 0, ...le(spoil.method ?? 0, 2), 0, 0, ...le(spoil.date ?? 0, 2), ...le(crc, 4), ...le(data.length, 4), ...le(data.length, 4), ...le(label.length, 2), 0, 0]
    directory.push(0x50, 0x4b, 1, 2, 10, 0, ...shared, ...le(0, 10), ...le(out.length, 4), ...label)
    out.push(0x50, 0x4b, 3, 4, ...shared, ...label, ...data)
  }
  const comment = text.encode(spoil.comment ?? '')
  return Uint8Array.from([...out, ...directory, 0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...le(files.length, 2), ...le(files.length, 2), ...le(directory.length, 4), ...le(out.length, 4), ...le(comment.length, 2), ...comment])
}

describe('the verdict', () => {
  it('is proved where log and manifest are signed by trusted keys', () => {
    const report = verify(whole, anchors())
    expect([report.verdict, report.failures]).toEqual(['proved', []])
    expect([report.institution, report.case, report.origin, report.treeSize]).toEqual(['anhe', 'jny_1', 'xiaobao.example/log/anhe', '5'])
    expect(report.facts.map(({ no, kind, index }) => [no, kind, index])).toEqual([
      [1, 'journey.created.v1', 0], [2, 'disclosure.sheet_shown.v1', 2], [3, 'disclosure.sheet_confirmed.v1', 4],
    ])
    expect(report.documents.map(({ name, boundBy }) => [name, boundBy])).toEqual([['cost-sheet.txt', [2]]])
    const [sheet] = report.documents
    expect(new TextDecoder().decode(whole.subarray(sheet?.offset, (sheet?.offset ?? 0) + (sheet?.bytes ?? 0)))).toBe('综合融资成本明示表\n')
    expect(report.witnesses).toEqual([{ name: 'witness.example/w1', atSeconds: 1_795_255_300 }])
    expect(codes(report.proved)).toEqual(['files_intact', 'complete_up_to', 'in_log', 'log_signed', 'manifest_signed', 'witnessed', 'documents_bound'])
    expect(codes(report.notProved)).toEqual(['truth', 'clock', 'after', 'twin', 'timestamps'])
    expect(report.proved[1]?.values).toEqual({ n: 3 })
  })

  it('is consistent where either signer is unknown, and names the key to compare', () => {
    for (const trust of [[], anchors('log'), anchors('bundle'), anchors('witness')]) expect(verify(whole, trust).verdict).toBe('consistent')
    expect(verify(whole, anchors('log', 'bundle')).verdict).toBe('proved')
    const unknown = verify(whole, [])
    expect(codes(unknown.notProved)).toEqual(['truth', 'clock', 'after', 'twin', 'log_unknown', 'manifest_unknown', 'no_witness', 'timestamps'])
    expect(unknown.notProved[4]?.values).toEqual({ key: anchor('log').trim() })
  })

  it('is proved over a gap that the log declares', () => {
    const report = verify(bundle('bundle-forgotten.zip'), anchors())
    expect([report.verdict, report.facts[1]?.kind]).toEqual(['proved', null])
    expect(report.proved.find(({ code }) => code === 'forgotten')?.values).toEqual({ numbers: '2' })
  })

  it('reckons the heads of recordings anew and tells which films are inside', () => {
    const report = verify(bundle('bundle-recording.zip'), anchors())
    expect([report.verdict, report.failures]).toEqual(['proved', []])
    expect(report.segments.map(({ segment, chunks, fact, listed, film }) => [segment, chunks, fact, listed, film !== null])).toEqual([[1, 3, 4, true, true], [2, 1, 3, true, false]])
    const [first] = report.segments
    const film = bundle('bundle-recording.zip').subarray(first?.film ?? 0, (first?.film ?? 0) + (first?.bytes ?? 0))
    expect(new TextDecoder().decode(film)).toBe('headeronetwo')
    expect(report.proved.find(({ code }) => code === 'recordings_chained')?.values).toEqual({ n: 2, films: 1 })
    expect(report.notProved.find(({ code }) => code === 'films_absent')?.values).toEqual({ n: 1 })
  })

  it('tells how far it is, to the end', () => {
    let read = 0
    verify(whole, [], (more) => { read += more })
    expect(read).toBeGreaterThan(whole.length)
    expect(read).toBeLessThanOrEqual(2 * whole.length)
  })
})

describe('a hostile file', () => {
  it('is no bundle when it is cut, longer, or no zip at all', () => {
    for (const bytes of [new Uint8Array(), whole.subarray(0, 100), whole.subarray(1), Uint8Array.from([...whole, 0]), new TextEncoder().encode('not a zip, just text')]) {
      expect(failures(bytes)).toEqual(['container/end container_end'])
    }
  })

  it('is refused for its names, their order and their case before anything is read', () => {
    expect(failures(pack([['../x', '']]))).toEqual(['container/entry/0 container_name'])
    expect(failures(pack([['合同.pdf', '']]))).toEqual(['container/entry/0 container_name'])
    expect(failures(pack([['b', ''], ['a', '']]))).toEqual(['container/entry/1 container_order'])
    expect(failures(pack([['a', ''], ['a', '']]))).toEqual(['container/entry/1 container_order'])
    expect(failures(pack([['A', ''], ['a', '']]))).toEqual(['container/entry/1 file_name_clash'])
  })

  it('may not compress, carry dates or a comment', () => {
    expect(failures(pack([['a', '']], { method: 8 }))).toEqual(['container/entry/0 container_entry'])
    expect(failures(pack([['a', '']], { date: 33 }))).toEqual(['container/entry/0 container_entry'])
    expect(failures(pack([['a', '']], { comment: 'hi' }))).toEqual(['container/end container_end'])
  })

  it('is not walked when it claims more files or bytes than there may be', () => {
    const many = new Uint8Array(22)
    many.set([0x50, 0x4b, 5, 6, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])
    expect(failures(many)).toEqual(['container/end too_many_entries'])
    expect(failures(new Uint8Array(268_435_457))).toEqual(['container bundle_too_large'])
  })

  it('needs a manifest that can be read', () => {
    expect(failures(pack([]))).toEqual(['manifest.json file_missing'])
    expect(failures(pack([['manifest.json', '{}']]))).toEqual(['manifest.json manifest_malformed'])
  })
})

it('reads keys one a line, past comments, and names what is none', () => {
  expect(parseTrust(`# from the branch\n\n${anchor('log')}${anchor('witness')}`).keys.map(({ kind }) => kind)).toEqual(['log', 'witness'])
  expect(parseTrust(`${anchor('log')}nonsense`).bad).toBe('nonsense')
  expect(parseTrust(anchor('log').replace('6cdbab98', '6cdbab99')).keys).toEqual([])
})
