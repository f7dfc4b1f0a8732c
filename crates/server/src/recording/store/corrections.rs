//! Nodes that are recorded again.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::recording::RecordingId;
use crate::recording::correction::Correction;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "recording_0006_corrections",
    sql: "
        CREATE TABLE recording_corrections (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            by_id TEXT,
            picks TEXT NOT NULL,
            until_ms BIGINT NOT NULL,
            over_at_ms BIGINT,
            PRIMARY KEY (institution_id, recording_id)
        );
        CREATE INDEX recording_corrections_by ON recording_corrections (institution_id, by_id);
    ",
};

#[derive(FromQueryResult)]
struct Row {
    recording_id: String,
    by_id: Option<String>,
    picks: String,
    until_ms: i64,
    over_at_ms: Option<i64>,
}

impl Row {
    fn correction(self) -> Result<Correction> {
        Ok(Correction {
            of: RecordingId::stored(self.recording_id),
            by: self.by_id.map(RecordingId::stored),
            picks: serde_json::from_str(&self.picks)?,
            until_ms: self.until_ms,
            over_at_ms: self.over_at_ms,
        })
    }
}

const SELECT: &str =
    "SELECT recording_id, by_id, picks, until_ms, over_at_ms FROM recording_corrections
    WHERE institution_id = $1";

/// The correction of a recording.
pub async fn of(view: &impl Read, recording: &RecordingId) -> Result<Option<Correction>> {
    let sql = format!("{SELECT} AND recording_id = $2");
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, recording])
        .await?;
    row.map(Row::correction).transpose()
}

/// The correction that a recording makes, or made.
pub async fn by(view: &impl Read, recording: &RecordingId) -> Result<Option<Correction>> {
    let sql = format!("{SELECT} AND by_id = $2 ORDER BY recording_id DESC LIMIT 1");
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, recording])
        .await?;
    row.map(Row::correction).transpose()
}

pub async fn insert(tx: &mut impl Write, one: &Correction) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_corrections (institution_id, recording_id, picks, until_ms) VALUES ($1, $2, $3, $4)",
        values![
            &institution,
            &one.of,
            serde_json::to_string(&one.picks)?,
            one.until_ms,
        ],
    )
    .await?;
    Ok(())
}

/// Keeps which recording makes it, and whether it is over; under the lock of the case's newest recording.
pub async fn save(tx: &mut impl Write, one: &Correction) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE recording_corrections SET by_id = $1, over_at_ms = $2 WHERE institution_id = $3 AND recording_id = $4",
            values![
                one.by.as_ref().map(RecordingId::as_str),
                one.over_at_ms,
                &institution,
                &one.of,
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(Error::Conflict),
    }
}
