//! Work that happens without a request: enqueued inside a transaction, run at least once, safe to run twice.
//!
//! Payloads hold ids, never codes or personal data. A job that keeps failing ends in the dead letters with its last error.

mod model;
mod run;
mod store;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use run::{RUN_MAX, drain, run};
use serde::Serialize;
use serde::de::DeserializeOwned;
pub use store::{Counts, Dead, Verdict, counts};

use crate::ctx::Ctx;
use crate::db::{Migration, Page, Read, Scope, Statement, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;

pub const MIGRATIONS: &[Migration] = store::MIGRATIONS;
/// One poller serves every institution.
pub const LOOK_UPS: &[&str] = &["jobs_jobs"];

/// A kind of work. The payload is stored as JSON.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    const KIND: &'static str;

    fn run(self, ctx: Ctx, institution: InstitutionId) -> impl Future<Output = Result<()>> + Send;

    /// What is left to do behind the last attempt, which failed; safe to run twice. While it fails the job stays.
    fn given_up(
        self,
        _ctx: Ctx,
        _institution: InstitutionId,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

type Runner = Arc<
    dyn Fn(Ctx, InstitutionId, String) -> Pin<Box<dyn Future<Output = Result<()>> + Send>>
        + Send
        + Sync,
>;

/// A job kind and how to run it; rooms list theirs in `jobs()`.
#[derive(Clone)]
pub struct Handler {
    kind: &'static str,
    runner: Runner,
    /// Behind the last attempt.
    given_up: Runner,
}

/// The handler of one job type.
pub fn handler<J: Job>() -> Handler {
    Handler {
        kind: J::KIND,
        runner: Arc::new(|ctx, institution, payload| {
            Box::pin(async move {
                serde_json::from_str::<J>(&payload)?
                    .run(ctx, institution)
                    .await
            })
        }),
        given_up: Arc::new(|ctx, institution, payload| {
            Box::pin(async move {
                match serde_json::from_str::<J>(&payload) {
                    Ok(job) => job.given_up(ctx, institution).await,
                    // Of what nobody can read nothing can be left to do.
                    Err(_) => Ok(()),
                }
            })
        }),
    }
}

/// The write that enqueues a job; it runs after the commit, not before `run_at_ms`. What it rests on (a consent's id)
/// is named when its end must stop the job.
pub fn enqueue<J: Job>(
    ctx: &Ctx,
    institution: &InstitutionId,
    job: &J,
    run_at_ms: i64,
    rests_on: Option<&str>,
) -> Result<Statement> {
    let id = format!("job_{}", crate::id::body(ctx.clock.now_ms(), &ctx.random));
    write(store::insert, institution, &id, job, run_at_ms, rests_on)
}

/// The write that enqueues a job under a name of its own: while one of that name waits, runs or was given up, nothing is added.
pub fn enqueue_named<J: Job>(
    institution: &InstitutionId,
    name: &str,
    job: &J,
    run_at_ms: i64,
) -> Result<Statement> {
    write(
        store::insert,
        institution,
        &named(name),
        job,
        run_at_ms,
        None,
    )
}

fn named(name: &str) -> String {
    format!("job_{name}")
}

/// The write that inserts a job's row.
fn write<J: Job>(
    insert: fn(&InstitutionId, store::New<'_>) -> Statement,
    institution: &InstitutionId,
    id: &str,
    job: &J,
    run_at_ms: i64,
    rests_on: Option<&str>,
) -> Result<Statement> {
    let payload = serde_json::to_string(job)?;
    let new = store::New {
        id,
        kind: J::KIND,
        payload: &payload,
        run_at_ms,
        rests_on,
    };
    Ok(insert(institution, new))
}

/// Whether a job of a name of its own still runs or was given up; none once it ended well, or never was.
pub async fn standing(
    view: &impl Read,
    institution: &InstitutionId,
    name: &str,
) -> Result<Option<Verdict>> {
    store::standing(view, institution, &named(name)).await
}

/// As [`enqueue_named`], but a job of that name that was given up begins anew, with all its attempts.
pub fn enqueue_again<J: Job>(
    institution: &InstitutionId,
    name: &str,
    job: &J,
    run_at_ms: i64,
) -> Result<Statement> {
    write(
        store::insert_again,
        institution,
        &named(name),
        job,
        run_at_ms,
        None,
    )
}

/// Removes the jobs that rest on a tag, in the caller's transaction; says how many. One that runs already is not
/// broken off: what it needs must have ended in the same transaction.
pub async fn cancel_resting_on(
    tx: &mut impl Write,
    institution: &InstitutionId,
    rests_on: &str,
) -> Result<u64> {
    store::cancel(tx, institution, rests_on).await
}

/// Jobs that were given up, oldest first.
pub async fn dead(view: &impl Read, after: Option<&str>, limit: i64) -> Result<Page<Dead>> {
    let rows = store::dead(view, after.unwrap_or(""), limit + 1).await?;
    Ok(Page::cut(rows, limit, |row| row.id.clone()))
}

/// Which dead letters to try again.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    All,
    One(&'a str),
}

/// Lets given-up jobs run again at once, with all their attempts; says how many.
pub async fn revive(ctx: &Ctx, which: Which<'_>) -> Result<u64> {
    let id = match which {
        Which::All => "",
        Which::One("") => return Err(Error::not_found()),
        Which::One(id) => id,
    };
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "job rows are bookkeeping")
        .await?;
    let revived = store::revive(&mut tx, id, ctx.clock.now_ms()).await?;
    if revived == 0 && !id.is_empty() {
        return Err(Error::not_found());
    }
    tx.commit().await?;
    Ok(revived)
}
