//! Cases whose person is verified.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATION: Migration = Migration {
    name: "access_0007_verified_cases",
    sql: "
        CREATE TABLE access_verified_cases (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            verified_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
    ",
};

/// Notes a case once; the first instant stays.
pub async fn note(tx: &mut impl Write, case: &str, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_verified_cases (institution_id, case_id, verified_at_ms) VALUES ($1, $2, $3)
         ON CONFLICT (institution_id, case_id) DO NOTHING",
        values![&institution, case, now_ms],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Verified {
    verified_at_ms: i64,
}

pub async fn is(view: &impl Read, case: &str) -> Result<bool> {
    let row: Option<Verified> = view
        .one(
            "SELECT verified_at_ms FROM access_verified_cases WHERE institution_id = $1 AND case_id = $2",
            values![view.institution()?, case],
        )
        .await?;
    Ok(row.is_some_and(|row| row.verified_at_ms > 0))
}
