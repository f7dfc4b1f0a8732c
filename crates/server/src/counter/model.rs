//! Nouns of the counter and their decisions; pure.

use crate::error::{Kind, Refuse, Text};

crate::id!(
    /// One time a member of staff helps one borrower.
    AssistanceId,
    "ast"
);

/// A tablet that was handed out and not opened by then is a tablet left lying about.
pub const VALID_MS: i64 = 30 * 60_000;

/// A member of staff helps with one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assistance {
    pub id: AssistanceId,
    pub case: String,
    /// The helper's id.
    pub staff: String,
    pub started_at_ms: i64,
    pub expires_at_ms: i64,
    pub entered_at_ms: Option<i64>,
    /// The session the borrower opened with it.
    pub session: Option<String>,
}

impl Assistance {
    /// Still waits for the borrower's code.
    pub fn must_wait(&self, now_ms: i64) -> Result<(), Refusal> {
        if self.entered_at_ms.is_some() || now_ms >= self.expires_at_ms {
            return Err(Refusal::AssistanceOver);
        }
        Ok(())
    }
}

/// Why the counter says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    AssistanceUnknown,
    AssistanceOver,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::AssistanceUnknown => "assistance_unknown",
            Self::AssistanceOver => "assistance_over",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::AssistanceUnknown => Kind::NotFound,
            Self::AssistanceOver => Kind::Conflict,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::AssistanceUnknown => Text::new(
                "没有这次协助，请工作人员重新发起。",
                "There is no such assistance; ask the member of staff to start anew.",
            ),
            Self::AssistanceOver => Text::new(
                "这次协助已用过或已超过三十分钟，请工作人员重新发起。",
                "This assistance was used or is older than thirty minutes; ask the member of staff to start anew.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assistance_opens_once_and_for_half_an_hour() {
        let random = crate::random::Random::seeded(1);
        let mut assistance = Assistance {
            id: AssistanceId::fresh(0, &random),
            case: "jny_x".to_owned(),
            staff: "stf_x".to_owned(),
            started_at_ms: 0,
            expires_at_ms: VALID_MS,
            entered_at_ms: None,
            session: None,
        };
        assert_eq!(assistance.must_wait(VALID_MS - 1), Ok(()));
        assert_eq!(assistance.must_wait(VALID_MS), Err(Refusal::AssistanceOver));
        assistance.entered_at_ms = Some(1);
        assert_eq!(assistance.must_wait(2), Err(Refusal::AssistanceOver));
    }
}
