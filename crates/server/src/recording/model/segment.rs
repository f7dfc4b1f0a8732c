//! One run of a page's recorder, and whose it is.

use serde::{Deserialize, Serialize};

use super::RecordingId;
use crate::recording::chain::Link;

/// One run of the page's recorder.
#[derive(Clone, Debug)]
pub struct Segment {
    pub recording: RecordingId,
    /// From 1, through both sides.
    pub no: i64,
    /// The colleague whose own camera it is; none for the person's.
    pub agent: Option<String>,
    pub media: Media,
    pub chunks: i64,
    pub bytes: i64,
    /// Chain head over its chunks.
    pub head: Link,
    /// How many chunks were sworn to.
    pub sworn: i64,
    pub begun_at_ms: i64,
}

/// Whose camera and microphone a segment is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingSide)]
pub enum Side {
    Person,
    Agent,
}

impl Segment {
    pub fn side(&self) -> Side {
        match self.agent {
            None => Side::Person,
            Some(_) => Side::Agent,
        }
    }
}

/// What a browser's recorder makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RecordingMedia)]
pub enum Media {
    #[serde(rename = "video/webm")]
    Webm,
    #[serde(rename = "video/mp4")]
    Mp4,
}

impl Media {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webm => "video/webm",
            Self::Mp4 => "video/mp4",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Webm, Self::Mp4]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}
