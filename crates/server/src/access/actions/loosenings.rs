//! What loosens who gets in or where the pages stand: one person with the right over settings proposes, another agrees.

use super::changes::proposer_must_stand;
use super::{oidc, settings};
use crate::access::Staff;
use crate::access::facts::{LooseningApproved, LooseningProposed, LooseningRefused};
use crate::access::model::{
    CHANGE_MS, ChangeState, Loosening, LooseningId, Right, Waiting, loosened,
};
use crate::access::store::loosenings;
use crate::ctx::Ctx;
use crate::db::{Read, Tally};
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Tx};

/// Proposes in the caller's transaction; an older open proposal of the kind ends.
pub async fn propose(
    tx: &mut Tx,
    actor: &Staff,
    loosening: Loosening,
    secret_sealed: Option<Vec<u8>>,
) -> Result<LooseningId> {
    let now_ms = tx.now_ms();
    let one = Waiting {
        id: LooseningId::fresh(now_ms, &tx.ctx().random),
        loosening,
        proposed_by: actor.id.clone(),
        proposed_at_ms: now_ms,
        state: ChangeState::Open,
    };
    let kind = one.loosening.kind();
    loosenings::close_open(tx, kind, now_ms).await?;
    loosenings::insert(tx, &one, secret_sealed).await?;
    let digest = proof::digest::sha256(&proof::canonical::to_vec(&one.loosening)?);
    let fact = LooseningProposed {
        loosening: one.id.as_str(),
        kind: kind.as_str(),
        digest: &proof::hex::encode(&digest),
    };
    tx.record(Fact::of(&actor.institution, &fact)?);
    Ok(one.id)
}

/// What waits for a second person.
pub async fn open(ctx: &Ctx, view: &impl Read) -> Result<Vec<Waiting>> {
    loosenings::open(view, ctx.clock.now_ms() - CHANGE_MS).await
}

/// Agrees to a colleague's proposal, which puts it in force.
pub async fn approve(ctx: &Ctx, actor: &Staff, id: &LooseningId) -> Result<()> {
    actor.must_now(Right::ManageSettings, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        let stored = loosenings::lock(&tx, id)
            .await?
            .ok_or_else(Error::not_found)?;
        let one = stored.waiting;
        one.may_approve(&actor.id, now_ms)?;
        proposer_must_stand(&tx, &one.proposed_by, Right::ManageSettings).await?;
        loosenings::decide(&mut tx, id, ChangeState::Approved, &actor.id, now_ms).await?;
        let fact = LooseningApproved {
            loosening: id.as_str(),
            kind: one.loosening.kind().as_str(),
            proposed_by: one.proposed_by.as_str(),
        };
        tx.record(Fact::of(&actor.institution, &fact)?);
        if let Loosening::SignInProvider(provider) = &one.loosening {
            oidc::put(&mut tx, provider, stored.secret_sealed).await?;
        }
        let known = settings::settings(&tx).await?;
        if let Some(wanted) = loosened(&known.settings, &one.loosening) {
            // Much may have changed since it was proposed.
            settings::must_hold(ctx, &wanted)?;
            settings::put(&mut tx, known, wanted).await?;
        }
        ledger::commit_recorded(tx).await
    })
    .await
}

/// Refuses a proposal, or takes one's own back.
pub async fn refuse(ctx: &Ctx, actor: &Staff, id: &LooseningId) -> Result<()> {
    actor.must(Right::ManageSettings)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        let one = loosenings::lock(&tx, id)
            .await?
            .ok_or_else(Error::not_found)?
            .waiting;
        one.must_be_open(now_ms)?;
        loosenings::decide(&mut tx, id, ChangeState::Refused, &actor.id, now_ms).await?;
        let fact = LooseningRefused {
            loosening: id.as_str(),
            kind: one.loosening.kind().as_str(),
        };
        ledger::commit(tx, Fact::of(&actor.institution, &fact)?).await
    })
    .await
}

/// Loosenings of the institution's settings that wait for a second person.
pub async fn loosenings_waiting(view: &impl Read, now_ms: i64) -> Result<Tally> {
    let waiting = loosenings::open(view, now_ms - CHANGE_MS).await?;
    Ok(Tally {
        count: i64::try_from(waiting.len())?,
        oldest_ms: waiting.iter().map(|one| one.proposed_at_ms).min(),
    })
}
