//! Third persons: each under a key of their own, kept for the person who named them, gone at once when asked.

use super::enrol::begin_subject;
use super::items::{Outside, put};
use zeroize::Zeroizing;

use crate::clock::{self, DAY_MS};
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, SeatKind, Tx};
use crate::vault::facts::{Enrolled, ItemClass, ThirdRemoved};
use crate::vault::item::{Class, ItemKind};
use crate::vault::jobs::{ForgetThird, RememberDestroyed};
use crate::vault::keyring;
use crate::vault::model::{EndReason, Purpose, Refusal, Subject, SubjectId};
use crate::vault::private::Private;
use crate::vault::read::Masked;
use crate::vault::store::{self, destructions, openings, thirds};
use crate::vault::third::{Removal, ThirdPerson};

/// Days in which openings of one third person's data are counted.
const REACH_DAYS: i64 = 30;
/// By then the facts about a removed third person have their places in the log.
const FORGET_AFTER_MS: i64 = 60_000;
/// Grants of a third person at the most: for telling, for reaching, and what replaced them.
const GRANTS_MAX: i64 = 100;

/// Keeps a third person for the subject who named them, and for one purpose; goes with that subject's relation.
///
/// The same person named twice is kept twice: what one borrower says of somebody is no concern of another.
pub async fn enrol_third(
    tx: &mut Tx,
    of: &SubjectId,
    third: &ThirdPerson,
    kept_for: Purpose,
) -> Result<Subject> {
    let faults = third.check();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let (id, key) = begin_subject(tx).await?;
    thirds::keep_for(tx, &id, of).await?;
    let blind_key = keyring::blind_key(tx.ctx())?;
    let institution = tx.institution()?.as_str().to_owned();
    let mut items = Vec::new();
    for (kind, value) in third.items() {
        let plain = value.expose();
        let blind = keyring::blind_index(&blind_key, &institution, kind.as_str(), plain);
        let outside = Outside {
            blind: Some(blind),
            mask: Some(kind.mask(plain)),
            kept_for: kept_for.as_str(),
            ..Outside::of(kind, 1)
        };
        put(tx, &key, &id, outside, plain).await?;
        items.push(ItemClass {
            item: kind.as_str(),
            class: kind.class().as_str(),
            version: 1,
        });
    }
    let masked = Masked::of_third_person(third);
    let plain = Zeroizing::new(serde_json::to_string(&masked)?);
    let outside = Outside {
        item: Masked::ITEM,
        class: Class::C1,
        ..Outside::of(ItemKind::RelativeName, 1)
    };
    put(tx, &key, &id, outside, &plain).await?;
    let subject = id.as_str();
    tx.record(Fact::of(&id, &Enrolled { subject, items })?.about(&id));
    Ok(masked.subject(id))
}

/// What is equal for equal phones of third persons of one institution, and meaningless without the key.
pub fn third_phone_index(tx: &Tx, phone: &Private<String>) -> Result<Vec<u8>> {
    let kind = ItemKind::RelativePhone;
    let key = keyring::blind_key(tx.ctx())?;
    let institution = tx.institution()?.as_str();
    let normal = kind.normal(phone.expose());
    Ok(keyring::blind_index(
        &key,
        institution,
        kind.as_str(),
        &normal,
    ))
}

/// Ends every grant of a third person and destroys their key and items at once, unless a legal hold stands: then the
/// data goes when the last hold is lifted. Who is gone already stays gone.
pub async fn remove_third(tx: &mut Tx, id: &SubjectId) -> Result<Removal> {
    if store::lock_subject(tx, id).await?.is_none() {
        return Ok(Removal::Gone);
    }
    if !thirds::is_third(tx, id).await? {
        return Err(Error::internal("only a third person is removed"));
    }
    let held = !destructions::holds(tx, id).await?.is_empty();
    let mut grants = store::grants(tx, id, GRANTS_MAX).await?;
    grants.retain(|grant| grant.ended_at_ms.is_none());
    grants.dedup_by(|one, other| one.id == other.id);
    for grant in grants {
        super::end_grant(tx, &grant.grant(), EndReason::Objected).await?;
    }
    if held {
        let today = clock::start_of(clock::civil_date(tx.now_ms()));
        destructions::set_relation_end(tx, id, Some(today)).await?;
        return Ok(Removal::Held);
    }
    let items = i64::try_from(destructions::wipe(tx, id).await?)?;
    let subject = id.as_str();
    // About nobody: it must outlive the third person.
    tx.record(Fact::of(id, &ThirdRemoved { subject, items })?);
    tx.enqueue(&RememberDestroyed {
        subject: id.to_string(),
    })
    .await?;
    let forget = ForgetThird {
        subject: id.to_string(),
    };
    let at_ms = tx.now_ms() + FORGET_AFTER_MS;
    tx.enqueue_at(&forget, at_ms).await?;
    Ok(Removal::Gone)
}

/// Removes a third person whose removal waited for a hold; anybody else stays.
pub(super) async fn finish_removal(tx: &mut Tx, id: &SubjectId) -> Result<()> {
    let relation = destructions::relation(tx, id).await?;
    let ended = relation.is_some_and(|row| row.relation_ended_at_ms.is_some());
    if ended && thirds::is_third(tx, id).await? {
        remove_third(tx, id).await?;
    }
    Ok(())
}

/// Removes every third person whom a subject named.
pub(super) async fn remove_thirds_of(tx: &mut Tx, of: &SubjectId) -> Result<()> {
    for id in thirds::kept_for(tx, of).await? {
        remove_third(tx, &id).await?;
    }
    Ok(())
}

/// How often staff may open a third person's data still, within thirty days up to an instant (UTC ms).
pub async fn openings_left(
    view: &impl crate::db::Read,
    id: &SubjectId,
    most: i64,
    now_ms: i64,
) -> Result<i64> {
    let since_ms = now_ms - REACH_DAYS * DAY_MS;
    let staff = SeatKind::Staff.as_str();
    let opened = openings::of_subject_since(view, id, staff, since_ms).await?;
    Ok((most - opened).max(0))
}

/// A third person's data is opened to tell them, and by staff only to reach the borrower, and seldom.
pub(super) async fn may_reach(tx: &Tx, id: &SubjectId, purpose: Purpose) -> Result<()> {
    let of_house = matches!(purpose, Purpose::TellContact | Purpose::InformRelative);
    match (purpose, tx.seat().kind) {
        (Purpose::ReachBorrower, SeatKind::Staff) => {
            let most = tx.ctx().config.contacts.openings_per_month_max;
            if openings_left(tx, id, most, tx.now_ms()).await? == 0 {
                return Err(Refusal::ReachedTooOften.into());
            }
            Ok(())
        }
        (Purpose::ReachBorrower, _) => Ok(()),
        (_, SeatKind::System) if of_house => Ok(()),
        _ => Err(Refusal::OnlyToReach.into()),
    }
}

/// Forgets the facts about a third person who was removed.
pub async fn forget_third(tx: &mut Tx, id: &SubjectId) -> Result<usize> {
    ledger::forget(tx, id).await
}
