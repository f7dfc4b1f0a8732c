//! What is no evidence is kept as long as the institution says, and no longer.

use crate::access::store::{codes, sessions, tickets};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::{jobs, notify};

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
        let job = crate::access::jobs::Sweep {};
        let again = jobs::enqueue(ctx, institution, &job, now_ms + DAY_MS, None)?;
        tx.exec_together(vec![again]).await?;
    }
    tx.commit().await
}
