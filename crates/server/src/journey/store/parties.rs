//! Which journeys belong to another: those of its co-borrowers and guarantors, and what rests on which.

use crate::db::{Migration, Read};
use crate::error::Result;
use crate::journey::JourneyId;
use crate::journey::model::Journey;
use crate::values;

use super::{COLUMNS, Row};

pub const COLUMN: Migration = Migration {
    name: "journey_0004_parties",
    sql: "
        ALTER TABLE journey_journeys ADD COLUMN main_id TEXT;
        CREATE INDEX journey_journeys_main ON journey_journeys (institution_id, main_id) WHERE main_id IS NOT NULL;
    ",
};

/// The journeys of a loan's co-borrowers and guarantors, in the order in which they were named.
pub async fn parties_of(view: &impl Read, main: &JourneyId, limit: i64) -> Result<Vec<Journey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys WHERE institution_id = $1 AND main_id = $2 ORDER BY id LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, main, limit])
        .await?;
    rows.into_iter().map(Row::journey).collect()
}

/// Locks what a journey's money rests on beside itself: its line, and whoever answers for its loan. The journey comes first.
pub async fn lock_beneath(tx: &impl Read, journey: &Journey) -> Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys WHERE institution_id = $1 AND (id = $2 OR main_id = $3) ORDER BY id{}",
        tx.for_update()
    );
    let line = journey.line.as_ref().unwrap_or(&journey.id);
    let values = values![tx.institution()?, line, &journey.id];
    tx.all::<Row>(&sql, values).await?;
    Ok(())
}

/// Unpaid loans whose money may move and rests on a journey: its own, its drawdowns', or that for which it answers.
pub async fn resting_on(view: &impl Read, journey: &Journey, limit: i64) -> Result<Vec<Journey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys
         WHERE institution_id = $1 AND (id = $2 OR line_id = $2 OR id = $3) AND state = 'completed' AND disbursed_at_ms IS NULL
         ORDER BY id DESC LIMIT $4"
    );
    let main = journey.main.as_ref().unwrap_or(&journey.id);
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, &journey.id, main, limit])
        .await?;
    rows.into_iter().map(Row::journey).collect()
}
