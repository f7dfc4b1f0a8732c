//! What makes it easier to get in, and so takes two people.

use serde::{Deserialize, Serialize};

use super::{CHANGE_MS, ChangeState, LooseningId, OidcProvider, SecondFactorRule, StaffId};
use crate::access::refusal::Refusal;

/// What is to be loosened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loosening {
    /// A second factor is asked of fewer people.
    SecondFactor(SecondFactorRule),
    /// A provider says who the staff are: whoever runs it could come in as anybody.
    SignInProvider(OidcProvider),
}

/// The kinds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooseningKind {
    SecondFactor,
    SignInProvider,
}

impl LooseningKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second_factor",
            Self::SignInProvider => "sign_in_provider",
        }
    }
}

impl Loosening {
    pub fn kind(&self) -> LooseningKind {
        match self {
            Self::SecondFactor(_) => LooseningKind::SecondFactor,
            Self::SignInProvider(_) => LooseningKind::SignInProvider,
        }
    }
}

/// A proposal of one.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: LooseningId,
    pub loosening: Loosening,
    pub proposed_by: StaffId,
    pub proposed_at_ms: i64,
    pub state: ChangeState,
}

impl Waiting {
    /// The second person is not who proposed.
    pub fn may_approve(&self, approver: &StaffId, now_ms: i64) -> Result<(), Refusal> {
        self.must_be_open(now_ms)?;
        if *approver == self.proposed_by {
            return Err(Refusal::SecondPersonNeeded);
        }
        Ok(())
    }

    pub fn must_be_open(&self, now_ms: i64) -> Result<(), Refusal> {
        if self.state == ChangeState::Open && now_ms < self.proposed_at_ms + CHANGE_MS {
            Ok(())
        } else {
            Err(Refusal::ChangeClosed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn another_person_agrees_and_only_in_time() {
        let id = |seed| {
            let body = crate::id::body(1, &Random::seeded(seed));
            StaffId::stored(format!("stf_{body}"))
        };
        let waiting = |state| Waiting {
            id: LooseningId::stored("lsn_x".to_owned()),
            loosening: Loosening::SecondFactor(SecondFactorRule::Off),
            proposed_by: id(1),
            proposed_at_ms: 1_000,
            state,
        };
        let last_ms = 1_000 + CHANGE_MS - 1;
        let cases = [
            (
                ChangeState::Open,
                1,
                1_000,
                Err(Refusal::SecondPersonNeeded),
            ),
            (ChangeState::Open, 2, last_ms, Ok(())),
            (
                ChangeState::Open,
                2,
                last_ms + 1,
                Err(Refusal::ChangeClosed),
            ),
            (ChangeState::Approved, 2, 1_000, Err(Refusal::ChangeClosed)),
            (ChangeState::Refused, 2, 1_000, Err(Refusal::ChangeClosed)),
        ];
        for (state, approver, now_ms, expected) in cases {
            let found = waiting(state).may_approve(&id(approver), now_ms);
            assert_eq!(found, expected, "{state:?} {approver} {now_ms}");
        }
    }

    #[test]
    fn a_rule_that_asks_fewer_people_is_the_looser_one() {
        use SecondFactorRule::{Everyone, Off, Privileged};
        assert!(Off < Privileged && Privileged < Everyone);
    }
}
