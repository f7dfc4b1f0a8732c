/** What the tests read: the pinned files of crates/proof. */
import { readFileSync } from 'node:fs'
import type { Key } from './note'
import { parseTrust } from './signers'

export const VECTORS = '../crates/proof/tests/vectors'

export const bundle = (name: string) => Uint8Array.from(readFileSync(`${VECTORS}/${name}`))

export const anchor = (name: 'log' | 'bundle' | 'witness') => readFileSync(`${VECTORS}/trust/${name}.vkey`, 'utf8')

export const anchors = (...names: ('log' | 'bundle' | 'witness')[]): Key[] => (names.length > 0 ? names : ['log', 'bundle', 'witness'] as const).flatMap((name) => parseTrust(anchor(name)).keys)
