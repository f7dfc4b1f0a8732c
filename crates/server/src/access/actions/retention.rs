//! What is no evidence is kept as long as the institution says, and no longer.

use crate::access::store::{codes, sessions, tickets};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::{Scope, Statement, Write as _};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::{jobs, ledger, notify};

/// Deletes what an institution no longer keeps, and comes back tomorrow. Safe to run twice: of two runs on one day only
/// the first goes on.
pub async fn sweep(ctx: &Ctx, institution: &InstitutionId) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    let view = ctx.db.read(institution).await?;
    let known = super::settings::settings(&view).await?.settings;
    drop(view);
    let before_ms = now_ms - known.retention_days(&ctx.config) * DAY_MS;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "what is swept is no evidence")
        .await?;
    sessions::sweep(&mut tx, before_ms).await?;
    codes::sweep(&mut tx, before_ms).await?;
    tickets::sweep(&mut tx, before_ms).await?;
    notify::sweep(&mut tx, before_ms).await?;
    if crate::access::store::institutions::swept(&mut tx, now_ms / DAY_MS).await? {
        let again = tomorrow(institution, now_ms)?;
        tx.exec_together(vec![again]).await?;
    }
    tx.commit().await
}

/// One sweep a day and institution, whoever asks for it.
fn tomorrow(institution: &InstitutionId, now_ms: i64) -> Result<Statement> {
    let at_ms = now_ms + DAY_MS;
    let name = format!("access-sweep-{institution}-{}", at_ms / DAY_MS);
    let job = crate::access::jobs::Sweep {};
    jobs::enqueue_named(institution, &name, &job, at_ms)
}

/// Sees to it that every institution is swept, also one that was founded before there was sweeping. Asking twice changes
/// nothing.
pub async fn schedule(ctx: &Ctx) -> Result<()> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let institutions = ledger::institutions(&view).await?;
    drop(view);
    let now_ms = ctx.clock.now_ms();
    let rows: Result<Vec<Statement>> = institutions
        .iter()
        .map(|institution| tomorrow(institution, now_ms))
        .collect();
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "when to sweep is no evidence")
        .await?;
    tx.exec_together(rows?).await?;
    tx.commit().await
}
