//! The worker: claims due jobs, runs them, retries with growing pauses, gives up into the dead letters.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;

use super::{Handler, store};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::InstitutionId;

const BATCH: i64 = 16;
const CONCURRENT: usize = 4;
const LEASE_MS: i64 = 60_000;
const ATTEMPTS_MAX: i64 = 8;
const POLL: Duration = Duration::from_millis(500);

/// Runs due jobs until `stop` resolves; the batch in hand is finished first.
pub async fn run(ctx: Ctx, handlers: Vec<Handler>, stop: impl Future<Output = ()>) {
    let handlers = Arc::new(handlers);
    tokio::pin!(stop);
    loop {
        match run_due(&ctx, &handlers).await {
            Ok(0) => {
                tokio::select! {
                    () = &mut stop => return,
                    () = ctx.jobs_enqueued.notified() => {}
                    () = clock::pause(POLL) => {}
                }
            }
            Ok(_) => {}
            Err(cause) => {
                tracing::error!(%cause, "job poller");
                tokio::select! {
                    () = &mut stop => return,
                    () = clock::pause(POLL) => {}
                }
            }
        }
    }
}

/// Runs everything that is due now, including what those jobs enqueue; for tests and for orderly shutdown.
pub async fn drain(ctx: &Ctx, handlers: &[Handler]) -> Result<usize> {
    let handlers = Arc::new(handlers.to_vec());
    let mut total = 0;
    loop {
        let ran = run_due(ctx, &handlers).await?;
        if ran == 0 {
            return Ok(total);
        }
        total += ran;
    }
}

async fn run_due(ctx: &Ctx, handlers: &Arc<Vec<Handler>>) -> Result<usize> {
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "job rows are bookkeeping")
        .await?;
    let due = store::claim(&mut tx, now_ms, now_ms + LEASE_MS, BATCH).await?;
    tx.commit().await?;
    let count = due.len();
    futures::stream::iter(due)
        .for_each_concurrent(CONCURRENT, |row| async move {
            if let Err(cause) = run_one(ctx, handlers, row).await {
                tracing::error!(%cause, "job bookkeeping");
            }
        })
        .await;
    Ok(count)
}

async fn run_one(ctx: &Ctx, handlers: &[Handler], row: store::Row) -> Result<()> {
    let outcome = match handlers.iter().find(|h| h.kind == row.kind) {
        Some(handler) => {
            let institution = InstitutionId::stored(row.institution_id.clone());
            (handler.runner)(ctx.clone(), institution, row.payload.clone()).await
        }
        None => Err(Error::internal(format!(
            "no handler for job kind {}",
            row.kind
        ))),
    };
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "job rows are bookkeeping")
        .await?;
    match outcome {
        Ok(()) => store::done(&mut tx, &row.id).await?,
        Err(cause) => {
            let dead = row.attempts >= ATTEMPTS_MAX;
            tracing::warn!(job = row.id, kind = row.kind, attempts = row.attempts, dead, %cause, "job failed");
            let pause_ms = 1_000_i64 << row.attempts.min(10);
            let state = if dead { "dead" } else { "waiting" };
            store::failed(
                &mut tx,
                &row.id,
                &cause.to_string(),
                state,
                ctx.clock.now_ms() + pause_ms,
            )
            .await?;
        }
    }
    tx.commit().await
}
