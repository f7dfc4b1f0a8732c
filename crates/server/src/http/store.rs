//! Visits by minute. Unscoped: whose house it is that a stranger wants to enter is not known yet.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read as _, Unrecorded, Write as _};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "http_0001_visits",
    sql: "
        CREATE TABLE http_visits (
            digest {bytes} PRIMARY KEY,
            minute_ms BIGINT NOT NULL,
            visits BIGINT NOT NULL
        );
        CREATE INDEX http_visits_old ON http_visits (minute_ms);
    ",
}];

/// Rows that one sweep takes away at the most.
const SWEPT_MAX: i64 = 1_000;

#[derive(FromQueryResult)]
struct Row {
    visits: i64,
}

/// Adds `more` visits to a minute and says how many it has now.
pub async fn count(
    tx: &mut Unrecorded,
    digest: &[u8; 32],
    minute_ms: i64,
    more: i64,
) -> Result<i64> {
    let row: Option<Row> = tx
        .one(
            "INSERT INTO http_visits (digest, minute_ms, visits) VALUES ($1, $2, $3)
             ON CONFLICT (digest) DO UPDATE SET minute_ms = $2,
               visits = $3 + CASE WHEN http_visits.minute_ms = $2 THEN http_visits.visits ELSE 0 END
             RETURNING visits",
            values![digest.to_vec(), minute_ms, more],
        )
        .await?;
    Ok(row
        .ok_or_else(|| Error::internal("a counted row did not come back"))?
        .visits)
}

/// Forgets some of the minutes before an instant.
pub async fn sweep(tx: &mut Unrecorded, before_ms: i64) -> Result<()> {
    let sql = format!(
        "DELETE FROM http_visits WHERE digest IN (
           SELECT digest FROM http_visits WHERE minute_ms < $1 ORDER BY digest LIMIT $2{})",
        tx.skip_locked()
    );
    tx.exec(&sql, values![before_ms, SWEPT_MAX]).await?;
    Ok(())
}
