import facts from 'virtual:fact-words'
import type { Text } from '../api/wire'

/** What a fact is called; a kind without words shows its own name. */
export function factTitle(kind: string): Text {
  return facts[kind] ?? { zh: kind, en: kind }
}

/** What a part of a bundle is called: a message's key, and the number or name that it speaks of. */
export function partOf(part: string): { key: string; values: Record<string, string | number> } {
  const entry = /^container\/entry\/(\d+)$/.exec(part)
  if (entry) return { key: 'entry', values: { n: Number(entry[1]) + 1 } }
  const numbered = /^(facts|proofs|forgotten|forgetting)\/0*(\d+)\./.exec(part)
  if (numbered) return { key: numbered[1] as string, values: { n: Number(numbered[2]) } }
  const named = /^(documents|timestamps)\/(.+)$/.exec(part)
  if (named) return { key: named[1] as string, values: { name: named[2] as string } }
  const fixed: Record<string, string> = {
    container: 'container', 'container/end': 'end', checkpoint: 'checkpoint', facts: 'all', 'manifest.json': 'manifest', 'manifest.sig': 'signature',
    'keys/log.vkey': 'log_key', 'keys/manifest.vkey': 'manifest_key',
  }
  return { key: fixed[part] ?? 'other', values: { name: part } }
}
