//! Job rows. The table is unscoped: one poller serves every institution; the row names its own.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
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
}];

#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub id: String,
    pub institution_id: String,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
}

pub async fn insert(
    tx: &mut impl Write,
    id: &str,
    kind: &str,
    payload: &str,
    run_at_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO jobs_jobs (id, institution_id, kind, payload, run_at_ms, attempts, state)
         VALUES ($1, $2, $3, $4, $5, 0, 'waiting')",
        values![id, &institution, kind, payload, run_at_ms],
    )
    .await?;
    Ok(())
}

/// Takes up to `limit` due jobs; a job whose worker died becomes due again when its lease (`run_at_ms`) is over.
pub async fn claim(
    tx: &mut impl Write,
    now_ms: i64,
    lease_until_ms: i64,
    limit: i64,
) -> Result<Vec<Row>> {
    let lock = tx.skip_locked();
    let sql = format!(
        "UPDATE jobs_jobs SET run_at_ms = $2, attempts = attempts + 1
         WHERE id IN (SELECT id FROM jobs_jobs WHERE state = 'waiting' AND run_at_ms <= $1 ORDER BY run_at_ms, id LIMIT $3{lock})
         RETURNING id, institution_id, kind, payload, attempts"
    );
    tx.all(&sql, values![now_ms, lease_until_ms, limit]).await
}

pub async fn done(tx: &mut impl Write, id: &str) -> Result<()> {
    tx.exec("DELETE FROM jobs_jobs WHERE id = $1", values![id])
        .await?;
    Ok(())
}

pub async fn failed(
    tx: &mut impl Write,
    id: &str,
    error: &str,
    state: &str,
    run_at_ms: i64,
) -> Result<()> {
    tx.exec(
        "UPDATE jobs_jobs SET last_error = $2, state = $3, run_at_ms = $4 WHERE id = $1",
        values![id, error, state, run_at_ms],
    )
    .await?;
    Ok(())
}
