//! What a destruction leaves of a journey, and how far the log was followed for destructions.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::journey::JourneyId;
use crate::values;
use crate::vault::SubjectId;

pub const TABLE: Migration = Migration {
    name: "journey_0005_forgotten",
    sql: "
        ALTER TABLE journey_journeys ADD COLUMN forgotten_at_ms BIGINT;
        CREATE TABLE journey_cursors (
            institution_id TEXT NOT NULL,
            next_index BIGINT NOT NULL,
            PRIMARY KEY (institution_id)
        );
    ",
};

#[derive(FromQueryResult)]
struct Cursor {
    next_index: i64,
}

/// The first entry of the log that was not looked at yet.
pub async fn cursor(view: &impl Read) -> Result<i64> {
    let row: Option<Cursor> = view
        .one(
            "SELECT next_index FROM journey_cursors WHERE institution_id = $1",
            values![view.institution()?],
        )
        .await?;
    Ok(row.map_or(0, |row| row.next_index))
}

/// Moves the cursor on; false when somebody else did.
pub async fn move_on(tx: &mut impl Write, from: i64, to: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let moved = tx
        .exec(
            "INSERT INTO journey_cursors (institution_id, next_index) VALUES ($1, $3)
             ON CONFLICT (institution_id) DO UPDATE SET next_index = $3 WHERE journey_cursors.next_index = $2",
            values![&institution, from, to],
        )
        .await?;
    Ok(moved == 1)
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Whether a destruction emptied a journey.
pub async fn is_forgotten(view: &impl Read, journey: &JourneyId) -> Result<bool> {
    let row: Option<Id> = view
        .one(
            "SELECT id FROM journey_journeys WHERE institution_id = $1 AND id = $2 AND forgotten_at_ms IS NOT NULL",
            values![view.institution()?, journey],
        )
        .await?;
    Ok(row.is_some())
}

/// Journeys of a person or of a business that were not forgotten yet.
pub async fn unforgotten(
    view: &impl Read,
    subject: &SubjectId,
    limit: i64,
) -> Result<Vec<JourneyId>> {
    let rows: Vec<Id> = view
        .all(
            "SELECT id FROM journey_journeys
             WHERE institution_id = $1 AND (subject_id = $2 OR business_id = $2) AND forgotten_at_ms IS NULL
             ORDER BY id LIMIT $3",
            values![view.institution()?, subject, limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| JourneyId::stored(row.id))
        .collect())
}

/// Journeys of a person or of a business in order, after a cursor.
pub async fn of_subject(
    view: &impl Read,
    subject: &SubjectId,
    after: &str,
    limit: i64,
) -> Result<Vec<JourneyId>> {
    let rows: Vec<Id> = view
        .all(
            "SELECT id FROM journey_journeys
             WHERE institution_id = $1 AND (subject_id = $2 OR business_id = $2) AND id > $3 ORDER BY id LIMIT $4",
            values![view.institution()?, subject, after, limit],
        )
        .await?;
    let ids = rows.into_iter().map(|row| JourneyId::stored(row.id));
    Ok(ids.collect())
}

/// Leaves ids, product, sums and dates of a journey. The lender's own names for it go too: they lead back to the person.
pub async fn forget(tx: &mut impl Write, journey: &JourneyId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE journey_journeys SET reference = '***', borrower_masked = '***', phone_masked = '***', idempotency_key = id,
            request_digest = '', forgotten_at_ms = $3,
            business_masked = CASE WHEN business_masked IS NULL THEN NULL ELSE '***' END
         WHERE institution_id = $1 AND id = $2",
        values![&institution, journey, now_ms],
    )
    .await?;
    tx.exec(
        "UPDATE journey_holds SET words = '***' WHERE institution_id = $1 AND journey_id = $2",
        values![&institution, journey],
    )
    .await?;
    tx.exec(
        "UPDATE journey_break_glass SET words = '***' WHERE institution_id = $1 AND journey_id = $2",
        values![&institution, journey],
    )
    .await?;
    tx.exec(
        "DELETE FROM journey_drawdowns WHERE institution_id = $1 AND journey_id = $2",
        values![&institution, journey],
    )
    .await?;
    Ok(())
}
