/** Reads and checks one bundle away from the page, so that the page stays alive. It asks no server for anything. */
import type { Report } from './proof/report'
import { parseTrust } from './proof/signers'
import { PASSES, verify } from './proof/verify'

export interface Order {
  file: File
  /** Verifier keys as they are written, one a line. */
  trust: string
}

export type Word =
  | { is: 'checking'; share: number }
  | { is: 'done'; report: Report }
  | { is: 'unreadable' }
  /** A document by itself, which people bring here too. */
  | { is: 'pdf' }

const TELL_EVERY_MS = 60

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  const tell = (word: Word) => self.postMessage(word)
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(await data.file.arrayBuffer())
  } catch {
    // A file that was moved, or a device without the memory for it.
    tell({ is: 'unreadable' })
    return
  }
  if (String.fromCharCode(...bytes.subarray(0, 5)) === '%PDF-') {
    tell({ is: 'pdf' })
    return
  }
  let [read, told] = [0, 0]
  const report = verify(bytes, parseTrust(data.trust).keys, (more) => {
    read += more
    if (performance.now() - told < TELL_EVERY_MS) return
    told = performance.now()
    tell({ is: 'checking', share: Math.min(1, read / (PASSES * bytes.length)) })
  })
  tell({ is: 'done', report })
}
