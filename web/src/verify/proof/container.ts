/** The bundle's container (docs/ledger.md, 10): read by its directory, written again, and compared byte by byte. */
import { crc32, same, textOf, type Tell } from './bytes'
import type { Finding } from './report'

export const BYTES_MAX = 268_435_456
const ENTRIES_MAX = 10_000
const NAME_BYTES_MAX = 200
const [LOCAL, RECORD, END] = [30, 46, 22]

export interface Entry {
  name: string
  bytes: Uint8Array
  /** Where its bytes begin in the bundle. */
  offset: number
}

/** Every file in order, and what is wrong with the container; after a break nothing behind it is read. */
export interface Opened {
  entries: Entry[]
  findings: Finding[]
  whole: boolean
}

const SEGMENT = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/

export function isName(name: string): boolean {
  return name.length <= NAME_BYTES_MAX && name.split('/').every((segment) => SEGMENT.test(segment))
}

/** The bytes that a local header and a directory record share: from 'version needed' to 'length of extra field'. */
function shared(crc: number, size: number, nameBytes: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(26))
  out.setUint16(0, 10, true)
  out.setUint32(10, crc, true)
  out.setUint32(14, size, true)
  out.setUint32(18, size, true)
  out.setUint16(22, nameBytes, true)
  return new Uint8Array(out.buffer)
}

function header(crc: number, size: number, name: Uint8Array): Uint8Array {
  const out = new Uint8Array(LOCAL + name.length)
  out.set([0x50, 0x4b, 3, 4])
  out.set(shared(crc, size, name.length), 4)
  out.set(name, LOCAL)
  return out
}

function record(crc: number, size: number, name: Uint8Array, offset: number): Uint8Array {
  const out = new Uint8Array(RECORD + name.length)
  out.set([0x50, 0x4b, 1, 2, 10, 0])
  out.set(shared(crc, size, name.length), 6)
  new DataView(out.buffer).setUint32(42, offset, true)
  out.set(name, RECORD)
  return out
}

function end(entries: number, directoryBytes: number, directory: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(END))
  new Uint8Array(out.buffer).set([0x50, 0x4b, 5, 6])
  out.setUint16(8, entries, true)
  out.setUint16(10, entries, true)
  out.setUint32(12, directoryBytes, true)
  out.setUint32(16, directory, true)
  return new Uint8Array(out.buffer)
}

export function open(bytes: Uint8Array, tell: Tell): Opened {
  const broken = (part: string, code: Finding['code'], entries: Entry[] = []): Opened => ({ entries, findings: [{ part, code }], whole: false })
  if (bytes.length > BYTES_MAX) return broken('container', 'bundle_too_large')
  const last = bytes.length - END
  if (last < 0) return broken('container/end', 'container_end')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [count, directory] = [view.getUint16(last + 8, true), view.getUint32(last + 16, true)]
  // More entries than bytes for them is said first: whoever sends a foreign zip hears why.
  if (count > ENTRIES_MAX && same(bytes.subarray(last, last + 12), end(count, 0, 0).subarray(0, 12))) return broken('container/end', 'too_many_entries')
  if (directory > last || !same(bytes.subarray(last), end(count, last - directory, directory))) return broken('container/end', 'container_end')

  const entries: Entry[] = []
  const findings: Finding[] = []
  const folded = new Set<string>()
  let [at, from] = [directory, 0]
  for (let n = 0; n < count; n++) {
    const part = `container/entry/${n}`
    const wrong = (code: Finding['code']): Opened => ({ entries, findings: [...findings, { part, code }], whole: false })
    if (at + RECORD > last) return wrong('container_entry')
    const [crc, size, nameBytes] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true), view.getUint16(at + 28, true)]
    const rawName = bytes.subarray(at + RECORD, at + RECORD + nameBytes)
    const data = from + LOCAL + nameBytes
    if (at + RECORD + nameBytes > last || data + size > directory) return wrong('container_entry')
    if (!same(bytes.subarray(at, at + RECORD + nameBytes), record(crc, size, rawName, from))) return wrong('container_entry')
    if (!same(bytes.subarray(from, data), header(crc, size, rawName))) return wrong('container_entry')
    const name = textOf(rawName)
    if (name === null || !isName(name)) return wrong('container_name')
    const before = entries.at(-1)
    // Names are ASCII, so their code units are their bytes.
    if (before !== undefined && before.name >= name) return wrong('container_order')
    if (folded.has(name.toLowerCase())) return wrong('file_name_clash')
    folded.add(name.toLowerCase())
    const content = bytes.subarray(data, data + size)
    if (crc32(content, tell) !== crc) findings.push({ part: name, code: 'crc_wrong' })
    entries.push({ name, bytes: content, offset: data })
    at += RECORD + nameBytes
    from = data + size
  }
  // Every header, record and the end were compared with what this program writes; what is left is a gap between them.
  if (at !== last || from !== directory) return { entries, findings: [...findings, { part: 'container', code: 'container_not_canonical' }], whole: false }
  return { entries, findings, whole: true }
}
