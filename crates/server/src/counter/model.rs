//! Nouns of the counter and their decisions; pure.

use super::refusal::Refusal;

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
