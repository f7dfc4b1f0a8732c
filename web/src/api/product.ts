/** Products and their versions, on the wire. */

import type { Schemas } from './wire'

export type ProductRow = Schemas['ProductRow']
export type ProductVersion = Schemas['VersionView']
export type ProductPage = Schemas['ProductPage']

/** What is recorded for a product's loans, as an editor holds it. */
export type RecordingDefinition = Schemas['RecordingDefinition']
export type Channel = Schemas['Channel']
export type ScriptNode = Schemas['RecordingNode']
export type NodeKind = Schemas['RecordingNodeKind']
export type ScriptView = Schemas['ScriptView']
export type ScriptPreview = Schemas['ScriptPreview']
export type ScriptLimits = Schemas['ScriptLimits']
export type PreviewNode = Schemas['RecordingNodeView']
/** A recording of a prompt that the server keeps. */
export type VoiceKept = Schemas['VoiceKept']
export type ErrorField = Schemas['ErrorField']
export type VersionChanges = Schemas['VersionChanges']
export type NodeChanged = Schemas['NodeChanged']
