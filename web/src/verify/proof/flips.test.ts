/** Every byte of the pinned bundles flipped, held against what `xiaobao-verify` answered (crates/proof/tests/it/verdicts.rs records it). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { crc32 } from './bytes'
import { anchors, bundle, VECTORS } from './sample'
import { verify } from './verify'

type Finding = [part: string, code: string]
interface Recorded {
  answers: Finding[][]
  /** `[byte, answer]` wherever the answer changes. */
  bundles: Record<string, [number, number][]>
}

const recorded = JSON.parse(readFileSync(`${VECTORS}/verdicts.json`, 'utf8')) as Recorded
const trust = anchors()

interface Part {
  name: string
  data: number
  size: number
  /** Where its header and its directory record keep the checksum. */
  checksums: [number, number]
}

/** A second reading of the container, by its directory only. */
function parts(bytes: Uint8Array): Part[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found: Part[] = []
  for (let at = view.getUint32(bytes.length - 6, true); at < bytes.length - 22;) {
    const [size, name, header] = [view.getUint32(at + 20, true), view.getUint16(at + 28, true), view.getUint32(at + 42, true)]
    found.push({ name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), data: header + 30 + name, size, checksums: [header + 14, at + 16] })
    at += 46 + name
  }
  return found
}

function answer(bytes: Uint8Array): string[] {
  const report = verify(bytes, trust)
  expect([report.verdict, report.proved]).toEqual(['failed', []])
  return [...new Set(report.failures.map(({ part, code }) => `${part} ${code}`))].sort()
}

describe.each(Object.keys(recorded.bundles))('%s with one byte flipped', (name) => {
  const whole = bundle(name)
  const list = parts(whole)
  // What the first bundle has been tried with need not be tried again.
  const others = new Set(name === 'bundle.zip' ? [] : parts(bundle('bundle.zip')).map((part) => part.name))
  const runs = recorded.bundles[name] ?? []
  const expected = (at: number) => {
    const [, number] = runs.findLast(([from]) => from <= at) ?? [0, 0]
    return (recorded.answers[number] ?? []).map(([part, code]) => `${part} ${code}`).sort()
  }

  it('is refused and named as the other verifier does', { timeout: 300_000 }, () => {
    expect(runs.length).toBeGreaterThan(100)
    for (let at = 0; at < whole.length; at++) {
      const part = list.find(({ data, size }) => data <= at && at < data + size)
      if (part && others.has(part.name)) continue
      const bytes = whole.slice()
      bytes[at] = (bytes[at] as number) ^ (1 << at % 8)
      if (part) {
        const crc = crc32(bytes.subarray(part.data, part.data + part.size), () => undefined)
        for (const place of part.checksums) new DataView(bytes.buffer).setUint32(place, crc, true)
      }
      expect(answer(bytes), `byte ${at}`).toEqual(expected(at))
    }
  })

  it('is caught by its checksum already, unless that was mended', () => {
    for (const { data, size } of list.filter((part) => part.size > 0)) {
      const bytes = whole.slice()
      const at = data + (size >> 1)
      bytes[at] = (bytes[at] as number) ^ 0xff
      expect(answer(bytes).filter((found) => found.endsWith(' crc_wrong')), `byte ${at}`).toHaveLength(1)
    }
  })
})
