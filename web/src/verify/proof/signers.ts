/** Who signed: manifest, checkpoint and witnesses, and which of them are trusted (docs/ledger.md, 12, 3 to 5). */
import { sha256 } from '@noble/hashes/sha2.js'
import { hexOf, textOf } from './bytes'
import { CHECKPOINT, LOG_KEY, MANIFEST, MANIFEST_KEY, SIGNATURE } from './files'
import { parseCheckpoint, parseKey, parseNote, said, type Checkpoint, type Key, type Note } from './note'
import type { Finding, WitnessLine } from './report'

export interface Signers {
  checkpoint: Checkpoint
  /** Missing or malformed keys are findings. */
  logKey: Key | null
  manifestKey: Key | null
  logTrusted: boolean
  manifestTrusted: boolean
  witnesses: WitnessLine[]
}

/** Keys from outside the bundle. */
export type Trust = readonly Key[]

const isTrusted = (trust: Trust, key: Key | null) => trust.some((one) => one.text === key?.text)

/** The lines of a `*.vkey` file or of a text that somebody pasted; `bad` is the first that is no key. */
export function parseTrust(text: string): { keys: Key[]; bad: string | null } {
  const rows = text.split('\n').map((row) => row.trim()).filter((row) => row !== '' && !row.startsWith('#'))
  const keys = rows.map(parseKey)
  return { keys: keys.filter((key) => key !== null), bad: rows.find((_, at) => keys[at] === null) ?? null }
}

export function signers(file: (name: string) => Uint8Array | null, trust: Trust, findings: Finding[]): Signers | null {
  const fail = (part: string, code: Finding['code']): null => {
    findings.push({ part, code })
    return null
  }
  const key = (name: string): Key | null => {
    const raw = file(name)
    const text = raw === null ? null : textOf(raw)
    if (text === null) return raw === null ? null : fail(name, 'key_malformed')
    const one = text.endsWith('\n') ? parseKey(text.slice(0, -1)) : null
    return one !== null && one.kind === 'log' ? one : fail(name, 'key_malformed')
  }
  const [logKey, manifestKey] = [key(LOG_KEY), key(MANIFEST_KEY)]
  if (manifestKey !== null) checkManifest(file, manifestKey, fail)

  const raw = file(CHECKPOINT)
  if (raw === null) return null
  const note = parseNote(raw)
  const checkpoint = note === null ? null : parseCheckpoint(note.text)
  if (note === null || checkpoint === null) return fail(CHECKPOINT, 'checkpoint_malformed')
  const { origin } = checkpoint
  const witnesses = cosigners(note, trust)
  if (logKey !== null && logKey.name !== origin) fail(LOG_KEY, 'signer_name_wrong')
  if (manifestKey !== null && manifestKey.name !== origin && !manifestKey.name.startsWith(`${origin}/`)) fail(MANIFEST_KEY, 'signer_name_wrong')
  if ((logKey !== null && said(note, logKey).is !== 'holds') || witnesses === null) fail(CHECKPOINT, 'checkpoint_signature_wrong')
  return { checkpoint, logKey, manifestKey, witnesses: witnesses ?? [], logTrusted: isTrusted(trust, logKey), manifestTrusted: isTrusted(trust, manifestKey) }
}

/** The manifest's signature is over exactly this manifest. */
function checkManifest(file: (name: string) => Uint8Array | null, key: Key, fail: (part: string, code: Finding['code']) => null): void {
  const [manifest, raw] = [file(MANIFEST), file(SIGNATURE)]
  if (manifest === null || raw === null) return
  const note = parseNote(raw)
  if (note === null || note.lines.length !== 1) fail(SIGNATURE, 'signature_malformed')
  else if (said(note, key).is !== 'holds') fail(SIGNATURE, 'signature_wrong')
  else if (note.text !== `xiaobao/bundle/v1\n${hexOf(sha256(manifest))}\n`) fail(MANIFEST, 'signature_wrong')
}

/** The trusted witnesses that cosigned; null if one's line does not hold. */
function cosigners(note: Note, trust: Trust): WitnessLine[] | null {
  const found: WitnessLine[] = []
  for (const key of trust) {
    if (key.kind !== 'witness') continue
    const word = said(note, key)
    if (word.is === 'wrong') return null
    if (word.is === 'holds' && word.atSeconds !== null) found.push({ name: key.name, atSeconds: word.atSeconds })
  }
  return found
}
