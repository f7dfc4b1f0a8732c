//! How far a borrower's session reaches, decided here alone.
//!
//! Whoever knows an ID number may apply in its owner's name; until identity is verified, such an applicant sees their own
//! case and nothing else of that person.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Customer;
use super::actor::customer_of;
use super::jobs::{ForgetEarlierPhone, TellPhoneChange};
use super::store::verified;
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::ledger::{Changed, Tx};
use crate::vault::{self, Basis, ItemKind, Purpose, SubjectId};

/// The earlier phone is told within these days or not at all.
const TELLING_DAYS: i64 = 7;

/// What of a person's lies within a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All that the institution has of the person.
    Person(SubjectId),
    /// The session's own case.
    Case(SubjectId, String),
}

impl Reach {
    /// Whether something of a person's, from one of their cases, lies within.
    pub fn covers(&self, subject: &SubjectId, case: &str) -> bool {
        match self {
            Self::Person(own) => own == subject,
            Self::Case(own, only) => own == subject && only == case,
        }
    }

    /// What lies outside is not found.
    pub fn must_cover(&self, subject: &SubjectId, case: &str) -> Result<()> {
        if self.covers(subject, case) {
            Ok(())
        } else {
            Err(Error::not_found())
        }
    }
}

/// How far sessions of a case reach: to the whole person once the case's identity is verified, or while every application
/// came with the one phone that the institution ever had of them. Where two differ, either may be a stranger's.
pub async fn reach(view: &impl Read, subject: &SubjectId, case: &str) -> Result<Reach> {
    let one_phone = vault::has_one_phone(view, subject).await?;
    Ok(if one_phone || verified::is(view, case).await? {
        Reach::Person(subject.clone())
    } else {
        Reach::Case(subject.clone(), case.to_owned())
    })
}

/// A case's person is who they say: from now on its sessions reach all of theirs, and its name and phone are theirs; the
/// earlier phone is told. The caller's fact says why.
pub async fn verified(tx: &mut Tx, subject: &SubjectId, case: &str) -> Result<()> {
    let now_ms = tx.now_ms();
    verified::note(tx, case, now_ms).await?;
    if vault::establish(tx, subject, case).await? == Changed::No {
        return Ok(());
    }
    let (purpose, items) = (Purpose::TellChange, [ItemKind::Phone]);
    let (basis, until_ms) = (Basis::LegalDuty, now_ms + TELLING_DAYS * DAY_MS);
    vault::grant_resting_on(tx, case, subject, purpose, &items, basis, until_ms).await?;
    tx.enqueue(&TellPhoneChange {
        subject: subject.to_string(),
        case: case.to_owned(),
    })
    .await?;
    let forget = ForgetEarlierPhone {
        case: case.to_owned(),
    };
    tx.enqueue_at(&forget, until_ms).await
}

/// A borrower at what is kept of them, as far as their session reaches; also when their link leads to no step any more.
#[derive(Clone, Debug)]
pub struct RightsHolder {
    pub customer: Customer,
    pub reach: Reach,
}

impl FromRequestParts<Ctx> for RightsHolder {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let customer = customer_of(parts, ctx).await?;
        let view = ctx.db.read(&customer.institution).await?;
        let reach = reach(&view, &customer.subject, &customer.case).await?;
        Ok(Self { customer, reach })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_covers_itself_and_a_person_every_case_of_theirs() {
        let random = crate::random::Random::seeded(1);
        let [one, other] =
            [0, 1].map(|at| SubjectId::stored(format!("sub_{}", crate::id::body(at, &random))));
        let (person, case) = (
            Reach::Person(one.clone()),
            Reach::Case(one.clone(), "jny_1".to_owned()),
        );
        for (reach, subject, named, covers) in [
            (&person, &one, "jny_1", true),
            (&person, &one, "jny_2", true),
            (&person, &other, "jny_1", false),
            (&case, &one, "jny_1", true),
            (&case, &one, "jny_2", false),
            (&case, &other, "jny_1", false),
        ] {
            assert_eq!(reach.covers(subject, named), covers, "{reach:?} {named}");
            assert_eq!(reach.must_cover(subject, named).is_ok(), covers);
        }
    }
}
