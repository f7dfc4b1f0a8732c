//! Following the logs: what the facts of all rooms ask of one.
//!
//! Each log is followed up to its published checkpoint, some entries a turn. A turn that breaks off is done again, so what an
//! entry asks must be safe to do twice.

use std::time::Duration;

use super::read::{Sequenced, published_sizes, sequenced};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Statement, Unrecorded, View, Write as _};
use crate::error::Result;
use crate::id::InstitutionId;

const REST: Duration = Duration::from_secs(2);

/// Entries that one turn looks at.
const ENTRIES_MAX: i64 = 500;

/// A room that follows every log, and keeps how far.
pub trait Follower {
    /// What it looks for, as trouble names it.
    const WHAT: &'static str;

    /// The first entry of the log that was not looked at yet.
    fn cursor(view: &View) -> impl Future<Output = Result<i64>> + Send;

    /// Moves the cursor on; false when somebody else did.
    fn move_on(
        tx: &mut Unrecorded,
        from: i64,
        to: i64,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Does what an entry asks; what it answers is written together with the cursor.
    fn look(
        ctx: &Ctx,
        institution: &InstitutionId,
        entry: Sequenced,
    ) -> impl Future<Output = Result<Option<Statement>>> + Send;

    /// Behind the turn of each log.
    fn behind(_ctx: &Ctx, _institution: &InstitutionId) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Follows every log until `stop` resolves.
pub async fn follow<F: Follower>(ctx: Ctx, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = clock::pause(REST) => {}
        }
        if let Err(cause) = follow_once::<F>(&ctx).await {
            tracing::error!(%cause, "following logs for {}", F::WHAT);
        }
    }
}

/// One turn over every log. One that can't be followed now, because it is sealed, holds up no other.
pub async fn follow_once<F: Follower>(ctx: &Ctx) -> Result<()> {
    for (institution, published) in published_sizes(ctx).await? {
        if let Err(cause) = to_the_end::<F>(ctx, &institution, published).await {
            tracing::error!(%institution, %cause, "following a log for {}", F::WHAT);
        }
        if let Err(cause) = F::behind(ctx, &institution).await {
            tracing::error!(%institution, %cause, "behind a log, for {}", F::WHAT);
        }
    }
    Ok(())
}

async fn to_the_end<F: Follower>(
    ctx: &Ctx,
    institution: &InstitutionId,
    published: i64,
) -> Result<()> {
    while step::<F>(ctx, institution, published).await? {}
    Ok(())
}

/// Looks at the next entries of one log; false when there are none.
async fn step<F: Follower>(ctx: &Ctx, institution: &InstitutionId, published: i64) -> Result<bool> {
    let view = ctx.db.read(institution).await?;
    let next = F::cursor(&view).await?;
    let upto = published.min(next + ENTRIES_MAX);
    if upto <= next {
        return Ok(false);
    }
    let entries = sequenced(&view, next, upto - next).await?;
    drop(view);
    let mut rows = Vec::new();
    for entry in entries {
        rows.extend(F::look(ctx, institution, entry).await?);
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far the log was read is no evidence")
        .await?;
    if F::move_on(&mut tx, next, upto).await? {
        if !rows.is_empty() {
            tx.exec_together(rows).await?;
        }
        tx.commit().await?;
    }
    Ok(true)
}
