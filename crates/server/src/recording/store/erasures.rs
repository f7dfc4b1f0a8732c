//! Recordings whose films are gone, and what machines know of faces until then.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::recording::RecordingId;
use crate::values;

pub const COLUMN: Migration = Migration {
    name: "recording_0007_erased",
    sql: "
        ALTER TABLE recording_recordings ADD COLUMN erased_at_ms BIGINT;
    ",
};

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Recordings whose films are kept and that began before an instant, in order.
pub async fn kept(
    view: &impl Read,
    before_ms: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<RecordingId>> {
    let sql = "SELECT id FROM recording_recordings
         WHERE institution_id = $1 AND erased_at_ms IS NULL AND state <> 'running' AND begun_at_ms < $2 AND id > $3
         ORDER BY id LIMIT $4";
    let values = values![view.institution()?, before_ms, after, limit];
    let rows: Vec<Id> = view.all(sql, values).await?;
    let ids = rows.into_iter().map(|row| RecordingId::stored(row.id));
    Ok(ids.collect())
}

#[derive(FromQueryResult)]
struct Erased {
    erased_at_ms: Option<i64>,
}

/// When the films of a recording went.
pub async fn at(view: &impl Read, recording: &RecordingId) -> Result<Option<i64>> {
    let sql = "SELECT erased_at_ms FROM recording_recordings WHERE institution_id = $1 AND id = $2";
    let row: Option<Erased> = view
        .one(sql, values![view.institution()?, recording])
        .await?;
    Ok(row.and_then(|row| row.erased_at_ms))
}

/// Chunks, words and templates go; what was asked, judged and sworn to stays.
pub async fn erase(tx: &mut impl Write, recording: &RecordingId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM recording_chunks WHERE institution_id = $1 AND recording_id = $2",
        values![&institution, recording],
    )
    .await?;
    tx.exec(
        "UPDATE recording_tries SET written = NULL, heard = NULL WHERE institution_id = $1 AND recording_id = $2",
        values![&institution, recording],
    )
    .await?;
    tx.exec(
        "UPDATE recording_recordings SET enrolled = NULL, erased_at_ms = $1, revision = revision + 1, version = version + 1
         WHERE institution_id = $2 AND id = $3",
        values![now_ms, &institution, recording],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// Persons whose templates are kept.
pub async fn faces(view: &impl Read) -> Result<i64> {
    let sql = "SELECT count(DISTINCT subject_id) AS count FROM recording_recordings
         WHERE institution_id = $1 AND enrolled IS NOT NULL";
    let row: Option<Count> = view.one(sql, values![view.institution()?]).await?;
    Ok(row.map_or(0, |row| row.count))
}
