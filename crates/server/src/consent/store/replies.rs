//! Messages that came back, by the gateway's own id, so that each is taken once. Neither number nor text is kept.

use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATION: Migration = Migration {
    name: "consent_0003_replies",
    sql: "
        CREATE TABLE consent_replies (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            taken_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
    ",
};

/// Notes a reply; false when it was taken before.
pub async fn note(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let noted = tx
        .exec(
            "INSERT INTO consent_replies (institution_id, id, taken_at_ms) VALUES ($1, $2, $3)
             ON CONFLICT (institution_id, id) DO NOTHING",
            values![&institution, id, now_ms],
        )
        .await?;
    Ok(noted == 1)
}
