//! Which journeys belong to another: those of its co-borrowers and guarantors.

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
