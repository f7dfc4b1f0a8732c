//! The end of a subject's data: two people, after every rule that keeps it, and for good.

use super::third::{finish_removal, remove_thirds_of};
use crate::clock::{self, DAY_MS};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Tx};
use crate::vault::facts::{Destroyed, DestructionProposed, HoldLifted, HoldPlaced, RelationEnded};
use crate::vault::item::ItemKind;
use crate::vault::jobs::RememberDestroyed;
use crate::vault::model::{DestroyReason, DestructionId, HoldId, HoldReason, Refusal, SubjectId};
use crate::vault::retention::Rule;
use crate::vault::store::{self, destructions as rows};

/// Notes on which day the relation with a subject ended; from then on the retention rules run out. Third persons whom
/// the subject named go at once: they were kept for nothing but this relation.
pub async fn end_relation(tx: &mut Tx, subject: &SubjectId, on: jiff::civil::Date) -> Result<()> {
    store::lock_subject(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    if on > clock::civil_date(tx.now_ms()) {
        return Err(Error::field(
            "on",
            "date_in_future",
            "结束日期不能在未来。",
            "The relation can't have ended in the future.",
        ));
    }
    rows::set_relation_end(tx, subject, Some(clock::start_of(on))).await?;
    remove_thirds_of(tx, subject).await?;
    let fact = RelationEnded {
        subject: subject.as_str(),
        on: on.to_string(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(())
}

/// Somebody who came back has a relation again. A mere application renews none: its person may be somebody else.
pub async fn renew_relation(tx: &mut Tx, subject: &SubjectId) -> Result<()> {
    rows::set_relation_end(tx, subject, None).await
}

/// Keeps a subject's data whatever the rules say, until the hold is lifted.
pub async fn hold(tx: &mut Tx, subject: &SubjectId, why: HoldReason) -> Result<HoldId> {
    store::lock_subject(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let id = HoldId::fresh(tx.now_ms(), &tx.ctx().random);
    let (by, now_ms) = (tx.seat().id.clone(), tx.now_ms());
    rows::insert_hold(tx, &id, subject, why.as_str(), &by, now_ms).await?;
    let fact = HoldPlaced {
        subject: subject.as_str(),
        hold: id.as_str(),
        why: why.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(id)
}

/// Lifts a hold; a third person whose removal waited for it goes.
pub async fn lift_hold(tx: &mut Tx, subject: &SubjectId, hold: &HoldId) -> Result<()> {
    let (by, now_ms) = (tx.seat().id.clone(), tx.now_ms());
    if !rows::lift_hold(tx, hold, subject, &by, now_ms).await? {
        return Err(Error::not_found());
    }
    let fact = HoldLifted {
        subject: subject.as_str(),
        hold: hold.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    finish_removal(tx, subject).await
}

/// Refuses while a hold stands or a retention rule of any kept item still asks.
async fn must_be_free(tx: &Tx, subject: &SubjectId) -> Result<()> {
    let relation = rows::relation(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    if !rows::holds(tx, subject).await?.is_empty() {
        return Err(Refusal::Held.into());
    }
    let ended_at_ms = relation
        .relation_ended_at_ms
        .ok_or(Refusal::RelationLasts)?;
    for code in store::retentions(tx, subject).await? {
        let rule =
            Rule::by_code(&code).ok_or_else(|| Error::internal("an unknown retention rule"))?;
        if rule.lapses_at_ms(ended_at_ms) > tx.now_ms() {
            return Err(Refusal::MustBeKept.into());
        }
    }
    Ok(())
}

/// Proposes to destroy a subject's data. A second person carries it out: [`destroy`].
pub async fn propose_destruction(
    tx: &mut Tx,
    subject: &SubjectId,
    why: DestroyReason,
) -> Result<DestructionId> {
    store::lock_subject(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    must_be_free(tx, subject).await?;
    if rows::proposed(tx, subject).await?.is_some() {
        return Err(Refusal::AlreadyProposed.into());
    }
    let id = DestructionId::fresh(tx.now_ms(), &tx.ctx().random);
    let (by, now_ms) = (tx.seat().id.clone(), tx.now_ms());
    rows::insert_destruction(tx, &id, subject, why.as_str(), &by, now_ms).await?;
    let fact = DestructionProposed {
        subject: subject.as_str(),
        destruction: id.as_str(),
        why: why.as_str(),
    };
    // About nobody: it must outlive the subject.
    tx.record(Fact::of(subject, &fact)?);
    Ok(id)
}

/// Carries out what somebody else proposed: key, items, indexes, grants and openings go at once, and the ledger forgets
/// the facts about the subject. Final when the next epoch's rotation is over. Says whose data that was.
pub async fn destroy(tx: &mut Tx, id: &DestructionId) -> Result<SubjectId> {
    let mut row = rows::lock_destruction(tx, id)
        .await?
        .ok_or_else(Error::not_found)?;
    if row.state != "proposed" {
        return Err(Refusal::AlreadyDestroyed.into());
    }
    if row.proposed_by == tx.seat().id {
        return Err(Refusal::SamePerson.into());
    }
    let subject = SubjectId::stored(row.subject_id.clone());
    let wrapped = store::lock_subject(tx, &subject)
        .await?
        .ok_or_else(Error::not_found)?;
    must_be_free(tx, &subject).await?;
    let kept = store::kept(tx, &subject).await?;
    let mut kinds: Vec<ItemKind> = kept
        .iter()
        .filter_map(|row| ItemKind::parse(&row.item))
        .collect();
    kinds.dedup();
    row.carried_out(&kinds, wrapped.epoch);
    let facts = ledger::forget(tx, &subject).await?;
    let items = rows::wipe(tx, &subject).await?;
    row.approved_by = Some(tx.seat().id.clone());
    row.approved_at_ms = Some(tx.now_ms());
    row.items = i64::try_from(items)?;
    row.facts = i64::try_from(facts)?;
    rows::save_done(tx, &row).await?;
    let fact = Destroyed {
        subject: subject.as_str(),
        destruction: id.as_str(),
        why: &row.why,
        proposer: &row.proposed_by,
        approver: &tx.seat().id,
        items: row.items,
        facts: row.facts,
    };
    let fact = Fact::of(&subject, &fact)?;
    tx.record(fact);
    tx.enqueue(&RememberDestroyed {
        subject: row.subject_id,
    })
    .await?;
    Ok(subject)
}

/// Subjects that an older copy of the database brought back although they were destroyed; asked at start.
pub async fn brought_back(ctx: &Ctx) -> Result<Vec<(InstitutionId, SubjectId)>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let institutions = ledger::institutions(&view).await?;
    drop(view);
    let mut back = Vec::new();
    for institution in institutions {
        let names = ctx
            .blobs
            .names(&format!("vault/destroyed/{institution}"))
            .await?;
        let view = ctx.db.read(&institution).await?;
        for name in names {
            let Ok(subject) = SubjectId::parse(&name) else {
                continue;
            };
            if rows::relation(&view, &subject).await?.is_some() {
                back.push((institution.clone(), subject));
            }
        }
    }
    Ok(back)
}

/// Wipes again what an older copy brought back.
///
/// Without facts: the log of such a copy is older than its published checkpoint, so writing is sealed.
pub async fn wipe_again(ctx: &Ctx, institution: &InstitutionId, subject: &SubjectId) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "its destruction is a fact already")
        .await?;
    rows::wipe(&mut tx, subject).await?;
    tx.commit().await?;
    tracing::warn!(
        subject = subject.as_str(),
        "destroyed again after a restore"
    );
    Ok(())
}

/// Days until the rules let a subject go, or none while the relation lasts; zero when they do.
pub(in crate::vault) fn days_left(
    codes: &[String],
    ended_at_ms: Option<i64>,
    now_ms: i64,
) -> Option<i64> {
    let ended_at_ms = ended_at_ms?;
    let lapses = codes
        .iter()
        .filter_map(|code| Rule::by_code(code))
        .map(|rule| rule.lapses_at_ms(ended_at_ms))
        .max()?;
    Some(((lapses - now_ms).max(0) + DAY_MS - 1) / DAY_MS)
}
