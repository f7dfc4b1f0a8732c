//! What one node is held against.

use perception::liveness::Act;
use perception::media::Part;

use super::Enrolled;
use super::card::Owner;
use crate::product::NodeKind;

/// One node of a recording, and what must be seen and heard there.
#[derive(Clone)]
pub struct Asked {
    /// When it began, in seconds of the segment's file. Where words are spoken to the person, begin after them: what the
    /// loudspeaker says would be heard as the answer.
    pub from_s: f32,
    /// When it ended.
    pub until_s: f32,
    pub kind: NodeKind,
    /// Drawn by the server, to be read aloud.
    pub digits: Option<String>,
    /// Drawn by the server, to be done in this order.
    pub acts: Vec<Act>,
    /// Phrases that are right.
    pub expects: Vec<String>,
    /// Phrases that are wrong.
    pub against: Vec<String>,
    /// What was written by somebody who can't speak or hear; then nothing is listened to.
    pub written: Option<String>,
    /// When the phone itself told the person something, in seconds of the segment's file: that is no answer.
    pub prompted: Vec<Part>,
    /// Whose card is held into the camera, where one is asked for.
    pub owner: Option<Owner>,
    pub biometrics: Biometrics,
    /// Templates of earlier nodes of this recording.
    pub enrolled: Option<Enrolled>,
}

/// Whether face and voice may be compared, which takes a consent of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Biometrics {
    Consented,
    NotConsented,
}

impl Asked {
    /// The node's stretch of the file; none where its end is no end.
    pub(super) fn part(&self) -> Option<Part> {
        let (from_s, until_s) = (self.from_s, self.until_s);
        let sound = from_s >= 0.0 && until_s > from_s && until_s.is_finite();
        sound.then_some(Part { from_s, until_s })
    }

    /// Whether face and voice may be compared.
    pub(super) fn compares(&self) -> bool {
        self.biometrics == Biometrics::Consented
    }
}
