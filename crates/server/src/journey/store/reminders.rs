//! Reminders of unfinished journeys; a journey without a row was never reminded.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::journey::JourneyId;
use crate::journey::reminders::Reminders;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "journey_0011_reminders",
    sql: "
        CREATE TABLE journey_reminders (
            institution_id TEXT NOT NULL,
            journey_id TEXT NOT NULL,
            sent BIGINT NOT NULL,
            last_sent_at_ms BIGINT,
            declined_at_ms BIGINT,
            PRIMARY KEY (institution_id, journey_id)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    sent: i64,
    last_sent_at_ms: Option<i64>,
    declined_at_ms: Option<i64>,
}

pub async fn reminders(view: &impl Read, journey: &JourneyId) -> Result<Reminders> {
    let row: Option<Row> = view
        .one(
            "SELECT sent, last_sent_at_ms, declined_at_ms FROM journey_reminders WHERE institution_id = $1 AND journey_id = $2",
            values![view.institution()?, journey],
        )
        .await?;
    Ok(row.map_or_else(Reminders::default, |row| Reminders {
        sent: row.sent,
        last_sent_at_ms: row.last_sent_at_ms,
        declined_at_ms: row.declined_at_ms,
    }))
}

/// Whoever writes holds the journey.
pub async fn put_reminders(
    tx: &mut impl Write,
    journey: &JourneyId,
    reminders: &Reminders,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO journey_reminders (institution_id, journey_id, sent, last_sent_at_ms, declined_at_ms)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (institution_id, journey_id) DO UPDATE SET sent = $3, last_sent_at_ms = $4, declined_at_ms = $5",
        values![
            &institution,
            journey,
            reminders.sent,
            reminders.last_sent_at_ms,
            reminders.declined_at_ms
        ],
    )
    .await?;
    Ok(())
}
