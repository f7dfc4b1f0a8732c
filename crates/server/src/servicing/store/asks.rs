//! What borrowers asked of their loans.

use sea_orm::FromQueryResult;

use super::loans::day;
use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::servicing::asked::{AskId, AskKind, Asked};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "servicing_0002_asks",
    sql: "
        CREATE TABLE servicing_asks (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            asked_on TEXT NOT NULL,
            by_day TEXT NOT NULL,
            total BIGINT NOT NULL,
            received BIGINT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX servicing_asks_case ON servicing_asks (institution_id, case_id, id);
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    kind: String,
    asked_on: String,
    by_day: String,
    total: i64,
    received: i64,
    asked_at_ms: i64,
}

impl Row {
    fn asked(self) -> Result<Asked> {
        Ok(Asked {
            id: AskId::stored(self.id),
            case: self.case_id,
            kind: AskKind::parse(&self.kind)
                .ok_or_else(|| Error::internal("unknown kind of ask"))?,
            asked_on: day(&self.asked_on)?,
            by: day(&self.by_day)?,
            total: self.total,
            received: self.received,
            asked_at_ms: self.asked_at_ms,
        })
    }
}

/// What was asked of a case's loan, newest first.
pub async fn list(view: &impl Read, case: &str, limit: i64) -> Result<Vec<Asked>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT id, case_id, kind, asked_on, by_day, total, received, asked_at_ms FROM servicing_asks
             WHERE institution_id = $1 AND case_id = $2 ORDER BY id DESC LIMIT $3",
            values![view.institution()?, case, limit],
        )
        .await?;
    rows.into_iter().map(Row::asked).collect()
}

/// Keeps what was asked.
pub async fn insert(tx: &mut impl Write, asked: &Asked) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO servicing_asks (institution_id, id, case_id, kind, asked_on, by_day, total, received, asked_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            &institution,
            &asked.id,
            asked.case.as_str(),
            asked.kind.as_str(),
            asked.asked_on.to_string(),
            asked.by.to_string(),
            asked.total,
            asked.received,
            asked.asked_at_ms
        ],
    )
    .await?;
    Ok(())
}
