/** Each format against published vectors. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { base64, concat, hexOf, utf8 } from './bytes'
import { parse } from './canonical'
import { commitment, leafOf, parseFact } from './fact'
import { parseCheckpoint, parseKey, parseNote, said } from './note'
import { VECTORS } from './sample'
import { Sm3 } from './sm3'
import { leafHash, rootOf } from './tree'

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

describe('SM3', () => {
  const sm3 = (...pieces: Uint8Array[]) => hexOf(pieces.reduce((sum, piece) => sum.update(piece), new Sm3()).digest())

  it('gives the digests of GB/T 32905, appendix A', () => {
    expect(sm3(utf8('abc'))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
    expect(sm3(utf8('abcd'.repeat(16)))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
    expect(sm3()).toBe('1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b')
  })

  it('does not depend on how its input is cut', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 251)
    for (const at of [1, 55, 56, 63, 64, 65, 128, 299]) expect(sm3(bytes.subarray(0, at), bytes.subarray(at))).toBe(sm3(bytes))
  })
})

describe('canonical JSON', () => {
  const reads = (text: string) => parse(utf8(text)) !== null

  it('has one spelling', () => {
    for (const good of ['null', '{}', '[1,-1,0]', '{"a":1,"b":[true,null]}', '"\\b\\t\\n\\f\\r\\u001f\\"\\\\"', '9007199254740991', '"\u007f\u2028€"']) expect(reads(good), good).toBe(true)
    for (const bad of ['', ' 1', '1 ', '1.0', '1e2', '-0', '01', '+1', '9007199254740992', '{"b":1,"a":2}', '{"a":1,"a":1}', '"\\u0041"', '"\\/"', '"\\u001F"', '{"a" :1}', '[1,]', '"\\ud800"', '\ufeff1', '1 2']) {
      expect(reads(bad), bad).toBe(false)
    }
    expect(parse(Uint8Array.of(0x22, 0xff, 0x22))).toBeNull()
  })

  it('sorts keys by their UTF-16 code units, as RFC 8785 shows', () => {
    expect(reads('{"\\r":1,"1":2,"\u0080":3,"ö":4,"€":5,"\ud83d\ude00":6,"\ufb33":7}')).toBe(true)
    expect(reads('{"\ufb33":7,"\ud83d\ude00":6}')).toBe(false)
  })

  it('nests 64 deep and no deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect([reads(nested(64)), reads(nested(65)), reads(nested(100_000))]).toEqual([true, false, false])
  })
})

describe('the tree', () => {
  interface Vectors { leaves: string[]; roots: string[]; inclusion: { size: number; index: number; path: string[] }[] }
  const { leaves, roots, inclusion } = JSON.parse(readFileSync(`${VECTORS}/rfc6962.json`, 'utf8')) as Vectors

  it('leads from the leaves of RFC 6962 to its roots', () => {
    for (const { size, index, path } of inclusion) {
      const root = (at: number, hashes = path) => rootOf(leafHash(hex(leaves[at] ?? '')), BigInt(at), BigInt(size), hashes.map(hex))
      expect(hexOf(root(index) ?? new Uint8Array())).toBe(roots[size])
      expect(root(size), 'outside').toBeNull()
      expect(root(index, [...path, roots[0] ?? '']), 'too long').toBeNull()
      if (path.length > 0) expect(root(index, path.slice(1)), 'too short').toBeNull()
    }
  })
})

describe('the worked example of docs/ledger.md', () => {
  const example = JSON.parse(readFileSync(`${VECTORS}/worked_example.json`, 'utf8')) as Record<string, string>

  it('gives every value that is printed there', () => {
    const fact = utf8(example.fact ?? '')
    expect(parseFact(fact)).toMatchObject({ case: 'jny_1', no: 1, kind: 'journey.created.v1', prev: null, seat: 'partner' })
    const committed = commitment(hex(example.salt ?? ''), fact)
    expect(hexOf(committed)).toBe(example.commitment)
    expect(hexOf(leafOf(committed))).toBe(example.leaf_hash)
    const root = rootOf(leafOf(committed), 0n, 2n, [hex(example.second_leaf_hash ?? '')])
    expect(hexOf(root ?? new Uint8Array())).toBe(example.root)
    const note = parseNote(utf8(example.checkpoint ?? ''))
    const key = parseKey(example.vkey ?? '')
    if (note === null || key === null) throw new Error('neither reads')
    expect(said(note, key)).toEqual({ is: 'holds', atSeconds: null })
    expect(parseCheckpoint(note.text)).toMatchObject({ origin: 'xiaobao.example/log/anhe', size: 2n })
  })
})

describe('signed notes', () => {
  const KEY = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
  const NOTE = 'go.sum database tree\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n\n— sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=\n'
  const sign = (text: string) => {
    const [note, key] = [parseNote(utf8(text)), parseKey(KEY)]
    return note === null || key === null ? null : said(note, key).is
  }

  it('hold as the Go checksum database signs them', () => {
    expect(sign(NOTE)).toBe('holds')
    expect(sign(NOTE.replace('30055305', '30055306'))).toBe('wrong')
    expect(sign(NOTE.replace('— sum.golang.org', '— sum.golang.com'))).toBe('absent')
  })

  it('are refused in any other spelling', () => {
    const spoilt = [NOTE.trimEnd(), `${NOTE}\n`, NOTE.replace('\n\n', '\n'), NOTE.replace('—', '-'), NOTE.replaceAll('\n', '\r\n'), NOTE.replace('A8=\n', 'A8\n'), `${NOTE}${'— a AAAAAAAA\n'.repeat(64)}`, '', '\n\n']
    for (const bad of spoilt) expect(parseNote(utf8(bad)), bad.slice(-80)).toBeNull()
  })

  it('know no key of small order, nor one whose id or type is wrong', () => {
    for (const bad of ['', 'a+b', KEY.replace('033de0ae', '033de0af'), KEY.replace('033de0ae', '033DE0AE'), KEY.replace('+Ac4', '+As4'), `${KEY}=`, KEY.slice('sum.golang.org'.length)]) expect(parseKey(bad), bad).toBeNull()
    const written = (key: Uint8Array) => `a+${hexOf(sha256(concat(utf8('a\n\x01'), key)).subarray(0, 4))}+${btoa(String.fromCharCode(1, ...key))}`
    expect(parseKey(written(ed25519.getPublicKey(hex('01'.repeat(32)))))?.name).toBe('a')
    expect(parseKey(written(hex(`01${'00'.repeat(31)}`))), 'the neutral element would verify anything').toBeNull()
  })

  it('read base64 in one spelling only', () => {
    expect([base64('BQU='), base64('BQV='), base64('BQU'), base64('BQ U=')].map((one) => one?.length ?? null)).toEqual([2, null, null, null])
    expect(hexOf(concat(hex('01'), hex('02ff')))).toBe('0102ff')
  })
})
