/** Identities and refusals that wait for a person, on the wire. */

import type { Schemas } from './wire'

export type IdentityRow = Schemas['IdentityRow']
export type AccountCheckRow = Schemas['AccountCheckRow']
export type IdentityPage = Schemas['CaseView']
export type ReviewRow = Schemas['ReviewRow']
export type ReviewPage = Schemas['ReviewPage']
