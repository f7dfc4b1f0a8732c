//! Verbs: named, removed. Telling is a job.

use super::facts;
use super::jobs::tell_later;
use super::model::{Bar, Contact, ContactId, Relation, RemovedBy, Role};
use super::refusal::Refused;
use super::store;
use crate::clock::DAY_MS;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::ledger::{Changed, Fact, Sworn, Tx};
use crate::vault::{self, Basis, ItemKind, SubjectId, ThirdPerson};

/// Whom one borrower may name within so many days, counting those who were removed: each gets a message.
const NAMED_MAX: i64 = 6;
const NAMED_DAYS: i64 = 30;
/// Other borrowers with the same phone among their third persons: a family may be as large, an agent is larger.
const BORROWERS_MAX: i64 = 4;
/// A message that could not leave for so long will not leave any more.
pub(super) const TELL_DAYS: i64 = 7;

/// A third person about to be named.
#[derive(Debug)]
pub struct Naming<'a> {
    pub case: &'a str,
    pub borrower: &'a SubjectId,
    /// Who answers for the loan beside the borrower.
    pub parties: &'a [SubjectId],
    pub role: Role,
    pub relation: Relation,
    pub third: &'a ThirdPerson,
    /// How many of this role the case may have.
    pub most: i64,
    /// The consent it rests on and until when (UTC ms), for an informed relative.
    pub consent: Option<(&'a str, i64)>,
}

/// Names a third person and has them told; the same phone again in the same role changes nothing.
pub async fn name(tx: &mut Tx, naming: Naming<'_>) -> Result<Changed> {
    let third = naming.third;
    let faults = third.check();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    naming.role.fits(naming.relation)?;
    let phone_index = vault::third_phone_index(tx, &third.phone)?;
    let mut live = store::of_case(tx, naming.case).await?;
    live.retain(|one| one.role == naming.role && one.removed_at_ms.is_none());
    if live.iter().any(|one| one.phone_index == phone_index) {
        return Ok(Changed::No);
    }
    must_be_third(tx, &naming).await?;
    if i64::try_from(live.len())? >= naming.most {
        return Err(Refused::TooMany.into());
    }
    if store::barred(tx, &phone_index, naming.borrower).await? {
        return Err(Refused::Barred.into());
    }
    let now_ms = tx.now_ms();
    let since_ms = now_ms - NAMED_DAYS * DAY_MS;
    if store::named_since(tx, naming.borrower, since_ms).await? >= NAMED_MAX {
        return Err(Refused::TooOften.into());
    }
    if store::borrowers_with(tx, &phone_index, naming.borrower).await? >= BORROWERS_MAX {
        return Err(Refused::OfMany.into());
    }
    let kept_for = naming.role.kept_for();
    let person = vault::enrol_third(tx, naming.borrower, third, kept_for).await?;
    let contact = Contact {
        id: ContactId::fresh(now_ms, &tx.ctx().random),
        case: naming.case.to_owned(),
        borrower: naming.borrower.clone(),
        person: person.id,
        role: naming.role,
        relation: naming.relation,
        consent: naming.consent.map(|(id, _)| id.to_owned()),
        phone_index,
        named_at_ms: now_ms,
        told_at_ms: None,
        delivered: None,
        delivered_at_ms: None,
        removed_at_ms: None,
        removed_by: None,
        bar: None,
        version: 1,
    };
    // Telling somebody that their data is kept is a duty (PIPL 17); telling more rests on the borrower's consent.
    let (basis, until_ms) = match naming.consent {
        Some((_, until_ms)) => (Basis::Consent, until_ms),
        None => (Basis::LegalDuty, now_ms + TELL_DAYS * DAY_MS),
    };
    vault::grant_resting_on(
        tx,
        contact.rests_on(),
        &contact.person,
        contact.role.told_for(),
        &[ItemKind::RelativePhone],
        basis,
        until_ms,
    )
    .await?;
    store::insert(tx, &contact).await?;
    let fact = facts::Named {
        contact: contact.id.as_str(),
        person: contact.person.as_str(),
        role: contact.role,
        relation: contact.relation,
        consent: contact.consent.as_deref(),
    };
    record(tx, &contact, &fact)?;
    tell_later(tx, &contact, now_ms).await?;
    Ok(Changed::Yes)
}

/// Neither the borrower nor anybody who answers for the loan is a third person, by phone or by name.
async fn must_be_third(tx: &Tx, naming: &Naming<'_>) -> Result<()> {
    let ctx = tx.ctx();
    let third = naming.third;
    for party in std::iter::once(naming.borrower).chain(naming.parties) {
        let same = vault::has(ctx, tx, party, ItemKind::Phone, &third.phone).await?
            || vault::has(ctx, tx, party, ItemKind::Name, &third.name).await?;
        if same {
            return Err(Refused::IsParty.into());
        }
    }
    Ok(())
}

/// Removes a third person: their key, grants and message go at once. Their phone is barred as somebody wishes.
pub async fn remove(
    tx: &mut Tx,
    id: &ContactId,
    by: RemovedBy,
    bar: Option<Bar>,
) -> Result<Changed> {
    let known = store::find(tx, id, tx.for_update()).await?;
    let gone = known.removed_at_ms.is_some();
    let (removed, changed) = known.remove(by, bar, tx.now_ms());
    if changed == Changed::No {
        return Ok(changed);
    }
    store::save(tx, &removed).await?;
    if !gone {
        vault::remove_third(tx, &removed.person).await?;
        tx.cancel_resting_on(&removed.id).await?;
        let fact = facts::Removed {
            contact: removed.id.as_str(),
            by,
        };
        record(tx, &removed, &fact)?;
    }
    if let (RemovedBy::Contact, Some(bar)) = (by, bar) {
        let contact = removed.id.as_str();
        record(tx, &removed, &facts::Refused { contact, bar })?;
    }
    Ok(changed)
}

/// A consent ended: whoever was named under it goes. They may be named again under another.
pub async fn end_resting_on(tx: &mut Tx, consent: &str) -> Result<()> {
    for contact in store::resting_on(tx, consent).await? {
        remove(tx, &contact.id, RemovedBy::ConsentEnded, None).await?;
    }
    Ok(())
}

/// A case ended without a loan: nobody is to be reached any more.
pub async fn end_of_case(tx: &mut Tx, case: &str) -> Result<()> {
    for contact in store::of_case(tx, case).await? {
        remove(tx, &contact.id, RemovedBy::CaseOver, None).await?;
    }
    Ok(())
}

pub(super) fn record<S: Sworn>(tx: &mut Tx, contact: &Contact, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&contact.case, sworn)?.about(&contact.borrower));
    Ok(())
}
