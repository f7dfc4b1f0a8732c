//! Changes to a member of staff that take two people.

use serde::Serialize;

use super::{ChangeId, StaffId};
use crate::access::refusal::Refusal;
use crate::clock::DAY_MS;
use crate::error::{Error, Result};

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Roles with guarded rights are given.
    Roles,
    /// A link that sets a new password.
    Password,
    /// Every second factor is taken away, for someone who lost theirs.
    SecondFactor,
}

impl ChangeKind {
    pub const ALL: [Self; 3] = [Self::Roles, Self::Password, Self::SecondFactor];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    Open,
    Approved,
    Refused,
}

impl ChangeState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// A state this version doesn't know is no default.
    pub fn parse(text: &str) -> Result<Self> {
        [Self::Open, Self::Approved, Self::Refused]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::internal("a change of unknown state"))
    }
}

/// How long a proposed change waits for its second person.
pub const CHANGE_MS: i64 = 7 * DAY_MS;

/// A proposed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: ChangeId,
    pub kind: ChangeKind,
    pub staff: StaffId,
    /// All roles the person is to have; empty for other kinds.
    pub roles: Vec<String>,
    pub proposed_by: StaffId,
    pub proposed_at_ms: i64,
    pub state: ChangeState,
}

impl Change {
    /// The second person is neither who proposed nor whom it is about.
    pub fn may_approve(&self, approver: &StaffId, now_ms: i64) -> Result<(), Refusal> {
        self.must_be_open(now_ms)?;
        if *approver == self.proposed_by || *approver == self.staff {
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
    fn only_a_third_person_approves_and_only_in_time() {
        let id = |seed| {
            let body = crate::id::body(1, &Random::seeded(seed));
            StaffId::stored(format!("stf_{body}"))
        };
        let change = Change {
            id: ChangeId::stored("chg_x".to_owned()),
            kind: ChangeKind::Roles,
            staff: id(1),
            roles: vec!["administrator".to_owned()],
            proposed_by: id(2),
            proposed_at_ms: 1_000,
            state: ChangeState::Open,
        };
        let cases = [
            (1, 2_000, Err(Refusal::SecondPersonNeeded)),
            (2, 2_000, Err(Refusal::SecondPersonNeeded)),
            (3, 2_000, Ok(())),
            (3, 1_000 + CHANGE_MS - 1, Ok(())),
            (3, 1_000 + CHANGE_MS, Err(Refusal::ChangeClosed)),
        ];
        for (approver, now_ms, expected) in cases {
            assert_eq!(change.may_approve(&id(approver), now_ms), expected);
        }
        let closed = Change {
            state: ChangeState::Refused,
            ..change
        };
        assert_eq!(
            closed.may_approve(&id(3), 2_000),
            Err(Refusal::ChangeClosed)
        );
    }
}
