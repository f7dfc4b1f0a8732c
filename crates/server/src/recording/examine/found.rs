//! What was found at one node.

use serde::Serialize;

use super::Enrolled;

/// What one check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// The file can be read at all.
    Media,
    /// Somebody is seen.
    FacePresent,
    /// Nobody else is.
    OneFace,
    /// It is who was seen before in this recording.
    SameFace,
    /// The acts were done, and it is no still picture.
    Liveness,
    /// Somebody is heard.
    Sound,
    /// It is who was heard before in this recording.
    SameVoice,
    /// Nobody else spoke in between.
    OneVoice,
    /// The digits were read.
    Digits,
    /// The answer is a right one.
    Answer,
    /// The card's print can be read, and fits together.
    CardRead,
    /// It is the person's own.
    CardOwner,
    /// It has not run out.
    CardValid,
    /// Its photo shows who is seen in this recording.
    CardFace,
    /// Nothing was said that schemes around loans are known by.
    Words,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    /// A machine can't say: the person is asked again, or somebody looks.
    Unsure,
    /// Nothing was checked: somebody must look.
    NotPerformed,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub sense: Sense,
    pub outcome: Outcome,
    /// Why it was not passed, as pages and prompts name it.
    pub code: Option<&'static str>,
    /// What was measured, in parts per million of the sense's own unit.
    pub score_ppm: Option<i64>,
    /// Where the measure divides.
    pub threshold_ppm: Option<i64>,
    /// When, in milliseconds of the segment's file.
    pub at_ms: Option<i64>,
}

impl Check {
    pub(super) fn passed(sense: Sense) -> Self {
        Self::new(sense, Outcome::Passed, None)
    }

    pub(super) fn failed(sense: Sense, code: &'static str) -> Self {
        Self::new(sense, Outcome::Failed, Some(code))
    }

    pub(super) fn unsure(sense: Sense, code: &'static str) -> Self {
        Self::new(sense, Outcome::Unsure, Some(code))
    }

    /// For want of a model, of time, or of the person's consent.
    pub(super) fn not_performed(sense: Sense, code: &'static str) -> Self {
        Self::new(sense, Outcome::NotPerformed, Some(code))
    }

    fn new(sense: Sense, outcome: Outcome, code: Option<&'static str>) -> Self {
        Self {
            sense,
            outcome,
            code,
            score_ppm: None,
            threshold_ppm: None,
            at_ms: None,
        }
    }

    pub(super) fn scored(mut self, score: f32, threshold: f32) -> Self {
        (self.score_ppm, self.threshold_ppm) = (ppm(score), ppm(threshold));
        self
    }

    pub(super) fn at(mut self, at_s: Option<f32>) -> Self {
        self.at_ms = at_s.map(|at_s| (at_s * 1_000.0) as i64);
        self
    }
}

/// Parts per million; nothing for what is no number.
fn ppm(value: f32) -> Option<i64> {
    value
        .is_finite()
        .then(|| (f64::from(value) * 1e6).round() as i64)
}

/// All that was found at one node.
#[derive(Clone, Default)]
pub struct Examined {
    /// At most one of each sense.
    pub checks: Vec<Check>,
    /// What was heard: the person's own words (C2), to be sealed by whoever keeps them.
    pub heard: Option<String>,
    /// What is told to the person and decides nothing, as pages and prompts name it.
    pub noticed: Vec<&'static str>,
    /// All templates of this recording, where this node added one; nothing where it was not passed.
    pub enrolled: Option<Enrolled>,
}

impl std::fmt::Debug for Examined {
    /// What somebody said stands in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Examined")
            .field("checks", &self.checks)
            .field("heard", &self.heard.is_some())
            .field("noticed", &self.noticed)
            .field("enrolled", &self.enrolled)
            .finish()
    }
}

impl Examined {
    /// The finding of one sense; none where it was not asked.
    pub fn of(&self, sense: Sense) -> Option<&Check> {
        self.checks.iter().find(|check| check.sense == sense)
    }

    /// Whether any check failed.
    pub fn has_failed(&self) -> bool {
        self.checks
            .iter()
            .any(|check| check.outcome == Outcome::Failed)
    }
}
