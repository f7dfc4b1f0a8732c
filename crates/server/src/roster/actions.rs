//! Verbs: propose an entry, publish it with a second pair of eyes, take it off the list.

use super::model::{Draft, Entry, State};
use super::{EntryId, facts, store};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact};

/// Stores a draft entry.
pub async fn propose(ctx: &Ctx, staff: &Staff, draft: &Draft) -> Result<Entry> {
    staff.must(Right::ProposeRoster)?;
    let fields = draft.check();
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    let content = proof::canonical::to_vec(draft)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let entry = Entry {
        id: EntryId::fresh(ctx.clock.now_ms(), &ctx.random),
        content: draft.clone(),
        digest: proof::hex::encode(&proof::digest::sha256(&content)),
        state: State::Draft,
        proposed_by: staff.seat().id,
        approved_by: None,
        created_at_ms: tx.now_ms(),
        published_at_ms: None,
        withdrawn_at_ms: None,
    };
    store::insert(&mut tx, &entry).await?;
    let fact = facts::Proposed {
        digest: &entry.digest,
        kind: entry.content.kind.as_str(),
        credit_code: &entry.content.credit_code,
    };
    let fact = Fact::of(&entry.id, &fact)?;
    ledger::commit(tx, fact).await?;
    Ok(entry)
}

/// A second person agrees to exactly the content with this digest, which publishes it.
pub async fn approve(ctx: &Ctx, staff: &Staff, id: &EntryId, digest: &str) -> Result<Entry> {
    staff.must(Right::ApproveRoster)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let entry = store::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
    let was = entry.state;
    let entry = entry.publish(&staff.seat().id, digest, tx.now_ms())?;
    store::save(&mut tx, &entry, was).await?;
    let fact = facts::Published {
        digest: &entry.digest,
        proposer: &entry.proposed_by,
        approver: &staff.seat().id,
    };
    let fact = Fact::of(&entry.id, &fact)?;
    ledger::commit(tx, fact).await?;
    Ok(entry)
}

/// Takes an entry off the list at once.
pub async fn withdraw(ctx: &Ctx, staff: &Staff, id: &EntryId) -> Result<Entry> {
    staff.must(Right::ProposeRoster)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let entry = store::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
    let was = entry.state;
    let entry = entry.withdraw(tx.now_ms())?;
    store::save(&mut tx, &entry, was).await?;
    let fact = facts::Withdrawn {
        digest: &entry.digest,
    };
    let fact = Fact::of(&entry.id, &fact)?;
    ledger::commit(tx, fact).await?;
    Ok(entry)
}
