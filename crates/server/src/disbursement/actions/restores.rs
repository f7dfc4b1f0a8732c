//! After a restore nobody here knows what was paid since the backup: no token is issued until somebody looked.

use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disbursement::facts::{RestoreReconciled, Restored};
use crate::disbursement::restore::{Restore, RestoreId};
use crate::disbursement::store;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat};

/// Notes once that an institution's house came back from a backup.
pub async fn restored(
    ctx: &Ctx,
    institution: &InstitutionId,
    backup: &str,
    taken_at_ms: i64,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "restore")).await?;
    if store::is_restored(&tx, backup).await? {
        return Ok(());
    }
    let restore = Restore {
        id: RestoreId::fresh(tx.now_ms(), &ctx.random),
        backup: backup.to_owned(),
        taken_at_ms,
        restored_at_ms: tx.now_ms(),
        reconciled_by: None,
        reconciled_at_ms: None,
    };
    store::insert_restore(&mut tx, &restore).await?;
    let fact = Restored {
        backup,
        taken_at_ms,
    };
    ledger::commit(tx, Fact::of(&restore.id, &fact)?).await
}

/// A member of staff says that the payments since the backup were reported again, when no token from before lives any more.
pub async fn reconcile_restore(ctx: &Ctx, staff: &Staff, id: &RestoreId) -> Result<Restore> {
    staff.must_now(Right::CloseIncidents, ctx.clock.now_ms())?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let restore = store::lock_restore(&tx, id).await?;
    let done = restore.reconcile(staff.id.as_str(), tx.now_ms())?;
    store::save_restore(&mut tx, &done).await?;
    let fact = RestoreReconciled {
        backup: &done.backup,
    };
    ledger::commit(tx, Fact::of(&done.id, &fact)?).await?;
    Ok(done)
}

/// Whether payments since a backup still wait to be looked at.
pub async fn is_unreconciled(view: &impl Read) -> Result<bool> {
    let open = store::restores(view, store::Only::Open, "", 1).await?;
    Ok(!open.is_empty())
}
