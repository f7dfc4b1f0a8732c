/** Notices, consents and what rests on them, on the wire. */

import type { Schemas } from './wire'

export type ConsentKind = Schemas['ConsentKind']
export type ConsentState = Schemas['ConsentState']
export type BureauPurpose = Schemas['BureauPurpose']
/** Who gets personal information, named so that the person can reach them. */
export type NoticeRecipient = Schemas['NoticeRecipient']
export type NoticeContent = Schemas['NoticeContent']
export type NoticeDocument = Schemas['NoticeDocument']
/** A notice of the journey and what the person decided about exactly it. */
export type JourneyNotice = Schemas['JourneyNotice']
export type MyConsent = Schemas['MyConsent']
export type MyBureauQuery = Schemas['MyBureauQuery']
export type MyAdverseNotice = Schemas['MyAdverseNotice']
export type NoticeRow = Schemas['NoticeRow']
export type NoticePage = Schemas['NoticePage']
export type ConsentRow = Schemas['ConsentRow']
export type BureauQueryRow = Schemas['BureauQueryRow']
export type AdverseRow = Schemas['AdverseRow']
export type ProvisionRow = Schemas['ProvisionRow']
