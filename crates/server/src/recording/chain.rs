//! Chunks of a segment, chained by digest, as everybody reckons it who checks the evidence (`proof::recording`). Pure.

use super::RecordingId;

pub use proof::recording::next;

/// SHA-256.
pub type Link = proof::Hash;

/// What stands before a segment's first chunk.
pub fn first(recording: &RecordingId, segment: i64) -> Link {
    proof::recording::first(recording.as_str(), segment.unsigned_abs())
}
