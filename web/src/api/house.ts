/** Institutions, their keys, settings and partners, as the server sends them. */

import type { Schemas } from './wire'

export type Brand = Schemas['Brand']
export type RosterKind = Schemas['CooperationKind']
export type RosterDraft = Schemas['RosterDraft']
export type PublicRosterRow = Schemas['RosterEntry']
export type PublicRoster = Schemas['PublicList']
export type RosterRow = Schemas['RosterRow']
export type KeyRow = Schemas['KeyRow']
/** With the secret, which is shown this once. */
export type IssuedKey = Schemas['KeyIssued']
export type Settings = Schemas['Settings']
/** `version` is named again with a change, so that of two at once the second is told. */
export type SettingsPage = Schemas['SettingsView']
export type InstitutionRow = Schemas['InstitutionRow']
