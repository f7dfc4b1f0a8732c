import type { NodeKind, ScriptNode } from '../../api/product'

/** A new node, named as no other of its script is. */
export function fresh(kind: NodeKind, codes: readonly string[]): ScriptNode {
  const name = (n: number) => `${kind}_${n}`
  let n = 1
  while (codes.includes(name(n))) n += 1
  return { code: name(n), kind, spoken: { zh: '', en: '' }, expects: [], against: [], on_wrong: 'again', answer_seconds: 8, tries_max: 3 }
}

/** Words as a title. */
export function short(words: string, most = 32): string {
  const plain = [...words.trim()]
  return plain.length > most ? `${plain.slice(0, most).join('')}…` : plain.join('')
}

/** Puts a figure's name where the cursor is; answers the new text and where the cursor goes. */
export function inserted(text: string, figure: string, from: number, to: number): { text: string; at: number } {
  const word = `{${figure}}`
  return { text: text.slice(0, from) + word + text.slice(to), at: from + word.length }
}
