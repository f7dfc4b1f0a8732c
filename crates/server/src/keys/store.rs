//! What recognises each registered key. Unscoped: the key files serve the whole program.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "keys_0001_checks",
    sql: "
        CREATE TABLE keys_checks (
            name TEXT PRIMARY KEY,
            check_bytes {bytes} NOT NULL
        );
    ",
}];

#[derive(FromQueryResult)]
struct Row {
    check_bytes: Vec<u8>,
}

pub async fn check_of(view: &impl Read, name: &str) -> Result<Option<Vec<u8>>> {
    let row: Option<Row> = view
        .one(
            "SELECT check_bytes FROM keys_checks WHERE name = $1",
            values![name],
        )
        .await?;
    Ok(row.map(|row| row.check_bytes))
}

/// Remembers a key, and answers what is remembered: of two at once the first counts.
pub async fn remember(tx: &mut impl Write, name: &str, check: &[u8]) -> Result<Vec<u8>> {
    tx.exec(
        "INSERT INTO keys_checks (name, check_bytes) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        values![name, check.to_vec()],
    )
    .await?;
    check_of(tx, name)
        .await?
        .ok_or_else(|| Error::internal("a remembered key did not come back"))
}

/// Forgets what recognises a key.
pub async fn forget(tx: &mut impl Write, name: &str) -> Result<()> {
    tx.exec("DELETE FROM keys_checks WHERE name = $1", values![name])
        .await?;
    Ok(())
}
