//! Every try of every node.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::recording::RecordingId;
use crate::recording::model::{Try, TryState};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "recording_0003_tries",
    sql: "
        CREATE TABLE recording_tries (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            node BIGINT NOT NULL,
            no BIGINT NOT NULL,
            state TEXT NOT NULL,
            segment BIGINT NOT NULL,
            from_ms BIGINT NOT NULL,
            until_ms BIGINT,
            chunks BIGINT,
            challenge TEXT,
            written {bytes},
            heard {bytes},
            reasons TEXT NOT NULL,
            checks TEXT,
            opened_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            judged_at_ms BIGINT,
            PRIMARY KEY (institution_id, recording_id, node, no)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    recording_id: String,
    node: i64,
    no: i64,
    state: String,
    segment: i64,
    from_ms: i64,
    until_ms: Option<i64>,
    chunks: Option<i64>,
    challenge: Option<String>,
    written: Option<Vec<u8>>,
    heard: Option<Vec<u8>>,
    reasons: String,
    checks: Option<String>,
    opened_at_ms: i64,
    ended_at_ms: Option<i64>,
    judged_at_ms: Option<i64>,
}

impl Row {
    fn tried(self) -> Result<Try> {
        Ok(Try {
            recording: RecordingId::stored(self.recording_id),
            node: self.node,
            no: self.no,
            state: TryState::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown state of a try"))?,
            segment: self.segment,
            from_ms: self.from_ms,
            until_ms: self.until_ms,
            chunks: self.chunks,
            challenge: self
                .challenge
                .map(|drawn| serde_json::from_str(&drawn))
                .transpose()?,
            written: self.written,
            heard: self.heard,
            reasons: serde_json::from_str(&self.reasons)?,
            checks: self.checks,
            opened_at_ms: self.opened_at_ms,
            ended_at_ms: self.ended_at_ms,
            judged_at_ms: self.judged_at_ms,
        })
    }
}

/// Every try of a recording, in the order in which they were opened.
pub async fn list(view: &impl Read, recording: &RecordingId) -> Result<Vec<Try>> {
    let sql = "SELECT recording_id, node, no, state, segment, from_ms, until_ms, chunks, challenge, written, heard, reasons,
            checks, opened_at_ms, ended_at_ms, judged_at_ms FROM recording_tries
         WHERE institution_id = $1 AND recording_id = $2 ORDER BY opened_at_ms, node, no";
    let rows: Vec<Row> = view
        .all(sql, values![view.institution()?, recording])
        .await?;
    rows.into_iter().map(Row::tried).collect()
}

pub async fn insert(tx: &mut impl Write, one: &Try) -> Result<()> {
    let institution = tx.institution()?.clone();
    let challenge = one
        .challenge
        .as_ref()
        .map(serde_json::to_string)
        .transpose()?;
    tx.exec(
        "INSERT INTO recording_tries (institution_id, recording_id, node, no, state, segment, from_ms, challenge, reasons,
            opened_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            &institution,
            &one.recording,
            one.node,
            one.no,
            one.state.as_str(),
            one.segment,
            one.from_ms,
            challenge,
            serde_json::to_string(&one.reasons)?,
            one.opened_at_ms,
        ],
    )
    .await?;
    Ok(())
}

/// Keeps how a try went on, under the lock of its recording.
pub async fn save(tx: &mut impl Write, one: &Try) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE recording_tries SET state = $1, from_ms = $2, until_ms = $3, chunks = $4, written = $5, heard = $6,
                reasons = $7, checks = $8, ended_at_ms = $9, judged_at_ms = $10
             WHERE institution_id = $11 AND recording_id = $12 AND node = $13 AND no = $14",
            values![
                one.state.as_str(),
                one.from_ms,
                one.until_ms,
                one.chunks,
                one.written.clone(),
                one.heard.clone(),
                serde_json::to_string(&one.reasons)?,
                one.checks.clone(),
                one.ended_at_ms,
                one.judged_at_ms,
                &institution,
                &one.recording,
                one.node,
                one.no,
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(Error::Conflict),
    }
}
