/** Staff, roles and accounts, as the server sends them. */

import type { Schemas } from './wire'

/** `second_factor`: one more step; `enrol`: inside, to set up a second factor first. */
export type Stage = Schemas['Stage']
export type Factor = Schemas['Factor']
export type SecondFactorRule = Schemas['SecondFactorRule']
export type StaffState = StaffRow['state']
export type SignInView = Schemas['SignInView']
/** Exactly one of them. */
export type Proof = Schemas['ProofRequest']
export type InvitationView = Schemas['InvitationView']
/** What WebAuthn wants of the browser. */
export type Ceremony = Schemas['CeremonyView']
export type Passkey = Schemas['PasskeyView']
export type AccountView = Schemas['AccountView']
/** For an authenticator app; shown once. */
export type Enrolment = Schemas['EnrolmentView']
export type SessionRow = Schemas['SessionView']
export type StaffRow = Schemas['ColleagueRow']
/** A change to a colleague that waits for a second person. */
export type Change = Schemas['StaffChange']
export type StaffMember = Schemas['Colleague']
/** The word of a colleague's link; shown once. */
export type GivenWord = Schemas['WordView']
/** A link to set a password; shown once. */
export type Invited = Schemas['InvitedView']
export type Role = Schemas['RoleView']
export type Roles = Schemas['RolesView']
export type StaffView = Schemas['StaffView']
/** What would make it easier to get in. */
export type Loosening = Schemas['Loosening']
