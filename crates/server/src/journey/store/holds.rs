//! What stops a journey's money.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::journey::JourneyId;
use crate::journey::holds::{Hold, HoldId};
use crate::journey::model::Journey;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "journey_0008_holds",
    sql: "
        ALTER TABLE journey_journeys ADD COLUMN disbursed_at_ms BIGINT;
        CREATE TABLE journey_holds (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            journey_id TEXT NOT NULL,
            words TEXT NOT NULL,
            placed_by TEXT NOT NULL,
            placed_at_ms BIGINT NOT NULL,
            lifted_by TEXT,
            lifted_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX journey_holds_journey ON journey_holds (institution_id, journey_id, id);
    ",
};

pub const ABOUT: Migration = Migration {
    name: "journey_0015_hold_about",
    sql: "ALTER TABLE journey_holds ADD COLUMN about TEXT",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    words: String,
    about: Option<String>,
    placed_by: String,
    placed_at_ms: i64,
    lifted_by: Option<String>,
    lifted_at_ms: Option<i64>,
}

impl From<Row> for Hold {
    fn from(row: Row) -> Self {
        Self {
            id: HoldId::stored(row.id),
            words: row.words,
            about: row.about,
            placed_by: row.placed_by,
            placed_at_ms: row.placed_at_ms,
            lifted_by: row.lifted_by,
            lifted_at_ms: row.lifted_at_ms,
        }
    }
}

const COLUMNS: &str = "id, words, about, placed_by, placed_at_ms, lifted_by, lifted_at_ms";

/// Holds of a journey: those that stand, the newest first, then lifted ones.
pub async fn holds(view: &impl Read, journey: &JourneyId, limit: i64) -> Result<Vec<Hold>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_holds WHERE institution_id = $1 AND journey_id = $2
         ORDER BY CASE WHEN lifted_at_ms IS NULL THEN 0 ELSE 1 END, id DESC LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, journey, limit])
        .await?;
    Ok(rows.into_iter().map(Hold::from).collect())
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How many holds of staff stand on one journey: those of rooms say what they are about.
pub async fn standing(view: &impl Read, journey: &JourneyId) -> Result<i64> {
    let sql = format!("{COUNT} journey_id = $2 AND about IS NULL AND lifted_at_ms IS NULL");
    let row: Option<Count> = view
        .one(&sql, values![view.institution()?, journey])
        .await?;
    Ok(row.map_or(0, |row| row.n))
}

const COUNT: &str = "SELECT COUNT(*) AS n FROM journey_holds WHERE institution_id = $1 AND";

/// Where a hold stops the money of a journey: on itself, on its line, or on whoever answers for its loan.
const STOPPING: &str = "journey_id IN
    (SELECT id FROM journey_journeys WHERE institution_id = $1 AND (id = $2 OR id = $3 OR main_id = $2))";

/// A hold that stops a journey's money; of several, one that says what it is about.
pub async fn stopping(view: &impl Read, journey: &Journey) -> Result<Option<Hold>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_holds WHERE institution_id = $1 AND {STOPPING} AND lifted_at_ms IS NULL
         ORDER BY CASE WHEN about IS NULL THEN 1 ELSE 0 END, id LIMIT 1"
    );
    let line = journey.line.as_ref().unwrap_or(&journey.id);
    let values = values![view.institution()?, &journey.id, line];
    let row: Option<Row> = view.one(&sql, values).await?;
    Ok(row.map(Hold::from))
}

/// How many stopped it at an instant, whether they were lifted since or not.
pub async fn stopped_at(view: &impl Read, journey: &Journey, at_ms: i64) -> Result<i64> {
    let sql = format!(
        "{COUNT} {STOPPING} AND placed_at_ms <= $4 AND (lifted_at_ms IS NULL OR lifted_at_ms > $4)"
    );
    let line = journey.line.as_ref().unwrap_or(&journey.id);
    let values = values![view.institution()?, &journey.id, line, at_ms];
    let row: Option<Count> = view.one(&sql, values).await?;
    Ok(row.map_or(0, |row| row.n))
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// The hold that stands of one placer, for one reason and thing.
pub async fn standing_of(
    view: &impl Read,
    journey: &JourneyId,
    placed_by: &str,
    (words, about): (&str, &str),
) -> Result<Option<HoldId>> {
    let sql = "SELECT id FROM journey_holds WHERE institution_id = $1 AND journey_id = $2 AND placed_by = $3 AND words = $4
         AND about = $5 AND lifted_at_ms IS NULL ORDER BY id LIMIT 1";
    let values = values![view.institution()?, journey, placed_by, words, about];
    let row: Option<Id> = view.one(sql, values).await?;
    Ok(row.map(|row| HoldId::stored(row.id)))
}

/// One hold of a journey, locked until the transaction ends.
pub async fn lock_hold(tx: &impl Read, journey: &JourneyId, id: &HoldId) -> Result<Hold> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_holds WHERE institution_id = $1 AND journey_id = $2 AND id = $3{}",
        tx.for_update()
    );
    let row: Option<Row> = tx
        .one(&sql, values![tx.institution()?, journey, id])
        .await?;
    row.map(Hold::from).ok_or_else(Error::not_found)
}

pub async fn insert_hold(tx: &mut impl Write, journey: &JourneyId, hold: &Hold) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO journey_holds (institution_id, id, journey_id, words, placed_by, placed_at_ms, about)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            &institution,
            &hold.id,
            journey,
            hold.words.as_str(),
            hold.placed_by.as_str(),
            hold.placed_at_ms,
            hold.about.as_deref()
        ],
    )
    .await?;
    Ok(())
}

/// Lifts a hold that stands.
pub async fn save_hold(tx: &mut impl Write, hold: &Hold) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE journey_holds SET lifted_by = $3, lifted_at_ms = $4
             WHERE institution_id = $1 AND id = $2 AND lifted_at_ms IS NULL",
            values![
                &institution,
                &hold.id,
                hold.lifted_by.as_deref(),
                hold.lifted_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
