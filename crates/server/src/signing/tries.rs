//! Tries to sign a set: each has a key and a certificate of its own; pure.

use serde::Serialize;

use super::intent::IntentId;
use super::refusal::Refused;
use crate::error::Refuse as _;

crate::id!(
    /// One try to sign a set: one single-use key and certificate.
    AttemptId,
    "sat"
);

/// Where one try stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// A certificate is being asked for.
    Begun,
    /// The certificate is known and sworn to.
    Started,
    Abandoned,
    Done,
}

impl AttemptState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Started => "started",
            Self::Abandoned => "abandoned",
            Self::Done => "done",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Begun, Self::Started, Self::Abandoned, Self::Done]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    pub fn is_open(self) -> bool {
        matches!(self, Self::Begun | Self::Started)
    }
}

/// Whose certificates and timestamps a set bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SigningOrigin)]
pub enum Origin {
    /// The house's own: not a third party.
    Embedded,
    External,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::External => "external",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Embedded, Self::External]
            .into_iter()
            .find(|origin| origin.as_str() == text)
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub intent: IntentId,
    /// From 1.
    pub number: i64,
    pub state: AttemptState,
    pub origin: Origin,
    /// SHA-256 of the single-use certificate and its number, hex; once it is known.
    pub certificate: Option<String>,
    pub serial: Option<String>,
    pub ended_at_ms: Option<i64>,
}

/// The first pause before signing again; each further one is twice as long.
const PAUSE_MS: i64 = 5_000;
pub const PAUSE_MAX_MS: i64 = 1_800_000;

/// How long to wait after the `number`-th attempt failed.
pub fn pause_ms(number: i64) -> i64 {
    (PAUSE_MS << (number - 1).clamp(0, 10)).min(PAUSE_MAX_MS)
}

/// Tries in all, and where what came back does not hold, which time won't mend: each may cost a certificate, and opens
/// particulars of the person.
const TRIES_MAX: i64 = 60;
const UNSOUND_MAX: i64 = 5;

/// Whether the `number`-th attempt, which failed with this code, was the last.
pub fn last_try(number: i64, why: &str) -> bool {
    let unsound = why == Refused::NotVerified.code();
    number >= if unsound { UNSOUND_MAX } else { TRIES_MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_end_sooner_where_time_mends_nothing() {
        for (number, why, last) in [
            (4, "signature_not_verified", false),
            (5, "signature_not_verified", true),
            (59, "signing_service_down", false),
            (60, "signing_service_down", true),
            (60, "internal", true),
        ] {
            assert_eq!(last_try(number, why), last, "{number} {why}");
        }
    }

    #[test]
    fn pauses_grow_to_half_an_hour() {
        let pauses: Vec<i64> = [1, 2, 3, 7, 9, 10, 90].map(pause_ms).to_vec();
        assert_eq!(
            pauses,
            [
                5_000, 10_000, 20_000, 320_000, 1_280_000, 1_800_000, 1_800_000
            ]
        );
    }
}
