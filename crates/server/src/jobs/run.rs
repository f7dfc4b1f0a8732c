//! The worker: claims due jobs as slots free up, runs them, retries with growing pauses, gives up into the dead letters.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use tokio::task::JoinSet;

use super::model::{self, Next};
use super::store::{self, Claimed, Verdict};
use super::{Handler, Runner};
use crate::clock::{self, Stopwatch};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result, with_causes};
use crate::id::InstitutionId;
use crate::meters::Outcome;

const CONCURRENT: usize = 4;
/// A job that runs longer fails; with what is left to do behind its last attempt well within its lease, so that nobody else runs it meanwhile.
pub const RUN_MAX: Duration = Duration::from_secs(240);
const GIVEN_UP_MAX: Duration = Duration::from_secs(30);
const LEASE_MS: i64 = 300_000;
const POLL: Duration = Duration::from_millis(500);

/// Runs due jobs until `stop` resolves; those in hand are finished first.
pub async fn run(ctx: Ctx, handlers: Vec<Handler>, stop: impl Future<Output = ()>) {
    let handlers: Arc<[Handler]> = handlers.into();
    let mut running = JoinSet::new();
    tokio::pin!(stop);
    loop {
        match claim(&ctx, CONCURRENT - running.len()).await {
            Ok(due) => {
                for job in due {
                    let (ctx, handlers) = (ctx.clone(), handlers.clone());
                    running.spawn(async move { run_one(&ctx, &handlers, job).await });
                }
            }
            Err(cause) => tracing::error!(%cause, "jobs could not be claimed"),
        }
        let full = running.len() == CONCURRENT;
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = running.join_next(), if !running.is_empty() => note(ended),
            () = ctx.jobs_enqueued.notified(), if !full => {}
            () = clock::pause(POLL), if !full => {}
        }
    }
    while let Some(ended) = running.join_next().await {
        note(ended);
    }
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(cause) = ended {
        tracing::error!(%cause, "a job's task was lost; its lease brings the job back");
    }
}

/// Runs everything that is due now, including what those jobs enqueue; for tests and for orderly shutdown.
pub async fn drain(ctx: &Ctx, handlers: &[Handler]) -> Result<usize> {
    let mut total = 0;
    loop {
        let due = claim(ctx, CONCURRENT).await?;
        if due.is_empty() {
            return Ok(total);
        }
        total += due.len();
        futures::stream::iter(due)
            .for_each_concurrent(CONCURRENT, |job| run_one(ctx, handlers, job))
            .await;
    }
}

async fn claim(ctx: &Ctx, slots: usize) -> Result<Vec<Claimed>> {
    if slots == 0 {
        return Ok(Vec::new());
    }
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "job rows are bookkeeping")
        .await?;
    let due = store::claim(&mut tx, now_ms, now_ms + LEASE_MS, i64::try_from(slots)?).await?;
    tx.commit().await?;
    Ok(due)
}

/// Runs one claimed job and notes how it ended.
async fn run_one(ctx: &Ctx, handlers: &[Handler], job: Claimed) {
    let watch = Stopwatch::start();
    let span = ctx.traces.job(&job.kind);
    let handler = handlers.iter().find(|h| h.kind == job.kind);
    let outcome = match handler {
        Some(handler) => {
            let run = bounded(ctx, &handler.runner, &job, RUN_MAX);
            span.during(run).await
        }
        None => Err(Error::internal(format!(
            "no handler for job kind {}",
            job.kind
        ))),
    };
    let outcome = match outcome {
        Ok(()) => Ok(()),
        Err(cause) => Err((after(ctx, handler, &job, &cause).await, cause)),
    };
    let took = watch.elapsed();
    match settle(ctx, &job, outcome).await {
        Ok(outcome) => {
            ctx.meters.job(&job.kind, outcome, took);
            span.ran(outcome);
        }
        // The lease brings the job back.
        Err(cause) => {
            tracing::error!(job = job.id, kind = job.kind, %cause, "a job's end could not be noted");
        }
    }
}

/// What becomes of a job that failed; one that can't be given up as it should be stays, and is tried again.
async fn after(ctx: &Ctx, handler: Option<&Handler>, job: &Claimed, cause: &Error) -> Next {
    let next = model::after_failure(job.attempts, cause.code());
    let (Some(handler), Verdict::Dead) = (handler, next.verdict) else {
        return next;
    };
    match bounded(ctx, &handler.given_up, job, GIVEN_UP_MAX).await {
        Ok(()) => next,
        Err(cause) => {
            tracing::error!(job = job.id, kind = job.kind, %cause, "a job that failed too often could not be given up");
            Next {
                verdict: Verdict::Waiting,
                ..next
            }
        }
    }
}

/// One piece of a job's work; a panic or a run without end is a failure like any other.
async fn bounded(ctx: &Ctx, runner: &Runner, job: &Claimed, longest: Duration) -> Result<()> {
    let institution = InstitutionId::stored(job.institution_id.clone());
    let work = runner(ctx.clone(), institution, job.payload.clone());
    tokio::select! {
        ended = AssertUnwindSafe(work).catch_unwind() => {
            ended.unwrap_or_else(|_| Err(Error::internal("the job panicked")))
        }
        () = clock::pause(longest) => Err(Error::internal("the job took too long")),
    }
}

async fn settle(
    ctx: &Ctx,
    job: &Claimed,
    outcome: std::result::Result<(), (Next, Error)>,
) -> Result<Outcome> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "job rows are bookkeeping")
        .await?;
    let (ours, outcome) = match outcome {
        Ok(()) => (store::done(&mut tx, job).await?, Outcome::Done),
        Err((next, cause)) => {
            let said = with_causes(&cause);
            let outcome = match next.verdict {
                Verdict::Dead => {
                    tracing::error!(
                        job = job.id,
                        kind = job.kind,
                        attempts = next.attempts,
                        cause = said,
                        "job given up"
                    );
                    Outcome::Dead
                }
                Verdict::Waiting => {
                    tracing::warn!(
                        job = job.id,
                        kind = job.kind,
                        attempts = next.attempts,
                        cause = said,
                        "job failed"
                    );
                    Outcome::Failed
                }
            };
            let due_ms = ctx.clock.now_ms() + next.pause_ms;
            let noted = store::failed(&mut tx, job, next, &said, due_ms).await?;
            (noted, outcome)
        }
    };
    if !ours {
        tracing::warn!(
            job = job.id,
            kind = job.kind,
            "someone else claimed this job meanwhile"
        );
    }
    tx.commit().await?;
    Ok(outcome)
}
