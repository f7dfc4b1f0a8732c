//! Releases in an emergency.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::journey::JourneyId;
use crate::journey::break_glass::{BreakGlass, BreakGlassId};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "journey_0009_break_glass",
    sql: "
        CREATE TABLE journey_break_glass (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            journey_id TEXT NOT NULL,
            terms_digest TEXT NOT NULL,
            missing TEXT NOT NULL,
            words TEXT NOT NULL,
            asked_by TEXT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            agreed_by TEXT,
            agreed_at_ms BIGINT,
            used_at_ms BIGINT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX journey_break_glass_journey ON journey_break_glass (institution_id, journey_id, id);
    ",
};

pub const REFUSED: Migration = Migration {
    name: "journey_0010_break_glass_refused",
    sql: "
        ALTER TABLE journey_break_glass ADD COLUMN refused_by TEXT;
        ALTER TABLE journey_break_glass ADD COLUMN refused_at_ms BIGINT;
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    journey_id: String,
    terms_digest: String,
    missing: String,
    words: String,
    asked_by: String,
    asked_at_ms: i64,
    agreed_by: Option<String>,
    agreed_at_ms: Option<i64>,
    refused_by: Option<String>,
    refused_at_ms: Option<i64>,
    used_at_ms: Option<i64>,
    version: i64,
}

impl From<Row> for BreakGlass {
    fn from(row: Row) -> Self {
        Self {
            id: BreakGlassId::stored(row.id),
            journey: JourneyId::stored(row.journey_id),
            terms_digest: row.terms_digest,
            missing: row.missing.split(' ').map(str::to_owned).collect(),
            words: row.words,
            asked_by: row.asked_by,
            asked_at_ms: row.asked_at_ms,
            agreed_by: row.agreed_by,
            agreed_at_ms: row.agreed_at_ms,
            refused_by: row.refused_by,
            refused_at_ms: row.refused_at_ms,
            used_at_ms: row.used_at_ms,
            version: row.version,
        }
    }
}

const COLUMNS: &str =
    "id, journey_id, terms_digest, missing, words, asked_by, asked_at_ms, agreed_by, agreed_at_ms,
    refused_by, refused_at_ms, used_at_ms, version";

pub async fn break_glass(view: &impl Read, id: &BreakGlassId) -> Result<BreakGlass> {
    let sql =
        format!("SELECT {COLUMNS} FROM journey_break_glass WHERE institution_id = $1 AND id = $2");
    let row: Option<Row> = view.one(&sql, values![view.institution()?, id]).await?;
    row.map(BreakGlass::from).ok_or_else(Error::not_found)
}

/// One of a journey, locked until the transaction ends.
pub async fn lock_break_glass(
    tx: &impl Read,
    journey: &JourneyId,
    id: &BreakGlassId,
) -> Result<BreakGlass> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_break_glass WHERE institution_id = $1 AND journey_id = $2 AND id = $3{}",
        tx.for_update()
    );
    let row: Option<Row> = tx
        .one(&sql, values![tx.institution()?, journey, id])
        .await?;
    row.map(BreakGlass::from).ok_or_else(Error::not_found)
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How often it was asked about a journey since an instant.
pub async fn asked_break_glasses(
    view: &impl Read,
    journey: &JourneyId,
    since_ms: i64,
) -> Result<i64> {
    let count: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS n FROM journey_break_glass
             WHERE institution_id = $1 AND journey_id = $2 AND asked_at_ms > $3",
            values![view.institution()?, journey, since_ms],
        )
        .await?;
    Ok(count.map_or(0, |count| count.n))
}

/// The newest of a journey that somebody agreed to and nobody refused.
pub async fn agreed_break_glass(
    view: &impl Read,
    journey: &JourneyId,
) -> Result<Option<BreakGlass>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_break_glass
         WHERE institution_id = $1 AND journey_id = $2 AND agreed_at_ms IS NOT NULL AND refused_at_ms IS NULL ORDER BY id DESC LIMIT 1"
    );
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, journey])
        .await?;
    Ok(row.map(BreakGlass::from))
}

/// Newest first, after a cursor; of every journey where none is named.
pub async fn break_glasses(
    view: &impl Read,
    journey: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<BreakGlass>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_break_glass
         WHERE institution_id = $1 AND ($2 = '' OR journey_id = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
    );
    let values = values![view.institution()?, journey, after, limit];
    let rows: Vec<Row> = view.all(&sql, values).await?;
    Ok(rows.into_iter().map(BreakGlass::from).collect())
}

pub async fn insert_break_glass(tx: &mut impl Write, one: &BreakGlass) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO journey_break_glass (institution_id, id, journey_id, terms_digest, missing, words, asked_by, asked_at_ms, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
        values![
            &institution,
            &one.id,
            &one.journey,
            one.terms_digest.as_str(),
            one.missing.join(" "),
            one.words.as_str(),
            one.asked_by.as_str(),
            one.asked_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Stores what may change; somebody else's change in between is a conflict.
pub async fn save_break_glass(tx: &mut impl Write, one: &BreakGlass) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE journey_break_glass SET agreed_by = $4, agreed_at_ms = $5, used_at_ms = $6,
                refused_by = $7, refused_at_ms = $8, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &one.id,
                one.version,
                one.agreed_by.as_deref(),
                one.agreed_at_ms,
                one.used_at_ms,
                one.refused_by.as_deref(),
                one.refused_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
