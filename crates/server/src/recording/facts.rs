//! What this room swears to. The case is the journey.

use serde::Serialize;
use serde_json::Value;

use super::actions::Said;
use super::correction::Flaw;
use super::model::{Call, Challenge, Mode, Reason, Side, TryState};
use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    Begun => "recording.begun.v1",
    SegmentBegun => "recording.segment_begun.v1",
    Received => "recording.received.v1",
    Asked => "recording.node_asked.v1",
    Answered => "recording.node_answered.v1",
    Judged => "recording.node_judged.v1",
    Passed => "recording.passed.v1",
    PersonCalled => "recording.person_called.v1",
    Reviewed => "recording.reviewed.v1",
    Ended => "recording.ended.v1",
    Lapsed => "recording.correction_lapsed.v1",
    TemplatesErased => "recording.templates_erased.v1",
    Erased => "recording.erased.v1",
    PersonWaits => "recording.person_waits.v1",
    LeadTaken => "recording.taken.v1",
    HandedOver => "recording.handed_over.v1",
    AgentGone => "recording.agent_gone.v1",
    NodeEnded => "recording.node_ended.v1",
}

/// Recording begins, of a script about exactly these terms.
#[derive(Serialize)]
pub struct Begun<'a> {
    pub recording: &'a str,
    pub mode: Mode,
    pub script_digest: &'a str,
    pub terms_digest: &'a str,
    /// The recording of which only some nodes are recorded again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<&'a str>,
    /// Codes of these nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
}

/// The page's recorder started anew.
#[derive(Serialize)]
pub struct SegmentBegun<'a> {
    pub recording: &'a str,
    pub segment: i64,
    pub media: &'a str,
    /// `agent`: the camera of the colleague who leads; absent: the person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// What came of a segment until now; the head follows from each chunk's SHA-256 (`docs/recording.md`).
#[derive(Serialize)]
pub struct Received<'a> {
    pub recording: &'a str,
    pub segment: i64,
    pub media: &'a str,
    pub chunks: i64,
    pub bytes: i64,
    /// Hex.
    pub head: &'a str,
    /// `agent`: the camera of the colleague who leads; absent: the person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// A node was asked, with what was drawn for it.
#[derive(Serialize)]
pub struct Asked<'a> {
    pub recording: &'a str,
    pub node: &'a str,
    pub attempt: i64,
    pub segment: i64,
    pub from_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<&'a Challenge>,
}

/// The person says that they answered it.
#[derive(Serialize)]
pub struct Answered<'a> {
    pub recording: &'a str,
    pub node: &'a str,
    pub attempt: i64,
    pub segment: i64,
    pub until_ms: i64,
    /// `speech` or `writing`.
    pub by: &'a str,
}

/// What machines found in the recording that was received.
#[derive(Serialize)]
pub struct Judged<'a> {
    pub recording: &'a str,
    pub node: &'a str,
    pub attempt: i64,
    pub state: TryState,
    pub reasons: &'a [Reason],
    /// Each sense with outcome, score and threshold in parts per million.
    pub checks: &'a Value,
}

/// Every node was passed.
#[derive(Serialize)]
pub struct Passed<'a> {
    pub recording: &'a str,
    pub terms_digest: &'a str,
    pub script_digest: &'a str,
    /// Drawn by lot for a person's look.
    pub sampled: bool,
}

/// A member of staff goes on.
#[derive(Serialize)]
pub struct PersonCalled<'a> {
    pub recording: &'a str,
    pub reason: Call,
    /// The recording whose film shows why, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noticed_in: Option<&'a str>,
}

/// A colleague opened it and says what it shows.
#[derive(Serialize)]
pub struct Reviewed<'a> {
    pub recording: &'a str,
    pub said: Said,
    /// What is to be recorded again; nothing where all of it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Flawed>,
    /// From then on all of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct_until_ms: Option<i64>,
}

/// A node that is recorded again: why, and where it shows.
#[derive(Serialize)]
pub struct Flawed {
    pub node: String,
    pub flaw: Flaw,
    pub segment: i64,
    pub at_ms: i64,
}

/// Nobody corrected it in time: all of it is to be recorded again.
#[derive(Serialize)]
pub struct Lapsed<'a> {
    pub recording: &'a str,
}

/// It is over without a verdict.
#[derive(Serialize)]
pub struct Ended<'a> {
    pub recording: &'a str,
    /// `silent`: nothing came any more; `other_terms`: another sheet was confirmed; `once_more`: a colleague wants another one;
    /// `other_way`: alone instead of led, or the other way round; `left`: the person hung up or was gone; `nobody_came`: no
    /// colleague was free in time; `called_off`: the colleague who led ended it.
    pub reason: &'a str,
}

/// Templates of face and voice are of no more use, and gone.
#[derive(Serialize)]
pub struct TemplatesErased<'a> {
    pub recording: &'a str,
}

/// No rule keeps the films any more: they are gone, with what was heard and written.
#[derive(Serialize)]
pub struct Erased<'a> {
    pub recording: &'a str,
    /// The longest one that asked.
    pub rule: &'static str,
    pub chunks: i64,
    pub bytes: i64,
}

/// The person waits for a colleague who leads them by video.
#[derive(Serialize)]
pub struct PersonWaits<'a> {
    pub recording: &'a str,
}

/// A colleague took the lead: the seat of this fact.
#[derive(Serialize)]
pub struct LeadTaken<'a> {
    pub recording: &'a str,
    /// Which lead of this recording it is, from 1.
    pub turn: i64,
}

/// The colleague who led gave it to another, or back to the front of the queue.
#[derive(Serialize)]
pub struct HandedOver<'a> {
    pub recording: &'a str,
    pub turn: i64,
    /// The colleague it was meant for; absent: whoever is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colleague: Option<&'a str>,
}

/// Nothing was seen of the colleague who led: the person went back to the front of the queue.
#[derive(Serialize)]
pub struct AgentGone<'a> {
    pub recording: &'a str,
    pub turn: i64,
    pub colleague: &'a str,
}

/// The colleague who leads ended a node; the person's page hands in what it recorded of it.
#[derive(Serialize)]
pub struct NodeEnded<'a> {
    pub recording: &'a str,
    pub node: &'a str,
    pub attempt: i64,
}
