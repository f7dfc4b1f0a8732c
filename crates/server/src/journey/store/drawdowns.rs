//! What people chose at the step `drawdown`, and what is drawn of a line.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::journey::JourneyId;
use crate::values;

pub const TABLES: Migration = Migration {
    name: "journey_0002_drawdowns",
    sql: "
        ALTER TABLE journey_journeys ADD COLUMN kind TEXT NOT NULL DEFAULT 'loan';
        ALTER TABLE journey_journeys ADD COLUMN line_id TEXT;
        CREATE INDEX journey_journeys_line ON journey_journeys (institution_id, line_id);
        CREATE TABLE journey_drawdowns (
            institution_id TEXT NOT NULL,
            journey_id TEXT NOT NULL,
            purpose TEXT NOT NULL,
            account_masked TEXT NOT NULL,
            chosen_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, journey_id)
        );
    ",
};

/// A choice from before has the mask alone.
pub const MARKS: Migration = Migration {
    name: "journey_0006_account_marks",
    sql: "ALTER TABLE journey_drawdowns ADD COLUMN account_mark TEXT;",
};

/// What was chosen before has no version, and is chosen anew.
pub const ACCOUNTS: Migration = Migration {
    name: "journey_0007_accounts",
    sql: "ALTER TABLE journey_drawdowns ADD COLUMN account_version BIGINT NOT NULL DEFAULT 0;",
};

/// What a person chose beside amount and periods, which stand with the journey.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Chosen {
    pub purpose: String,
    pub account_masked: String,
    /// Equal for equal accounts; see `disbursement::account_mark`.
    pub account_mark: Option<String>,
    /// Version of the vault's bank card.
    pub account_version: i64,
}

impl Chosen {
    /// Contracts say the same of both.
    pub fn reads_as(&self, other: &Self) -> bool {
        (&self.purpose, &self.account_mark) == (&other.purpose, &other.account_mark)
    }
}

pub async fn chosen(view: &impl Read, journey: &JourneyId) -> Result<Option<Chosen>> {
    view.one(
        "SELECT purpose, account_masked, account_mark, account_version FROM journey_drawdowns WHERE institution_id = $1 AND journey_id = $2",
        values![view.institution()?, journey],
    )
    .await
}

pub async fn put_chosen(
    tx: &mut impl Write,
    journey: &JourneyId,
    chosen: &Chosen,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO journey_drawdowns
           (institution_id, journey_id, purpose, account_masked, chosen_at_ms, account_mark, account_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (institution_id, journey_id)
         DO UPDATE SET purpose = $3, account_masked = $4, chosen_at_ms = $5, account_mark = $6, account_version = $7",
        values![
            &institution,
            journey,
            chosen.purpose.as_str(),
            chosen.account_masked.as_str(),
            now_ms,
            chosen.account_mark.as_deref(),
            chosen.account_version
        ],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Sum {
    drawn: Option<i64>,
}

/// Fen drawn of a line by its other drawdowns; one that ended without money gives its part back.
pub async fn drawn(
    view: &impl Read,
    line: &JourneyId,
    but: &JourneyId,
    now_ms: i64,
) -> Result<i64> {
    let sum: Option<Sum> = view
        .one(
            "SELECT CAST(SUM(principal) AS BIGINT) AS drawn FROM journey_journeys
             WHERE institution_id = $1 AND line_id = $2 AND id <> $3
               AND (disbursed_at_ms IS NOT NULL OR state = 'completed' OR (state = 'open' AND expires_at_ms > $4))",
            values![view.institution()?, line, but, now_ms],
        )
        .await?;
    Ok(sum.and_then(|row| row.drawn).unwrap_or(0))
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// The newest drawdowns of a line.
pub async fn drawdowns_of(
    view: &impl Read,
    line: &JourneyId,
    limit: i64,
) -> Result<Vec<JourneyId>> {
    let rows: Vec<Id> = view
        .all(
            "SELECT id FROM journey_journeys WHERE institution_id = $1 AND line_id = $2 ORDER BY id DESC LIMIT $3",
            values![view.institution()?, line, limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| JourneyId::stored(row.id))
        .collect())
}
