//! Changes of a paid loan's terms, each with a journey of its own.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::journey::JourneyId;
use crate::journey::change::Reason;
use crate::journey::comparison::Comparison;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "journey_0012_changes",
    sql: "
        CREATE TABLE journey_changes (
            institution_id TEXT NOT NULL,
            journey_id TEXT NOT NULL,
            loan_id TEXT NOT NULL,
            from_id TEXT NOT NULL,
            reason TEXT NOT NULL,
            dearer_accepted_at_ms BIGINT,
            completed_at_ms BIGINT,
            PRIMARY KEY (institution_id, journey_id)
        );
        CREATE INDEX journey_changes_loan ON journey_changes (institution_id, loan_id, journey_id);
    ",
};

/// What was compared when it was opened: the sheet says just this, whatever is received since.
pub const COMPARED: Migration = Migration {
    name: "journey_0014_changes_compared",
    sql: "ALTER TABLE journey_changes ADD COLUMN compared TEXT;",
};

/// A change of a loan's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its own journey.
    pub id: JourneyId,
    pub loan: JourneyId,
    /// The journey whose terms are in force until then: the loan, or its last change.
    pub from: JourneyId,
    pub reason: Reason,
    /// Old beside new, as the sheet says; absent of one that was opened before it was kept.
    pub compared: Option<Comparison>,
    /// When the person said yes to its costing more.
    pub dearer_accepted_at_ms: Option<i64>,
    /// When its terms took the older ones' place.
    pub completed_at_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    journey_id: String,
    loan_id: String,
    from_id: String,
    reason: String,
    compared: Option<String>,
    dearer_accepted_at_ms: Option<i64>,
    completed_at_ms: Option<i64>,
}

impl Row {
    fn change(self) -> Result<Change> {
        Ok(Change {
            id: JourneyId::stored(self.journey_id),
            loan: JourneyId::stored(self.loan_id),
            from: JourneyId::stored(self.from_id),
            reason: Reason::parse(&self.reason)
                .ok_or_else(|| Error::internal("unknown reason of a change"))?,
            compared: self
                .compared
                .map(|json| serde_json::from_str(&json))
                .transpose()?,
            dearer_accepted_at_ms: self.dearer_accepted_at_ms,
            completed_at_ms: self.completed_at_ms,
        })
    }
}

const COLUMNS: &str =
    "journey_id, loan_id, from_id, reason, compared, dearer_accepted_at_ms, completed_at_ms";

/// The change that a journey is for.
pub async fn change(view: &impl Read, journey: &JourneyId) -> Result<Change> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_changes WHERE institution_id = $1 AND journey_id = $2"
    );
    view.one::<Row>(&sql, values![view.institution()?, journey])
        .await?
        .ok_or_else(|| Error::internal("a change without its loan"))?
        .change()
}

/// Changes of a loan, the newest first.
pub async fn changes_of(view: &impl Read, loan: &JourneyId, limit: i64) -> Result<Vec<Change>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_changes WHERE institution_id = $1 AND loan_id = $2 ORDER BY journey_id DESC LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, loan, limit])
        .await?;
    rows.into_iter().map(Row::change).collect()
}

pub async fn insert_change(tx: &mut impl Write, change: &Change) -> Result<()> {
    let institution = tx.institution()?.clone();
    let compared = change
        .compared
        .as_ref()
        .map(serde_json::to_string)
        .transpose()?;
    tx.exec(
        "INSERT INTO journey_changes (institution_id, journey_id, loan_id, from_id, reason, compared) VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            &institution,
            &change.id,
            &change.loan,
            &change.from,
            change.reason.as_str(),
            compared
        ],
    )
    .await?;
    Ok(())
}

/// Whoever writes holds the change's journey.
pub async fn save_change(tx: &mut impl Write, change: &Change) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE journey_changes SET dearer_accepted_at_ms = $3, completed_at_ms = $4 WHERE institution_id = $1 AND journey_id = $2",
        values![
            &institution,
            &change.id,
            change.dearer_accepted_at_ms,
            change.completed_at_ms
        ],
    )
    .await?;
    Ok(())
}
