/** Files in and out, on the wire. */

import type { Schemas } from './wire'

export type BatchExchange = Schemas['BatchExchange']
export type BatchOutgoing = Schemas['BatchOutgoingRow']
export type BatchIncoming = Schemas['BatchIncomingRow']
export type BatchRow = Schemas['BatchRow']
