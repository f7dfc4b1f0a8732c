/** Personal data on the wire: subjects, openings, destructions. */

import type { Schemas } from './wire'

export type SubjectRow = Schemas['SubjectRow']
export type SubjectItem = Schemas['SubjectItem']
export type SubjectGrant = Schemas['SubjectGrant']
export type SubjectCard = Schemas['SubjectCard']
export type OpeningRow = Schemas['OpeningRow']
export type DestructionRow = Schemas['DestructionRow']
export type Epoch = Schemas['EpochRow']
/** The epochs of the vault's keys, newest first, and how far a rotation is. */
export type Epochs = Schemas['EpochsView']
/** One opening as the person concerned sees it. */
export type MyOpening = Schemas['MyOpening']
