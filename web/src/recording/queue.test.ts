import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { chained, hex, segmentHead } from './chain'
import { createQueue, type QueueState, type Transport } from './queue'
import { openShelf, ShelfFull, type Chunk, type Shelf } from './shelf'

const RECORDING = 'rec_1'
const text = { zh: '', en: '' }
const refusal = (code: string, status = 409) => new ApiError(status, code, text)
const NETWORK = new ApiError(0, 'network', text)
const bytes = (...values: number[]) => new Uint8Array(values).buffer

/** The server's side of the contract, kept in memory; what it accepted is there for good. */
class Server {
  readonly accepted = new Map<number, Chunk[]>()
  over = false
  /** Chunks that came before an earlier one of their segment. */
  early = 0

  async take(chunk: Chunk): Promise<number> {
    if (this.over) throw refusal('recording_over')
    const had = this.accepted.get(chunk.segment) ?? []
    const same = had[chunk.no]
    if (same !== undefined) {
      if (same.chain !== chunk.chain) throw refusal('chunk_differs')
      return chunk.no + 1
    }
    if (chunk.no > had.length) {
      this.early += 1
      throw refusal('chunk_out_of_order')
    }
    let head = await segmentHead(RECORDING, chunk.segment)
    for (const one of [...had, chunk]) head = await chained(head, new Uint8Array(one.bytes))
    if (hex(head) !== chunk.chain) throw refusal('chunk_chain_broken')
    this.accepted.set(chunk.segment, [...(this.accepted.get(chunk.segment) ?? []), chunk])
    return chunk.no + 1
  }
  next = (segment: number) => this.accepted.get(segment)?.length ?? 0
  has = (segment: number) => (this.accepted.get(segment) ?? []).map((one) => [...new Uint8Array(one.bytes)])
}

const direct = (server: Server): Transport => ({ put: (chunk) => server.take(chunk), next: async (segment) => server.next(segment) })
const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

function queueOver(shelf: Shelf, transport: Transport, more: { chunkBytesMax?: number; sleep?: () => Promise<void> } = {}) {
  const states: QueueState[] = []
  const broken: [number, string][] = []
  const queue = createQueue({
    recording: RECORDING, shelf, transport, chunkBytesMax: more.chunkBytesMax ?? 1024, sleep: more.sleep ?? soon,
    changed: (state) => states.push(state), broken: (segment, error) => broken.push([segment, error.code]),
  })
  return { queue, broken, state: () => states.at(-1) }
}

describe('the queue', () => {
  it('hands in chunk after chunk and says how much is safe', async () => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    const { queue, state } = queueOver(shelf, direct(server))
    await queue.begin(1)
    await queue.append(1, bytes(1), 1000)
    await queue.append(1, bytes(2, 2), 900)
    await queue.handedIn(1, 2)
    expect(server.has(1)).toEqual([[1], [2, 2]])
    expect(state()).toMatchObject({ pending: 0, pendingBytes: 0, savedMs: 1900, network: 'good', halted: null })
    expect(await queue.chunks(1)).toBe(2)
    await queue.stop()
  })

  it('cuts what is larger than the server takes', async () => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    const { queue } = queueOver(shelf, direct(server), { chunkBytesMax: 2 })
    await queue.begin(1)
    await queue.append(1, bytes(1, 2, 3, 4, 5), 1000)
    await queue.handedIn(1, 3)
    expect(server.has(1)).toEqual([[1, 2], [3, 4], [5]])
    await queue.stop()
  })

  it('keeps all while there is no network, and goes on once woken', async () => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    let line = false
    let wait: () => void = () => undefined
    const sleep = () => new Promise<void>((resolve) => (wait = resolve))
    const { queue, state } = queueOver(shelf, { ...direct(server), put: async (chunk) => {
      if (!line) throw NETWORK
      return server.take(chunk)
    } }, { sleep })
    await queue.begin(1)
    for (let n = 0; n < 7; n += 1) await queue.append(1, bytes(n), 1000)
    expect(state()).toMatchObject({ pending: 7, savedMs: 0, network: 'gone' })
    line = true
    wait()
    await queue.handedIn(1, 7)
    expect(state()).toMatchObject({ pending: 0, network: 'good' })
    await queue.stop()
  })

  it.each([['disk_full', 503], ['body_unreadable', 400], ['conflict', 409], ['internal', 500]])('keeps and sends again what was refused with %s', async (code, status) => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    let refused = 0
    const { queue, broken, state } = queueOver(shelf, { ...direct(server), put: async (chunk) => {
      refused += 1
      if (refused < 4) throw refusal(code, status)
      return server.take(chunk)
    } })
    await queue.begin(1)
    await queue.append(1, bytes(1), 1000)
    await queue.append(1, bytes(2), 1000)
    await queue.handedIn(1, 2)
    expect([server.has(1), broken, state()?.halted]).toEqual([[[1], [2]], [], null])
    await queue.stop()
  })

  it('stops and says so once the recording is over', async () => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    server.over = true
    const { queue, state } = queueOver(shelf, direct(server))
    await queue.begin(1)
    await queue.append(1, bytes(1), 1000)
    await expect(queue.handedIn(1, 1)).rejects.toMatchObject({ code: 'recording_over' })
    expect(state()?.halted?.code).toBe('recording_over')
    await queue.stop()
  })

  it('gives up a segment whose chain the server refuses, and asks for another', async () => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    const { queue, broken, state } = queueOver(shelf, { ...direct(server), put: async (chunk) => {
      if (chunk.segment === 1) throw refusal('chunk_chain_broken')
      return server.take(chunk)
    } })
    await queue.begin(1)
    await queue.append(1, bytes(1), 1000)
    await expect(queue.handedIn(1, 1)).rejects.toMatchObject({ code: 'chunk_chain_broken' })
    await queue.begin(2)
    await queue.append(2, bytes(2), 1000)
    await queue.handedIn(2, 1)
    expect([broken, server.has(2), state()?.halted]).toEqual([[[1, 'chunk_chain_broken']], [[2]], null])
    await queue.stop()
  })

  it('sends again what a restored server has lost', async () => {
    const [server, shelf] = [new Server(), await openShelf(new IDBFactory())]
    const { queue } = queueOver(shelf, direct(server))
    await queue.begin(1)
    for (let n = 0; n < 6; n += 1) await queue.append(1, bytes(n), 1000)
    await queue.handedIn(1, 6)
    server.accepted.set(1, server.accepted.get(1)?.slice(0, 2) ?? [])
    await queue.append(1, bytes(6), 1000)
    await queue.handedIn(1, 7)
    expect(server.has(1)).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => [n]))
    await queue.stop()
  })
})

describe('the shelf', () => {
  it('refuses what is more than it may hold, and takes on when the server has the rest', async () => {
    const shelf = await openShelf(new IDBFactory(), 3)
    await shelf.begin(RECORDING, 1)
    await shelf.append(RECORDING, 1, bytes(1, 2), 1)
    await expect(shelf.append(RECORDING, 1, bytes(3, 4), 1)).rejects.toBeInstanceOf(ShelfFull)
    await shelf.settle(RECORDING, 1, 1)
    expect(await shelf.append(RECORDING, 1, bytes(3, 4), 1)).toBe(1)
  })

  it('keeps the last acknowledged chunks of a running segment and no older ones', async () => {
    const shelf = await openShelf(new IDBFactory())
    await shelf.begin(RECORDING, 1)
    for (let n = 0; n < 40; n += 1) await shelf.append(RECORDING, 1, bytes(n), 1)
    await shelf.settle(RECORDING, 1, 40)
    expect([await shelf.chunk(RECORDING, 1, 9), (await shelf.chunk(RECORDING, 1, 10))?.no]).toEqual([undefined, 10])
    await shelf.begin(RECORDING, 2)
    await shelf.settle(RECORDING, 1, 40)
    expect(await shelf.chunk(RECORDING, 1, 39)).toBeUndefined()
  })

  it('clears what nobody came back for, and a whole recording at its end', async () => {
    const shelf = await openShelf(new IDBFactory())
    await shelf.begin(RECORDING, 1)
    await shelf.append(RECORDING, 1, bytes(1), 1)
    await shelf.begin('rec_2', 1)
    await shelf.forgetOld(Date.now() + 6 * 86_400_000)
    expect((await shelf.segments(RECORDING)).length).toBe(1)
    await shelf.forget('rec_2')
    expect([(await shelf.segments('rec_2')).length, (await shelf.segments(RECORDING)).length]).toEqual([0, 1])
    await shelf.forgetOld(Date.now() + 8 * 86_400_000)
    expect([await shelf.segments(RECORDING), await shelf.chunk(RECORDING, 1, 0)]).toEqual([[], undefined])
  })
})

describe('what lies on the phone', () => {
  const rowsOf = async (factory: IDBFactory, name: string) => {
    const base = await new Promise<IDBDatabase>((resolve) => {
      const request = factory.open('xiaobao.recording')
      request.onsuccess = () => resolve(request.result)
    })
    const rows = await new Promise<Record<string, unknown>[]>((resolve) => {
      const request = base.transaction(name).objectStore(name).getAll()
      request.onsuccess = () => resolve(request.result)
    })
    base.close()
    return rows
  }
  const said = 'this is my face'

  it('is sealed, under a key that nobody can read out', async () => {
    const factory = new IDBFactory()
    const shelf = await openShelf(factory)
    await shelf.begin(RECORDING, 1)
    await shelf.append(RECORDING, 1, new TextEncoder().encode(said).buffer, 1)
    const [chunk] = await rowsOf(factory, 'chunks')
    expect(new TextDecoder().decode(chunk?.sealed as ArrayBuffer)).not.toContain('face')
    expect(Object.keys(chunk ?? {})).not.toContain('bytes')
    const [row] = await rowsOf(factory, 'keys')
    const key = row?.key as CryptoKey
    expect(key.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
    shelf.close()
    // Another page of the same phone opens it.
    const again = await openShelf(factory)
    const kept = await again.chunk(RECORDING, 1, 0)
    expect(new TextDecoder().decode(kept?.bytes)).toBe(said)
    again.close()
  })

  it('has a key of its own for each recording, which ends with it', async () => {
    const factory = new IDBFactory()
    const shelf = await openShelf(factory)
    for (const recording of [RECORDING, 'rec_2']) {
      await shelf.begin(recording, 1)
      await shelf.append(recording, 1, bytes(1, 2, 3), 1)
    }
    // The key of a running recording stays through its segments.
    await shelf.begin(RECORDING, 2)
    expect((await shelf.chunk(RECORDING, 1, 0))?.bytes.byteLength).toBe(3)
    await shelf.forget(RECORDING)
    expect((await rowsOf(factory, 'keys')).map((row) => row.recording)).toEqual(['rec_2'])
    await shelf.forgetOld(Date.now() + 8 * 86_400_000)
    expect(await rowsOf(factory, 'keys')).toEqual([])
    shelf.close()
  })

  it('opens only in its own place', async () => {
    const factory = new IDBFactory()
    const shelf = await openShelf(factory)
    await shelf.begin(RECORDING, 1)
    await shelf.append(RECORDING, 1, bytes(1), 1)
    await shelf.append(RECORDING, 1, bytes(2), 1)
    const [first] = await rowsOf(factory, 'chunks')
    const base = await new Promise<IDBDatabase>((resolve) => {
      const request = factory.open('xiaobao.recording')
      request.onsuccess = () => resolve(request.result)
    })
    const moved = base.transaction('chunks', 'readwrite')
    moved.objectStore('chunks').put({ ...first, no: 1 })
    await new Promise((resolve) => moved.addEventListener('complete', resolve))
    base.close()
    expect([(await shelf.chunk(RECORDING, 1, 0))?.no, await shelf.chunk(RECORDING, 1, 1)]).toEqual([0, undefined])
    shelf.close()
  })
})

/** Mulberry32: the same rounds at every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A line that loses requests, loses answers, repeats old requests late, and a server that is away at times. */
function badLine(server: Server, random: () => number): Transport {
  const sent: Chunk[] = []
  return {
    async put(chunk) {
      sent.push(chunk)
      if (random() < 0.15) throw NETWORK
      if (random() < 0.1) throw refusal('unavailable', 503)
      const old = sent[Math.floor(random() * sent.length)]
      if (old !== undefined && random() < 0.2) await server.take(old)
      if (random() < 0.3) await soon()
      const next = await server.take(chunk)
      if (random() < 0.15) throw NETWORK
      return next
    },
    async next(segment) {
      if (random() < 0.2) throw NETWORK
      return random() < 0.2 ? null : server.next(segment)
    },
  }
}

/** One recording whose page is closed at any moment and opened again, on one phone and one server. */
async function round(seed: number) {
  const random = seeded(seed)
  const [server, factory] = [new Server(), new IDBFactory()]
  const kept = new Map<number, number[][]>()
  let segment = 0
  for (let life = 0; life < 3; life += 1) {
    const shelf = await openShelf(factory)
    const { queue, broken } = queueOver(shelf, badLine(server, random))
    segment += 1
    await queue.begin(segment)
    const mine: number[][] = []
    kept.set(segment, mine)
    for (let n = Math.floor(random() * 8); n >= 0; n -= 1) {
      const value = Array.from({ length: 1 + Math.floor(random() * 3) }, () => Math.floor(random() * 256))
      const put = queue.append(segment, new Uint8Array(value).buffer, 1000)
      // The page may die before anybody hears that the chunk was kept.
      if (n === 0 && random() < 0.3 && life < 2) void put.catch(() => undefined)
      else await put
      mine.push(value)
      if (random() < 0.5) await soon()
    }
    const last = life === 2
    if (last) for (const one of kept.keys()) await queue.handedIn(one, await queue.chunks(one))
    await queue.stop()
    shelf.close()
    expect(broken, `seed ${seed}`).toEqual([])
  }
  return { server, kept }
}

it('loses nothing and never runs ahead, whatever the line does and whenever the page dies', async () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const { server, kept } = await round(seed)
    for (const [segment, values] of kept) {
      const had = server.has(segment)
      // What nobody was told of may be missing at the very end, and nothing else.
      expect(had, `seed ${seed}, segment ${segment}`).toEqual(values.slice(0, had.length))
      expect(values.length - had.length, `seed ${seed}, segment ${segment}`).toBeLessThanOrEqual(1)
    }
    expect(server.early, `seed ${seed}`).toBe(0)
  }
}, 120_000)
