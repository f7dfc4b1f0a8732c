//! Nouns and decisions of a recording; pure.

mod segment;
mod tries;

use serde::{Deserialize, Serialize};

pub use super::reason::{Reason, Verdict};
use super::refusal::Refused;
use super::script::Line;
use crate::product::Progress;
use crate::vault::SubjectId;

pub use segment::{Media, Segment, Side};
pub use tries::{
    Act, Challenge, Clock, Try, TryState, at, ended, hangs, mark, may_pass, settled, spent, until,
};

crate::id!(
    /// One recording.
    RecordingId,
    "rec"
);

/// Largest chunk, bytes: two seconds of far more than the page records.
pub const CHUNK_BYTES_MAX: usize = 1 << 20;
/// Segments of a recording: as often may a page be loaded anew.
pub const SEGMENTS_MAX: i64 = 64;
/// Chunks of one segment.
pub const CHUNKS_MAX: i64 = 3_600;
/// Bytes of a recording.
pub const BYTES_MAX: i64 = 1 << 30;
/// Recordings of one case.
pub const RECORDINGS_MAX: i64 = 20;
/// How often one may be begun: whoever waited for a colleague in vain may come back later.
pub const BEGUN_MAX: i64 = 200;

/// So long after its end whoever led a recording may still say what they suspect, ms.
const SUSPECTED_MS: i64 = 30 * 86_400_000;

/// Who leads through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingMode)]
pub enum Mode {
    /// The person alone.
    SelfService,
    /// A colleague by video.
    Remote,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelfService => "self_service",
            Self::Remote => "remote",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::SelfService, Self::Remote]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// Where a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingState)]
pub enum State {
    Running,
    /// Every node was passed.
    Passed,
    /// A member of staff goes on.
    NeedsPerson,
    /// Over without a verdict: nobody went on, other terms came, or a colleague asked for another one.
    Ended,
}

impl State {
    const ALL: [Self; 4] = [Self::Running, Self::Passed, Self::NeedsPerson, Self::Ended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Passed => "passed",
            Self::NeedsPerson => "needs_person",
            Self::Ended => "ended",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Why a member of staff goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingCall)]
pub enum Call {
    /// What the person speaks isn't understood by machines.
    Dialect,
    /// No camera, no microphone, no browser that records.
    Device,
    /// They don't want to be recorded.
    Refused,
    Other,
    /// An answer that ends it.
    Stopped,
    /// A check that machines couldn't do or weren't sure of.
    Unsure,
    /// Whoever led it suspects that somebody else decides.
    Suspicion,
}

impl Call {
    const ALL: [Self; 7] = [
        Self::Dialect,
        Self::Device,
        Self::Refused,
        Self::Other,
        Self::Stopped,
        Self::Unsure,
        Self::Suspicion,
    ];

    /// Whether it is the person's own wish; the others are said of them.
    pub fn is_wish(self) -> bool {
        match self {
            Self::Dialect | Self::Device | Self::Refused | Self::Other => true,
            Self::Stopped | Self::Unsure | Self::Suspicion => false,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dialect => "dialect",
            Self::Device => "device",
            Self::Refused => "refused",
            Self::Other => "other",
            Self::Stopped => "stopped",
            Self::Unsure => "unsure",
            Self::Suspicion => "suspicion",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A recording of one case.
#[derive(Clone, Debug)]
pub struct Recording {
    pub id: RecordingId,
    pub case: String,
    pub subject: SubjectId,
    pub mode: Mode,
    pub state: State,
    pub call: Option<Call>,
    /// Of one under suspicion: the recording whose film shows why, where it is another.
    pub noticed_in: Option<RecordingId>,
    /// SHA-256 of the canonical terms that its words are about, hex.
    pub terms_digest: String,
    /// Canonical bytes of its [`Line`]s, and their SHA-256, hex.
    pub script: Vec<u8>,
    pub script_digest: String,
    /// Templates of this recording alone, sealed.
    pub enrolled: Option<Vec<u8>>,
    pub begun_at_ms: i64,
    /// When the person or their page last did anything.
    pub seen_at_ms: i64,
    pub ended_at_ms: Option<i64>,
    /// A person looks at it although it was passed.
    pub sampled: bool,
    /// When a colleague said what it shows, UTC ms.
    pub reviewed_at_ms: Option<i64>,
    /// Grows with whatever the page should learn of.
    pub revision: i64,
    pub version: i64,
}

impl Recording {
    pub fn lines(&self) -> serde_json::Result<Vec<Line>> {
        serde_json::from_slice(&self.script)
    }

    /// Refuses once it is over.
    pub fn must_run(&self) -> Result<(), Refused> {
        match self.state {
            State::Running => Ok(()),
            State::Passed | State::NeedsPerson | State::Ended => Err(Refused::Over),
        }
    }

    /// Refuses what belongs to another way of recording.
    pub fn must_be(&self, mode: Mode) -> Result<(), Refused> {
        match (self.mode == mode, mode) {
            (true, _) => Ok(()),
            (false, Mode::SelfService) => Err(Refused::AgentLeads),
            (false, Mode::Remote) => Err(Refused::NotLed),
        }
    }

    /// Whether somebody is to look before anything else, whatever the terms may be by now: no other recording talks away an answer
    /// that ended this one, nor a suspicion.
    pub fn is_held(&self) -> bool {
        let held = matches!(self.call, Some(Call::Stopped | Call::Suspicion));
        held && self.state == State::NeedsPerson
    }

    /// Whether whoever led it may still say what they suspect.
    pub fn may_be_suspected(&self, now_ms: i64) -> bool {
        let fresh = self
            .ended_at_ms
            .is_none_or(|ended_ms| now_ms - ended_ms < SUSPECTED_MS);
        fresh && self.reviewed_at_ms.is_none()
    }

    /// How far the step is that this recording stands for.
    pub fn progress(&self) -> Progress {
        match self.state {
            State::Running | State::Ended => Progress::Open,
            State::NeedsPerson => Progress::NeedsPerson,
            State::Passed => Progress::Done,
        }
    }
}
