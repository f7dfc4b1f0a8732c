//! Where a score becomes a verdict, and what was measured there.

use serde::{Deserialize, Serialize};

/// Scores that divide yes from no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// From this score on a face counts, from 0 to 1.
    pub face_score_min: f32,
    /// Up to this distance two faces are one person's.
    pub face_distance_max: f32,
    /// Below this distance between the eyes, in pixels, a face is too small to compare.
    pub eye_distance_min: f32,
    /// From this likeness on two voices of one recording are one person's.
    pub voice_likeness_min: f32,
    /// Below this likeness they are two persons'; between the two it can't be told, as of half of
    /// what is as short as an answer.
    pub voice_likeness_unsure_min: f32,
    /// Below this certainty what was heard goes to a person, from 0 to 1.
    pub speech_certainty_min: f32,
    /// From this share on nobody spoke, from 0 to 1.
    pub speech_silence_max: f32,
    /// Above this likelihood of an unwritten 'no' what was heard goes to a person, from 0 to 1.
    pub speech_doubt_max: f32,
    /// By how much, in natural logarithms, a right phrase must be likelier than every wrong one;
    /// half of it is enough for a wrong one, and what lies between goes to a person.
    pub speech_margin_min: f32,
    /// Below this certainty a line of print is not read, from 0 to 1.
    pub print_certainty_min: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            face_score_min: 0.5,
            face_distance_max: 0.5,
            eye_distance_min: 32.0,
            voice_likeness_min: 0.76,
            voice_likeness_unsure_min: 0.62,
            speech_certainty_min: 0.35,
            speech_silence_max: 0.6,
            speech_doubt_max: 0.05,
            speech_margin_min: 4.0,
            print_certainty_min: 0.6,
        }
    }
}

/// What was measured at the default thresholds, by `perceive evaluate`.
///
/// These sets are small: they show that the senses work, and choose no threshold for anybody's
/// customers. Every institution measures its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Cases of two persons, or of a no, that were accepted, and all such cases.
    pub false_accepts: (u32, u32),
    /// Cases of one person, or of a yes, that were not, and all such cases.
    pub false_rejects: (u32, u32),
    /// Persons behind the figures.
    pub persons: u32,
    /// Sessions behind the figures.
    pub sessions: u32,
    /// What they are.
    pub of: &'static str,
}

/// Distance of faces, at 0.5.
pub const FACES: Measured = Measured {
    false_accepts: (0, 154),
    false_rejects: (0, 7),
    persons: 22,
    sessions: 10,
    of: "photographs; one person in three of them, twenty strangers in six groups",
};

/// Likeness of voices within one recording, at 0.76.
pub const VOICES: Measured = Measured {
    false_accepts: (2, 576),
    false_rejects: (0, 140),
    persons: 4,
    sessions: 5,
    of: "pieces of 5 s of recorded prompts; one person in two languages, across which 49 of 64 were rejected",
};

/// Answers, with right phrases and wrong ones told before and weighed.
pub const ANSWERS: Measured = Measured {
    false_accepts: (0, 74),
    false_rejects: (13, 82),
    persons: 2,
    sessions: 2,
    of: "Mandarin sentences put together from recorded syllables, most of them at four paces",
};
