//! What a person was told while they recorded.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::recording::RecordingId;
use crate::recording::model::{Reason, Try};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "recording_0005_prompts",
    sql: "
        CREATE TABLE recording_prompts (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            node BIGINT NOT NULL,
            attempt BIGINT NOT NULL,
            code TEXT NOT NULL,
            at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, recording_id, no)
        );
    ",
};

/// One thing that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// From 1, as they were told.
    pub no: i64,
    pub node: i64,
    pub attempt: i64,
    pub code: Reason,
    pub at_ms: i64,
}

#[derive(FromQueryResult)]
struct Row {
    no: i64,
    node: i64,
    attempt: i64,
    code: String,
    at_ms: i64,
}

/// What was told last, oldest first.
pub async fn newest(view: &impl Read, recording: &RecordingId, limit: i64) -> Result<Vec<Told>> {
    let sql = "SELECT no, node, attempt, code, at_ms FROM recording_prompts
         WHERE institution_id = $1 AND recording_id = $2 ORDER BY no DESC LIMIT $3";
    let values = values![view.institution()?, recording, limit];
    let rows: Vec<Row> = view.all(sql, values).await?;
    let told = rows.into_iter().rev().map(|row| {
        Ok(Told {
            no: row.no,
            node: row.node,
            attempt: row.attempt,
            code: Reason::parse(&row.code).ok_or_else(|| Error::internal("an unknown prompt"))?,
            at_ms: row.at_ms,
        })
    });
    told.collect()
}

/// Puts one behind the others, under the lock of the recording.
pub async fn add(tx: &mut impl Write, of: &Try, code: Reason, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_prompts (institution_id, recording_id, no, node, attempt, code, at_ms)
         SELECT $1, $2, coalesce(max(no), 0) + 1, $3, $4, $5, $6 FROM recording_prompts
         WHERE institution_id = $1 AND recording_id = $2",
        values![
            &institution,
            &of.recording,
            of.node,
            of.no,
            code.code()?,
            now_ms,
        ],
    )
    .await?;
    Ok(())
}
