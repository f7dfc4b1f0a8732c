//! How each institution's exchange does.

use sea_orm::FromQueryResult;

use crate::db::{Read, Tally, Write};
use crate::error::Result;
use crate::values;

/// When an exchange was looked at, and what was wrong then.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Look {
    pub looked_at_ms: i64,
    pub trouble: Option<String>,
    pub troubled_since_ms: Option<i64>,
}

pub async fn look(view: &impl Read) -> Result<Option<Look>> {
    view.one(
        "SELECT looked_at_ms, trouble, troubled_since_ms FROM batch_exchanges WHERE institution_id = $1",
        values![view.institution()?],
    )
    .await
}

/// Notes a look; trouble that goes on keeps its beginning.
pub async fn looked(tx: &mut impl Write, now_ms: i64, trouble: Option<&str>) -> Result<()> {
    let institution = tx.institution()?.clone();
    let since = trouble.map(|_| now_ms);
    tx.exec(
        "INSERT INTO batch_exchanges (institution_id, looked_at_ms, trouble, troubled_since_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (institution_id) DO UPDATE SET looked_at_ms = excluded.looked_at_ms, trouble = excluded.trouble,
           troubled_since_ms = CASE WHEN excluded.trouble IS NULL THEN NULL
             ELSE COALESCE(batch_exchanges.troubled_since_ms, excluded.troubled_since_ms) END",
        values![&institution, now_ms, trouble, since],
    )
    .await?;
    Ok(())
}

/// The exchange, when something is wrong with it.
pub async fn troubled(view: &impl Read) -> Result<Tally> {
    let since_ms = look(view)
        .await?
        .filter(|look| look.trouble.is_some())
        .and_then(|look| look.troubled_since_ms);
    Ok(Tally {
        count: i64::from(since_ms.is_some()),
        oldest_ms: since_ms,
    })
}
