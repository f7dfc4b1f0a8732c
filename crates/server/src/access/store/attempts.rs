//! Sign-in attempts by account name, whether or not the account exists: a pause gives nothing away.

use sea_orm::FromQueryResult;

use crate::access::model::Attempts;
use crate::clock::DAY_MS;
use crate::db::Write;
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    failures: i64,
    paused_until_ms: i64,
}

/// Attempts so far, locked until the transaction ends.
pub async fn lock(tx: &mut impl Write, digest: &[u8], now_ms: i64) -> Result<Attempts> {
    tx.exec(
        "INSERT INTO access_attempts (digest, failures, paused_until_ms, updated_at_ms) VALUES ($1, 0, 0, $2)
         ON CONFLICT (digest) DO NOTHING",
        values![digest.to_vec(), now_ms],
    )
    .await?;
    let sql = format!(
        "SELECT failures, paused_until_ms FROM access_attempts WHERE digest = $1{}",
        tx.for_update()
    );
    let row: Row = tx
        .one(&sql, values![digest.to_vec()])
        .await?
        .ok_or_else(|| Error::internal("the attempts row did not come back"))?;
    Ok(Attempts {
        failures: row.failures,
        paused_until_ms: row.paused_until_ms,
    })
}

pub async fn save(
    tx: &mut impl Write,
    digest: &[u8],
    attempts: Attempts,
    now_ms: i64,
) -> Result<()> {
    tx.exec(
        "UPDATE access_attempts SET failures = $2, paused_until_ms = $3, updated_at_ms = $4 WHERE digest = $1",
        values![digest.to_vec(), attempts.failures, attempts.paused_until_ms, now_ms],
    )
    .await?;
    Ok(())
}

/// Forgets attempts of long ago; names nobody has can't fill the table.
pub async fn sweep(tx: &mut impl Write, now_ms: i64) -> Result<()> {
    tx.exec(
        "DELETE FROM access_attempts WHERE updated_at_ms < $1",
        values![now_ms - DAY_MS],
    )
    .await?;
    Ok(())
}

pub async fn clear(tx: &mut impl Write, digest: &[u8]) -> Result<()> {
    tx.exec(
        "DELETE FROM access_attempts WHERE digest = $1",
        values![digest.to_vec()],
    )
    .await?;
    Ok(())
}
