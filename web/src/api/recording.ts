/** A recording as the borrower's own page, and that of the colleague who leads, see it on the wire. */

import type { Schemas } from './wire'

export type RecordingView = Schemas['RecordingView']
export type Recording = Schemas['OneRecording']
/** One thing of the script, and how far it is. */
export type RecordingNode = Schemas['RecordingNodeView']
/** What a colleague wants recorded again. */
export type RecordingAgain = Schemas['RecordingAgain']
export type NodeState = Schemas['RecordingNodeState']
export type Act = Schemas['RecordingAct']
export type Media = Schemas['RecordingMedia']
/** Something noticed while recording. */
export type Prompt = Schemas['RecordingPrompt']
export type ReasonCode = Schemas['RecordingReason']
/** Why the person would rather have a colleague. */
export type PersonReason = Exclude<Schemas['RecordingCall'], 'stopped' | 'unsure'>
/** A recording that a colleague leads by video, as either page sees it. */
export type CallView = Schemas['RecordingCallView']
export type CallOver = Schemas['RecordingCallOver']
export type SignalKind = Schemas['RecordingSignalKind']
export type LeadView = Schemas['RecordingLeadView']
