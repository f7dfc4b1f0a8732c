//! Who opened a recording to look at it.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::recording::RecordingId;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "recording_0004_openings",
    sql: "
        CREATE TABLE recording_openings (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, recording_id, staff_id)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    at_ms: i64,
}

/// Whether a colleague opened it since it ended.
pub async fn opened(view: &impl Read, recording: &RecordingId, staff: &str) -> Result<bool> {
    let sql = "SELECT at_ms FROM recording_openings WHERE institution_id = $1 AND recording_id = $2 AND staff_id = $3";
    let values = values![view.institution()?, recording, staff];
    let row: Option<Row> = view.one(sql, values).await?;
    Ok(row.is_some_and(|row| row.at_ms > 0))
}

/// A colleague opened it.
pub async fn note(
    tx: &mut impl Write,
    recording: &RecordingId,
    staff: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_openings (institution_id, recording_id, staff_id, at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (institution_id, recording_id, staff_id) DO UPDATE SET at_ms = excluded.at_ms",
        values![&institution, recording, staff, now_ms],
    )
    .await?;
    Ok(())
}
