//! Refused sign-ins of an hour, by account; those of nobody's accounts together, so that they can't fill the table.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATION: Migration = Migration {
    name: "access_0012_refusals",
    sql: "
        CREATE TABLE access_refusals (
            institution_id TEXT NOT NULL,
            hour BIGINT NOT NULL,
            staff_id TEXT NOT NULL,
            tries BIGINT NOT NULL,
            PRIMARY KEY (institution_id, hour, staff_id)
        );
    ",
};

/// How often one account was tried in vain.
#[derive(FromQueryResult)]
pub struct Row {
    /// Empty for accounts that nobody has.
    pub staff_id: String,
    pub tries: i64,
}

pub async fn count(tx: &mut impl Write, hour: i64, staff: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_refusals (institution_id, hour, staff_id, tries) VALUES ($1, $2, $3, 1)
         ON CONFLICT (institution_id, hour, staff_id) DO UPDATE SET tries = access_refusals.tries + 1",
        values![&institution, hour, staff],
    )
    .await?;
    Ok(())
}

/// What was counted within an hour, most tries first; it is gone with the transaction.
pub async fn take(tx: &mut impl Write, hour: i64) -> Result<Vec<Row>> {
    let institution = tx.institution()?.clone();
    let sql = format!(
        "SELECT staff_id, tries FROM access_refusals WHERE institution_id = $1 AND hour = $2
         ORDER BY tries DESC, staff_id{}",
        tx.for_update()
    );
    let rows = tx.all(&sql, values![&institution, hour]).await?;
    tx.exec(
        "DELETE FROM access_refusals WHERE institution_id = $1 AND hour = $2",
        values![&institution, hour],
    )
    .await?;
    Ok(rows)
}
