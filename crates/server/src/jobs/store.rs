//! Job rows. The table is unscoped: one poller serves every institution; the row names its own.

use sea_orm::FromQueryResult;

use super::model::Next;
use crate::db::{Migration, Read, Statement, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "jobs_0001_jobs",
        sql: "
        CREATE TABLE jobs_jobs (
            id TEXT PRIMARY KEY,
            institution_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            payload TEXT NOT NULL,
            run_at_ms BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            last_error TEXT,
            state TEXT NOT NULL
        );
        CREATE INDEX jobs_jobs_due ON jobs_jobs (state, run_at_ms);
    ",
    },
    Migration {
        name: "jobs_0002_claims",
        sql: "ALTER TABLE jobs_jobs ADD COLUMN claims BIGINT NOT NULL DEFAULT 0",
    },
    Migration {
        name: "jobs_0003_rests_on",
        sql: "
        ALTER TABLE jobs_jobs ADD COLUMN rests_on TEXT;
        CREATE INDEX jobs_jobs_rests_on ON jobs_jobs (rests_on) WHERE rests_on IS NOT NULL;
    ",
    },
];

/// A job in this worker's hands.
#[derive(Debug, FromQueryResult)]
pub struct Claimed {
    pub id: String,
    pub institution_id: String,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
    /// Which claim of the job this is; whoever claims it later makes this one void.
    pub claims: i64,
}

/// Whether a failed job runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Waiting,
    Dead,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

/// A job on its way in.
pub struct New<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub payload: &'a str,
    pub run_at_ms: i64,
    pub rests_on: Option<&'a str>,
}

const INSERT: &str = "INSERT INTO jobs_jobs (id, institution_id, kind, payload, run_at_ms, rests_on, attempts, claims, state)
    VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 'waiting') ON CONFLICT (id)";

/// The write of a new job's row.
pub fn insert(institution: &InstitutionId, new: New<'_>) -> Statement {
    written("DO NOTHING", institution, new)
}

/// As [`insert`]; one of this id that was given up is due again.
pub fn insert_again(institution: &InstitutionId, new: New<'_>) -> Statement {
    let again = "DO UPDATE SET state = 'waiting', attempts = 0, run_at_ms = $5 WHERE jobs_jobs.state = 'dead'";
    written(again, institution, new)
}

fn written(known: &str, institution: &InstitutionId, new: New<'_>) -> Statement {
    Statement::new(
        format!("{INSERT} {known}"),
        values![
            new.id,
            institution,
            new.kind,
            new.payload,
            new.run_at_ms,
            new.rests_on
        ],
    )
}

/// Removes every job of an institution that rests on a tag: waiting, given up, or in a worker's hands, where it will
/// not be tried again. Says how many.
pub async fn cancel(
    tx: &mut impl Write,
    institution: &InstitutionId,
    rests_on: &str,
) -> Result<u64> {
    tx.exec(
        "DELETE FROM jobs_jobs WHERE institution_id = $1 AND rests_on = $2",
        values![institution, rests_on],
    )
    .await
}

/// Takes up to `limit` due jobs; a job whose worker died becomes due again when its lease (`run_at_ms`) is over.
pub async fn claim(
    tx: &mut impl Write,
    now_ms: i64,
    lease_until_ms: i64,
    limit: i64,
) -> Result<Vec<Claimed>> {
    let lock = tx.skip_locked();
    // Materialized: PostgreSQL might run the locking part more than once otherwise, and take more than the limit.
    let sql = format!(
        "WITH due AS MATERIALIZED (
           SELECT id FROM jobs_jobs WHERE state = 'waiting' AND run_at_ms <= $1 ORDER BY run_at_ms, id LIMIT $3{lock}
         )
         UPDATE jobs_jobs SET run_at_ms = $2, attempts = attempts + 1, claims = claims + 1
         WHERE id IN (SELECT id FROM due)
         RETURNING id, institution_id, kind, payload, attempts, claims"
    );
    tx.all(&sql, values![now_ms, lease_until_ms, limit]).await
}

/// Removes a job that ended well; false when it was claimed again meanwhile.
pub async fn done(tx: &mut impl Write, job: &Claimed) -> Result<bool> {
    let removed = tx
        .exec(
            "DELETE FROM jobs_jobs WHERE id = $1 AND claims = $2",
            values![job.id.as_str(), job.claims],
        )
        .await?;
    Ok(removed == 1)
}

/// Notes a failure; false when the job was claimed again meanwhile.
pub async fn failed(
    tx: &mut impl Write,
    job: &Claimed,
    next: Next,
    error: &str,
    run_at_ms: i64,
) -> Result<bool> {
    let noted = tx
        .exec(
            "UPDATE jobs_jobs SET last_error = $3, state = $4, run_at_ms = $5, attempts = $6 WHERE id = $1 AND claims = $2",
            values![
                job.id.as_str(),
                job.claims,
                error,
                next.verdict.as_str(),
                run_at_ms,
                next.attempts
            ],
        )
        .await?;
    Ok(noted == 1)
}

/// A job that was given up.
#[derive(Debug, FromQueryResult)]
pub struct Dead {
    pub id: String,
    pub institution_id: String,
    pub kind: String,
    pub attempts: i64,
    pub last_error: String,
}

/// How many jobs there are.
#[derive(Debug, FromQueryResult)]
pub struct Counts {
    pub waiting: i64,
    /// Of these the ones whose time has come.
    pub due: i64,
    /// Given up.
    pub dead: i64,
}

pub async fn counts(view: &impl Read, now_ms: i64) -> Result<Counts> {
    let counts = view
        .one(
            "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting,
               COUNT(CASE WHEN state = 'waiting' AND run_at_ms <= $1 THEN 1 END) AS due,
               COUNT(CASE WHEN state = 'dead' THEN 1 END) AS dead
             FROM jobs_jobs",
            values![now_ms],
        )
        .await?;
    counts.ok_or_else(|| Error::internal("counting answers one row"))
}

/// Dead letters in order of their ids, from the one after `after`.
pub async fn dead(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Dead>> {
    view.all(
        "SELECT id, institution_id, kind, attempts, COALESCE(last_error, '') AS last_error FROM jobs_jobs
         WHERE state = 'dead' AND id > $1 ORDER BY id LIMIT $2",
        values![after, limit],
    )
    .await
}

#[derive(FromQueryResult)]
struct Standing {
    state: String,
}

/// How one job of an institution stands.
pub async fn standing(
    view: &impl Read,
    institution: &InstitutionId,
    id: &str,
) -> Result<Option<Verdict>> {
    let row: Option<Standing> = view
        .one(
            "SELECT state FROM jobs_jobs WHERE institution_id = $1 AND id = $2",
            values![institution, id],
        )
        .await?;
    Ok(row.map(|row| match row.state == Verdict::Dead.as_str() {
        true => Verdict::Dead,
        false => Verdict::Waiting,
    }))
}

/// Makes dead letters due again with all their attempts; an empty id means every one. Says how many.
pub async fn revive(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<u64> {
    tx.exec(
        "UPDATE jobs_jobs SET state = 'waiting', attempts = 0, run_at_ms = $2
         WHERE state = 'dead' AND ($1 = '' OR id = $1)",
        values![id, now_ms],
    )
    .await
}
