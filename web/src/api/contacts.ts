/** Third persons on the wire. */

import type { Schemas } from './wire'

/** A third person whom a borrower named, masked. */
export type Contact = Schemas['ContactView']
export type NewContact = Schemas['NewContact']
export type ContactRelation = Schemas['ContactRelation']
/** What the link in a third person's message opens. */
export type ContactNotice = Schemas['ContactNotice']
