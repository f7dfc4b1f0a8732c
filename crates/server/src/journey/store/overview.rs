//! Counts over all journeys, for whoever looks at the whole.

use sea_orm::FromQueryResult;

use super::{COLUMNS, Row};
use crate::db::{Migration, Read, Tally};
use crate::error::Result;
use crate::journey::model::Journey;
use crate::values;

pub const INDEXES: Migration = Migration {
    name: "journey_0013_overview",
    sql: "
        CREATE INDEX journey_journeys_created ON journey_journeys (institution_id, created_at_ms);
        CREATE INDEX journey_journeys_under_way ON journey_journeys (institution_id, id) WHERE state IN ('open', 'waiting_price');
        CREATE INDEX journey_holds_standing ON journey_holds (institution_id, placed_at_ms) WHERE lifted_at_ms IS NULL;
        CREATE INDEX journey_break_glass_asked ON journey_break_glass (institution_id, asked_at_ms) WHERE agreed_at_ms IS NULL AND refused_at_ms IS NULL;
    ",
};

/// Journeys that were opened on one day and stand alike.
#[derive(Debug, FromQueryResult)]
pub struct Counted {
    /// Days since 1970 in Asia/Shanghai.
    pub day: i64,
    pub state: String,
    pub count: i64,
}

/// Loans and drawdowns opened since an instant, by the day they were opened and by how they stand.
pub async fn by_day(view: &impl Read, since_ms: i64, now_ms: i64) -> Result<Vec<Counted>> {
    view.all(
        "SELECT day, state, COUNT(*) AS count FROM (
           SELECT (created_at_ms + 28800000) / 86400000 AS day,
             CASE WHEN disbursed_at_ms IS NOT NULL THEN 'disbursed'
               WHEN state IN ('open', 'waiting_price') AND expires_at_ms <= $3 THEN 'expired' ELSE state END AS state
           FROM journey_journeys
           WHERE institution_id = $1 AND created_at_ms >= $2 AND kind IN ('loan', 'drawdown')) x
         GROUP BY day, state ORDER BY day, state",
        values![view.institution()?, since_ms, now_ms],
    )
    .await
}

/// Journeys that somebody is on the way with, the newest first.
pub async fn on_their_way(view: &impl Read, now_ms: i64, limit: i64) -> Result<Vec<Journey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys
         WHERE institution_id = $1 AND state IN ('open', 'waiting_price') AND disbursed_at_ms IS NULL AND expires_at_ms > $2
         ORDER BY id DESC LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, now_ms, limit])
        .await?;
    rows.into_iter().map(Row::journey).collect()
}

/// Holds that nobody lifted.
pub async fn holds_standing(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(placed_at_ms) AS oldest_ms FROM (
               SELECT placed_at_ms FROM journey_holds
               WHERE institution_id = $1 AND lifted_at_ms IS NULL ORDER BY placed_at_ms LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

/// Releases in an emergency that were asked for since an instant, and that nobody agreed to.
pub async fn asked_glasses(view: &impl Read, since_ms: i64) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(asked_at_ms) AS oldest_ms FROM (
               SELECT asked_at_ms FROM journey_break_glass
               WHERE institution_id = $1 AND agreed_at_ms IS NULL AND refused_at_ms IS NULL AND asked_at_ms > $2 ORDER BY asked_at_ms LIMIT $3) x",
            values![view.institution()?, since_ms, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
