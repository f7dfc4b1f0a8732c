import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chained, hex, segmentHead } from './chain'

const sha256 = (...parts: (string | Uint8Array)[]) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const bytes = (text: string) => new TextEncoder().encode(text)

describe('the chain of a segment', () => {
  it('begins with the recording and the number of the segment', async () => {
    const head = hex(await segmentHead('rec_01m8046g6hemt2rb0tg4307e5f', 12))
    expect(head).toBe(sha256('xiaobao/segment/v1', 'rec_01m8046g6hemt2rb0tg4307e5f', '/', '12').toString('hex'))
    expect(head).not.toBe(hex(await segmentHead('rec_01m8046g6hemt2rb0tg4307e5f', 1)))
  })

  it('takes chunk after chunk', async () => {
    const first = await chained(await segmentHead('rec_1', 1), bytes('first'))
    const second = await chained(first, new Uint8Array([0, 255, 7]))
    const byHand = sha256('xiaobao/chunk/v1', sha256('xiaobao/segment/v1rec_1/1'), sha256('first'))
    expect(hex(first)).toBe(byHand.toString('hex'))
    expect(hex(second)).toBe(sha256('xiaobao/chunk/v1', byHand, sha256(new Uint8Array([0, 255, 7]))).toString('hex'))
  })

  it('ends elsewhere when two chunks change places', async () => {
    const head = await segmentHead('rec_1', 1)
    const [a, b] = [bytes('a'), bytes('b')]
    expect(hex(await chained(await chained(head, a), b))).not.toBe(hex(await chained(await chained(head, b), a)))
  })

  it('writes digests in lower-case hex with leading zeros', () => expect(hex(new Uint8Array([0, 10, 255]))).toBe('000aff'))
})
