//! What members of staff do with their own account: password and sessions.

use super::sign_in::{clear_attempts, count_attempt};
use crate::access::facts::{PasswordChanged, SessionsEnded};
use crate::access::model::{SessionId, StaffId, check_password};
use crate::access::refusal::Refusal;
use crate::access::store::sessions::{Shown, Which};
use crate::access::store::{self, sessions};
use crate::access::{Staff, password, token};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Tx};
use crate::vault::Private;

/// Changes one's own password; one's other sessions end.
pub async fn change_password(
    ctx: &Ctx,
    staff: &Staff,
    current: &Private<String>,
    new: &Private<String>,
) -> Result<()> {
    if let Some(fault) = check_password(&staff.account, new) {
        return Err(Error::Invalid(vec![fault]));
    }
    let counted = token::factor_attempts_digest(&staff.id);
    count_attempt(ctx, &counted).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let row = store::staff::by_id(&view, &staff.id).await?;
    drop(view);
    let stored = row.and_then(|row| row.password_hash());
    if !password::verify(stored, current).await? {
        return Err(Refusal::SecondFactorWrong.into());
    }
    clear_attempts(ctx, &counted).await?;
    let hash = password::hash(new, ctx.random.bytes()).await?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        store::staff::lock(&tx, &staff.id)
            .await?
            .ok_or_else(Error::not_found)?;
        store::staff::set_password(&mut tx, &staff.id, &hash).await?;
        end_in(&mut tx, &staff.id, Which::AllBut(&staff.session)).await?;
        let fact = PasswordChanged {
            staff: staff.id.as_str(),
        };
        ledger::commit(tx, Fact::of(&staff.id, &fact)?).await
    })
    .await
}

/// Live sessions of a member of staff of the reader's institution, newest first.
pub async fn sessions_of(ctx: &Ctx, reader: &Staff, whose: &StaffId) -> Result<Vec<Shown>> {
    let view = ctx.db.read(&reader.institution).await?;
    let idle_ms = ctx.config.access.staff_idle_minutes * 60_000;
    let now_ms = ctx.clock.now_ms();
    sessions::live_of_staff(&view, &reader.institution, whose, now_ms, idle_ms).await
}

/// Ends one's own session, wherever it is.
pub async fn end_own(ctx: &Ctx, staff: &Staff, session: &SessionId) -> Result<()> {
    end(ctx, staff, &staff.id, Which::One(session)).await
}

/// Ends all one's sessions but this one.
pub async fn end_others(ctx: &Ctx, staff: &Staff) -> Result<()> {
    end(ctx, staff, &staff.id, Which::AllBut(&staff.session)).await
}

/// Ends sessions and swears to it; one that isn't there is not found.
pub async fn end(ctx: &Ctx, actor: &Staff, whose: &StaffId, which: Which<'_>) -> Result<()> {
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let ended = end_in(&mut tx, whose, which).await?;
        match (ended, which) {
            (0, Which::One(_)) => Err(Error::not_found()),
            // Nothing happened, so nothing is sworn to.
            (0, _) => Ok(()),
            _ => ledger::commit_recorded(tx).await,
        }
    })
    .await
}

/// Ends sessions in the caller's transaction; answers how many.
pub async fn end_in(tx: &mut Tx, whose: &StaffId, which: Which<'_>) -> Result<usize> {
    let (institution, now_ms) = (tx.seat().institution.clone(), tx.now_ms());
    let ended = sessions::end_of_staff(tx, &institution, whose, which, now_ms).await?;
    if !ended.is_empty() {
        let fact = SessionsEnded {
            staff: whose.as_str(),
            sessions: ended.iter().map(String::as_str).collect(),
        };
        tx.record(Fact::of(whose, &fact)?);
    }
    Ok(ended.len())
}
