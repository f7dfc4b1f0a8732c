//! What came of a lender's asks, by the digest of their idempotency key.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATION: Migration = Migration {
    name: "consent_0004_asks",
    sql: "
        CREATE TABLE consent_asks (
            institution_id TEXT NOT NULL,
            key TEXT NOT NULL,
            content TEXT NOT NULL,
            answer_id TEXT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, key)
        );
    ",
};

/// What is swept is found by its time.
pub const TIMES: Migration = Migration {
    name: "consent_0005_ask_times",
    sql: "CREATE INDEX consent_asks_asked ON consent_asks (institution_id, asked_at_ms);",
};

/// Asks that one sweep deletes: more than come between two.
const SWEPT_MAX: i64 = 100;

/// Forgets the oldest asks from before an instant.
pub async fn sweep(tx: &mut impl Write, before_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM consent_asks WHERE institution_id = $1 AND key IN
           (SELECT key FROM consent_asks WHERE institution_id = $1 AND asked_at_ms < $2 ORDER BY asked_at_ms LIMIT $3)",
        values![&institution, before_ms, SWEPT_MAX],
    )
    .await?;
    Ok(())
}

/// What was asked, and the id of what came of it.
#[derive(FromQueryResult)]
pub struct Row {
    pub content: String,
    pub answer_id: String,
}

pub async fn find(view: &impl Read, key: &str) -> Result<Option<Row>> {
    view.one(
        "SELECT content, answer_id FROM consent_asks WHERE institution_id = $1 AND key = $2",
        values![view.institution()?, key],
    )
    .await
}

/// Notes what came of an ask; false when one under the same key came first.
pub async fn insert(tx: &mut impl Write, key: &str, row: Row, now_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO consent_asks (institution_id, key, content, answer_id, asked_at_ms) VALUES ($1, $2, $3, $4, $5)",
            values![&institution, key, row.content, row.answer_id, now_ms],
        )
        .await?;
    Ok(inserted.is_some())
}
