//! The evidence of every case of a draw in one file, made by a job and kept for a week.

pub mod actions;
pub mod archive;
pub mod forget;
pub mod http;
pub mod jobs;
pub mod parts;
pub mod store;

use serde::Serialize;

crate::id!(
    /// The bundles of one draw, made once.
    BundlesId,
    "bdl"
);

/// How long they are kept.
pub const KEPT_MS: i64 = 7 * crate::clock::DAY_MS;
/// Bytes of all of them at the most.
pub const BYTES_MAX: i64 = 2 * 1024 * 1024 * 1024;

/// How far they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BundlesState {
    Making,
    Ready,
    /// Draw fewer cases.
    TooLarge,
    /// Nobody tries any more; ask again.
    Failed,
    /// Their week is over, or somebody in them was destroyed, and the file is gone.
    Over,
}

impl BundlesState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Ready => "ready",
            Self::TooLarge => "too_large",
            Self::Failed => "failed",
            Self::Over => "over",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Making,
            Self::Ready,
            Self::TooLarge,
            Self::Failed,
            Self::Over,
        ];
        all.into_iter().find(|state| state.as_str() == text)
    }
}

/// The bundles of one draw.
#[derive(Clone, Debug)]
pub struct Bundles {
    pub id: BundlesId,
    pub draw: super::model::DrawId,
    pub state: BundlesState,
    /// Cases done so far.
    pub made: i64,
    pub cases: i64,
    /// Of the whole file, once it is ready.
    pub bytes: i64,
    /// Hexadecimal.
    pub sha256: Option<String>,
    pub asked_by: String,
    pub asked_at_ms: i64,
    pub ready_at_ms: Option<i64>,
    /// When they are cleared away, whatever became of them.
    pub until_ms: i64,
}

/// One file of the archive, or a case without one.
#[derive(Clone, Debug)]
pub struct Kept {
    pub place: i64,
    /// Nothing for the manifest.
    pub journey: Option<String>,
    /// Why the case has no file: the code of a refusal.
    pub gap: Option<String>,
    pub name: String,
    pub bytes: i64,
    pub crc: i64,
    pub sha256: String,
}

impl Kept {
    pub fn part(&self) -> crate::error::Result<archive::Part> {
        Ok(archive::Part {
            name: self.name.clone(),
            crc: u32::try_from(self.crc)?,
            bytes: u32::try_from(self.bytes)?,
        })
    }
}
