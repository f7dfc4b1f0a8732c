//! 征信查询授权: may the bureau be asked, now and for this; pure.

use serde::Serialize;

use super::model::{Consent, State};
use super::notice::BureauPurpose;
use crate::error::Text;
use crate::vault::SubjectId;

crate::id!(
    /// One ask whether the bureau may be queried; an allowed one is what the query refers to.
    QueryId,
    "cqy"
);

/// Why the bureau may not be asked. Stable: sworn to and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The journey is over without a loan, or a step of it was refused.
    JourneyOver,
    AuthorityMissing,
    AuthorityWithdrawn,
    AuthorityExpired,
    AuthorityWrongPurpose,
}

impl Denial {
    const ALL: [Self; 5] = [
        Self::JourneyOver,
        Self::AuthorityMissing,
        Self::AuthorityWithdrawn,
        Self::AuthorityExpired,
        Self::AuthorityWrongPurpose,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::JourneyOver => "journey_over",
            Self::AuthorityMissing => "authority_missing",
            Self::AuthorityWithdrawn => "authority_withdrawn",
            Self::AuthorityExpired => "authority_expired",
            Self::AuthorityWrongPurpose => "authority_wrong_purpose",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|denial| denial.as_str() == text)
    }

    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::JourneyOver => (
                "这笔业务已结束或未获通过，不得查询。",
                "The journey is over or was refused; the bureau must not be asked.",
            ),
            Self::AuthorityMissing => (
                "没有借款人的征信查询授权，不得查询。",
                "The borrower gave no authority; the bureau must not be asked.",
            ),
            Self::AuthorityWithdrawn => (
                "借款人已撤回征信查询授权，不得查询。",
                "The borrower withdrew the authority; the bureau must not be asked.",
            ),
            Self::AuthorityExpired => (
                "征信查询授权已过有效期，不得查询。",
                "The authority has expired; the bureau must not be asked.",
            ),
            Self::AuthorityWrongPurpose => (
                "授权书不包含这个查询目的，不得查询。",
                "The authority does not cover this purpose; the bureau must not be asked.",
            ),
        };
        Text::new(zh, en)
    }
}

/// Whether the journey that an authority was given for is one still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on, or became a loan.
    InForce,
    /// It ended without a loan, or a step of it was refused.
    Over,
}

/// Whether a decision about an authority lets the bureau be asked for a purpose.
pub fn decide(
    standing: Standing,
    authority: Option<&Consent>,
    purposes: &[BureauPurpose],
    purpose: BureauPurpose,
    now_ms: i64,
) -> Result<(), Denial> {
    if standing == Standing::Over {
        return Err(Denial::JourneyOver);
    }
    let Some(authority) = authority else {
        return Err(Denial::AuthorityMissing);
    };
    match authority.state {
        State::Withdrawn => Err(Denial::AuthorityWithdrawn),
        State::Shown | State::Declined | State::Acknowledged => Err(Denial::AuthorityMissing),
        State::Given if authority.expired(now_ms) => Err(Denial::AuthorityExpired),
        State::Given if !purposes.contains(&purpose) => Err(Denial::AuthorityWrongPurpose),
        State::Given => Ok(()),
    }
}

/// One ask and its answer.
#[derive(Clone, Debug)]
pub struct Query {
    pub id: QueryId,
    pub subject: SubjectId,
    pub case: String,
    pub purpose: BureauPurpose,
    /// `None` means allowed.
    pub denial: Option<Denial>,
    /// The consent that was looked at.
    pub authority: Option<String>,
    pub valid_until_ms: Option<i64>,
    pub asked_at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::model::tests::shown;
    use crate::consent::model::{Consent, ConsentKind};

    #[test]
    fn only_a_live_authority_for_exactly_this_purpose_lets_the_bureau_be_asked() {
        use BureauPurpose::{LoanReview, PostLoan};
        let at = |state| Consent {
            state,
            valid_until_ms: Some(1_000),
            ..shown(ConsentKind::CreditBureau)
        };
        let cases = [
            (None, LoanReview, 5, Err(Denial::AuthorityMissing)),
            (
                Some(State::Shown),
                LoanReview,
                5,
                Err(Denial::AuthorityMissing),
            ),
            (
                Some(State::Declined),
                LoanReview,
                5,
                Err(Denial::AuthorityMissing),
            ),
            (Some(State::Given), LoanReview, 999, Ok(())),
            (
                Some(State::Given),
                LoanReview,
                1_000,
                Err(Denial::AuthorityExpired),
            ),
            (
                Some(State::Given),
                PostLoan,
                5,
                Err(Denial::AuthorityWrongPurpose),
            ),
            (
                Some(State::Given),
                PostLoan,
                1_000,
                Err(Denial::AuthorityExpired),
            ),
            (
                Some(State::Withdrawn),
                LoanReview,
                5,
                Err(Denial::AuthorityWithdrawn),
            ),
        ];
        for (state, purpose, now_ms, expected) in cases {
            let authority = state.map(at);
            let decided =
                |standing| decide(standing, authority.as_ref(), &[LoanReview], purpose, now_ms);
            assert_eq!(decided(Standing::Over), Err(Denial::JourneyOver));
            let outcome = decided(Standing::InForce);
            assert_eq!(outcome, expected, "{state:?} {purpose:?} {now_ms}");
        }
    }
}
