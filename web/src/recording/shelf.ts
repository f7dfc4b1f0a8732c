import { chained, hex, segmentHead } from './chain'

/** One chunk as it goes to the server. */
export interface Chunk {
  recording: string
  segment: number
  no: number
  bytes: ArrayBuffer
  /** Head of the chain after it, in hex. */
  chain: string
  /** How much of the recording it holds. */
  ms: number
}

/** The same as it lies on the phone: a copy of the files alone shows nothing of the person. */
interface SealedChunk {
  recording: string
  segment: number
  no: number
  /** Length of the bytes under the seal. */
  size: number
  iv: Uint8Array<ArrayBuffer>
  sealed: ArrayBuffer
  chain: string
  ms: number
}

/** One key a recording; nobody can read it out, this page neither. */
interface KeyRow {
  recording: string
  key: CryptoKey
}

/** Where one segment stands. */
export interface SegmentRow {
  recording: string
  segment: number
  /** Chunks kept so far; the next one's number. */
  appended: number
  /** Every chunk before this number is safe with the server. */
  acked: number
  head: Uint8Array<ArrayBuffer>
  pendingBytes: number
  ackedMs: number
  begunAt: number
}

export class ShelfFull extends Error {
  override readonly name = 'ShelfFull'
}

const NAME = 'xiaobao.recording'
/** Twenty minutes at the full rate: whoever waits longer for a network is told. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024
/** Acknowledged chunks of a running segment that stay, should the server have to go back. */
const KEPT = 30
/** What was never fetched is given up: nobody's face stays on a phone for good. */
const DAYS_MAX = 7
const DAY_MS = 86_400_000

type Mode = 'readonly' | 'readwrite'

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('storage'))
  })
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('storage'))
  })
}

function abandon(transaction: IDBTransaction) {
  try {
    transaction.abort()
  } catch {
    // It has ended by itself.
  }
}

function opened(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  const request = factory.open(name, 2)
  request.onupgradeneeded = () => {
    // What an older page left isn't sealed.
    for (const name of [...request.result.objectStoreNames]) request.result.deleteObjectStore(name)
    request.result.createObjectStore('chunks', { keyPath: ['recording', 'segment', 'no'] })
    request.result.createObjectStore('segments', { keyPath: ['recording', 'segment'] })
    request.result.createObjectStore('keys', { keyPath: 'recording' })
  }
  return done(request)
}

const CIPHER = 'AES-GCM'
const freshKey = () => crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, ['encrypt', 'decrypt'])
/** A chunk that is put elsewhere doesn't open. */
const place = (recording: string, segment: number, no: number) => new TextEncoder().encode(`${recording}/${segment}/${no}`)

/** Keeps every chunk on the device until the server has it; a colleague’s own film has a shelf of its own. */
export async function openShelf(factory: IDBFactory = indexedDB, pendingBytesMax = PENDING_BYTES_MAX, name = NAME) {
  const base = await opened(factory, name)
  // Another page that clears the shelf must not wait for this one.
  base.onversionchange = () => base.close()
  let last: Promise<unknown> = Promise.resolve()

  /** One change after the other: a chunk's digest needs the one before it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }

  async function within<T>(mode: Mode, work: (chunks: IDBObjectStore, segments: IDBObjectStore, keys: IDBObjectStore) => Promise<T>): Promise<T> {
    const transaction = base.transaction(['chunks', 'segments', 'keys'], mode)
    const end = finished(transaction)
    end.catch(() => undefined)
    try {
      const answer = await work(transaction.objectStore('chunks'), transaction.objectStore('segments'), transaction.objectStore('keys'))
      await end
      return answer
    } catch (cause) {
      // Half a change is none; one that is already undone can't be undone again.
      if (transaction.error === null) abandon(transaction)
      throw cause
    }
  }

  const of = (recording: string) => IDBKeyRange.bound([recording], [recording, []])
  /** From one number to before another; between the numbers, so that none at all is a range too. */
  const numbers = (recording: string, segment: number, from: number, before: number) =>
    IDBKeyRange.bound([recording, segment, from - 0.5], [recording, segment, before - 0.5])

  function segments(recording: string): Promise<SegmentRow[]> {
    return within('readonly', (_, rows) => done<SegmentRow[]>(rows.getAll(of(recording))))
  }

  async function row(recording: string, segment: number): Promise<SegmentRow> {
    const found = await within('readonly', (_, rows) => done<SegmentRow | undefined>(rows.get([recording, segment])))
    if (found === undefined) throw new Error('no such segment')
    return found
  }

  async function keyOf(recording: string): Promise<CryptoKey | undefined> {
    const found = await within('readonly', (_, __, keys) => done<KeyRow | undefined>(keys.get(recording)))
    return found?.key
  }

  async function spare(recording: string): Promise<void> {
    for (const one of await segments(recording)) {
      await within('readwrite', (chunks) => done(chunks.delete(numbers(recording, one.segment, 0, one.acked))))
    }
  }

  return {
    segments,
    /** Recordings of which anything lies here. */
    async recordings(): Promise<string[]> {
      const all = await within('readonly', (_, rows) => done<SegmentRow[]>(rows.getAll()))
      return [...new Set(all.map((one) => one.recording))]
    },

    begin(recording: string, segment: number): Promise<void> {
      return inTurn(async () => {
        const [head, key] = [await segmentHead(recording, segment), await freshKey()]
        const fresh: SegmentRow = { recording, segment, appended: 0, acked: 0, head, pendingBytes: 0, ackedMs: 0, begunAt: Date.now() }
        await within('readwrite', async (_, rows, keys) => {
          if ((await done(keys.get(recording))) === undefined) keys.put({ recording, key } satisfies KeyRow)
          if ((await done(rows.get([recording, segment]))) === undefined) await done(rows.put(fresh))
        })
      })
    },

    /** Keeps one chunk and answers its number. What it throws was not kept. */
    append(recording: string, segment: number, bytes: ArrayBuffer, ms: number): Promise<number> {
      return inTurn(async () => {
        const all = await segments(recording)
        if (all.reduce((sum, one) => sum + one.pendingBytes, bytes.byteLength) > pendingBytesMax) throw new ShelfFull()
        const at = await row(recording, segment)
        const key = await keyOf(recording)
        if (key === undefined) throw new Error('no key')
        const head = await chained(at.head, new Uint8Array(bytes))
        const iv = crypto.getRandomValues(new Uint8Array(12))
        const sealed = await crypto.subtle.encrypt({ name: CIPHER, iv, additionalData: place(recording, segment, at.appended) }, key, bytes)
        const chunk: SealedChunk = { recording, segment, no: at.appended, size: bytes.byteLength, iv, sealed, chain: hex(head), ms }
        const keep = () => within('readwrite', async (chunks, rows) => {
          // The acknowledgement of an earlier chunk may have come in between.
          const now = (await done<SegmentRow | undefined>(rows.get([recording, segment]))) ?? at
          chunks.put(chunk)
          await done(rows.put({ ...now, appended: at.appended + 1, head, pendingBytes: now.pendingBytes + bytes.byteLength }))
        })
        try {
          await keep()
        } catch {
          // Room is short: what the server has goes first.
          await spare(recording)
          await keep().catch(() => {
            throw new ShelfFull()
          })
        }
        return at.appended
      })
    },

    /** One chunk as it was recorded; none where it, or what opens it, is gone. */
    async chunk(recording: string, segment: number, no: number): Promise<Chunk | undefined> {
      const found = await within('readonly', (chunks) => done<SealedChunk | undefined>(chunks.get([recording, segment, no])))
      const key = found && (await keyOf(recording))
      if (found === undefined || key === undefined) return undefined
      const opened = crypto.subtle.decrypt({ name: CIPHER, iv: found.iv, additionalData: place(recording, segment, no) }, key, found.sealed)
      const bytes = await opened.catch(() => undefined)
      return bytes && { recording, segment, no, bytes, chain: found.chain, ms: found.ms }
    },

    /** The server has every chunk before `next`, and none from there on. */
    settle(recording: string, segment: number, next: number): Promise<void> {
      return inTurn(() => within('readwrite', async (chunks, rows) => {
        const [all, now] = await Promise.all([
          done<SegmentRow[]>(rows.getAll(of(recording))),
          done<SegmentRow | undefined>(rows.get([recording, segment])),
        ])
        if (now === undefined) return
        const acked = Math.min(next, now.appended)
        const [from, before] = [Math.min(acked, now.acked), Math.max(acked, now.acked)]
        const moved = await done<SealedChunk[]>(chunks.getAll(numbers(recording, segment, from, before)))
        const sign = acked >= now.acked ? 1 : -1
        const bytes = moved.reduce((sum, one) => sum + one.size, 0)
        const ms = moved.reduce((sum, one) => sum + one.ms, 0)
        await done(rows.put({ ...now, acked, pendingBytes: now.pendingBytes - sign * bytes, ackedMs: now.ackedMs + sign * ms }))
        const over = all.some((one) => one.segment > segment) && acked === now.appended
        await done(chunks.delete(numbers(recording, segment, 0, over ? acked : Math.max(0, acked - KEPT))))
      }))
    },

    /** Gives up one segment: what it still holds is of no use to the server. */
    drop(recording: string, segment: number): Promise<void> {
      return inTurn(() => within('readwrite', async (chunks, rows) => {
        chunks.delete(numbers(recording, segment, 0, Infinity))
        const now = await done<SegmentRow | undefined>(rows.get([recording, segment]))
        if (now !== undefined) await done(rows.put({ ...now, acked: now.appended, pendingBytes: 0 }))
      }))
    },

    /** Clears a whole recording with its key, once it is over. */
    forget(recording: string): Promise<void> {
      return inTurn(() => within('readwrite', async (chunks, rows, keys) => {
        keys.delete(recording)
        chunks.delete(of(recording))
        await done(rows.delete(of(recording)))
      }))
    },

    /** Clears what nobody came back for. */
    forgetOld(now = Date.now()): Promise<void> {
      return inTurn(() => within('readwrite', async (chunks, rows, keys) => {
        const all = await done<SegmentRow[]>(rows.getAll())
        const old = (one: SegmentRow) => now - one.begunAt > DAYS_MAX * DAY_MS
        for (const one of all.filter(old)) {
          chunks.delete(numbers(one.recording, one.segment, 0, Infinity))
          await done(rows.delete([one.recording, one.segment]))
        }
        const kept = new Set(all.filter((one) => !old(one)).map((one) => one.recording))
        const known = await done<IDBValidKey[]>(keys.getAllKeys())
        await Promise.all(known.filter((recording) => !kept.has(recording as string)).map((recording) => done(keys.delete(recording))))
      }))
    },
    close: () => base.close(),
  }
}

export type Shelf = Awaited<ReturnType<typeof openShelf>>

/** Leaves nothing of anyone on this device, as a counter's tablet must. */
export function clearShelf(): void {
  try {
    indexedDB.deleteDatabase(NAME)
  } catch {
    // Storage is off: nothing was kept.
  }
}
