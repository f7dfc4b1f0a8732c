import facts from 'virtual:fact-words'
import type { Text } from '../api/wire'

/** What a fact is called; a kind without words shows its own name. */
export function factTitle(kind: string): Text {
  return facts[kind] ?? { zh: kind, en: kind }
}

const PRINTS: Record<string, Text> = {
  'disclosure.printed.v1': { zh: '综合融资成本明示表', en: 'Cost sheet' },
  'signing.issued.v1': { zh: '结清或退出证明', en: 'Proof of settlement or withdrawal' },
  'consent.receipt_printed.v1': { zh: '告知与同意凭证', en: 'Receipt of a notice or consent' },
  'signing.signed.v1': { zh: '签署的合同文件', en: 'Signed contract' },
  'custody.certificate_issued.v1': { zh: '个人信息销毁证明', en: 'Certificate of destruction of personal data' },
}

/** What a printed document is called, by the kind of the fact that names it. */
export const printTitle = (kind: string): Text => PRINTS[kind] ?? factTitle(kind)

/** What a part of a bundle is called: a message's key, and the number or name that it speaks of. */
export function partOf(part: string): { key: string; values: Record<string, string | number> } {
  const entry = /^container\/entry\/(\d+)$/.exec(part)
  if (entry) return { key: 'entry', values: { n: Number(entry[1]) + 1 } }
  const numbered = /^(facts|proofs|forgotten|forgetting)\/0*(\d+)\./.exec(part)
  if (numbered) return { key: numbered[1] as string, values: { n: Number(numbered[2]) } }
  const recorded = /^recording\/[^/]+\/segment-(\d+)\.(\w+)$/.exec(part)
  if (recorded) return { key: recorded[2] === 'json' ? 'segment' : 'film', values: { n: Number(recorded[1]) } }
  const named = /^(documents|timestamps)\/(.+)$/.exec(part)
  if (named) return { key: named[1] as string, values: { name: named[2] as string } }
  const fixed: Record<string, string> = {
    container: 'container', 'container/end': 'end', checkpoint: 'checkpoint', facts: 'all', 'manifest.json': 'manifest', 'manifest.sig': 'signature',
    'keys/log.vkey': 'log_key', 'keys/manifest.vkey': 'manifest_key',
  }
  return { key: fixed[part] ?? 'other', values: { name: part } }
}
