import { createHash, webcrypto } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { FactProof } from '../api/wire'
import { checkProof, leafOf, rootOf } from './merkle'

beforeAll(() => {
  vi.stubGlobal('crypto', webcrypto)
})

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

/** The tree as RFC 6962 defines it, by recursion: nothing in common with the code under test. */
function treeRoot(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0] as Buffer
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return sha256(Buffer.of(1), treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)))
}

function treePath(index: number, leaves: Buffer[]): Buffer[] {
  if (leaves.length === 1) return []
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return index < k
    ? [...treePath(index, leaves.slice(0, k)), treeRoot(leaves.slice(k))]
    : [...treePath(index - k, leaves.slice(k)), treeRoot(leaves.slice(0, k))]
}

describe('rootOf', () => {
  // Inputs and root of the reference tests of Certificate Transparency.
  const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const leaves = inputs.map((hex) => sha256(Buffer.of(0), Buffer.from(hex, 'hex')))

  it('agrees with the published root of eight leaves', async () => {
    for (let i = 0; i < 8; i++) {
      const root = await rootOf(leaves[i] as Buffer, i, 8, treePath(i, leaves))
      expect(Buffer.from(root ?? []).toString('hex')).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
    }
  })

  it('agrees with the recursive tree for every index of every size to 20', async () => {
    const many = Array.from({ length: 20 }, (_, i) => sha256(Buffer.of(0, i)))
    for (let size = 1; size <= 20; size++) {
      const part = many.slice(0, size)
      const expected = treeRoot(part).toString('hex')
      for (let i = 0; i < size; i++) {
        const path = treePath(i, part)
        expect(Buffer.from((await rootOf(part[i] as Buffer, i, size, path)) ?? []).toString('hex')).toBe(expected)
        expect(await rootOf(part[i] as Buffer, i, size, [...path, sha256()])).toBeNull()
        if (path.length > 0) expect(await rootOf(part[i] as Buffer, i, size, path.slice(1))).not.toEqual(treeRoot(part))
      }
    }
  })
})

describe('checkProof', () => {
  const fact = '{"v":1}'
  const salt = Buffer.alloc(32, 7)
  const others = [1, 2, 3, 4].map((n) => sha256(Buffer.of(n)))

  async function proof(change: Partial<FactProof> = {}): Promise<FactProof> {
    const leaves = [...others.slice(0, 2), Buffer.from(await leafOf(fact, salt)), ...others.slice(2)]
    return {
      fact, salt: salt.toString('hex'), index: 2, tree_size: 5, path: treePath(2, leaves).map((node) => node.toString('hex')),
      checkpoint: `example/log\n5\n${treeRoot(leaves).toString('base64')}\n\n— example/log c2ln\n`, ...change,
    }
  }

  it('commits to domain, salt and fact behind the version byte', async () => {
    const commitment = sha256(Buffer.from('xiaobao/fact/v1'), salt, Buffer.from(fact))
    expect(Buffer.from(await leafOf(fact, salt))).toEqual(sha256(Buffer.of(0, 1), commitment))
  })

  it('finds the root the checkpoint states', async () => {
    expect((await checkProof(await proof())).state).toBe('matches')
  })

  it.each<[string, Partial<FactProof>]>([
    ['fact', { fact: '{"v":2}' }], ['salt', { salt: Buffer.alloc(32, 8).toString('hex') }], ['index', { index: 1 }],
  ])('notices another %s', async (_name, change) => {
    expect((await checkProof(await proof(change))).state).toBe('differs')
  })

  it.each<[string, Partial<FactProof>]>([
    ['salt that is no hex', { salt: 'xyz' }], ['size unlike the checkpoint', { tree_size: 6 }], ['empty checkpoint', { checkpoint: '' }],
  ])('does not judge a %s', async (_name, change) => {
    expect((await checkProof(await proof(change))).state).toBe('unreadable')
  })
})
