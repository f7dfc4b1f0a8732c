//! API keys by the digest of their secret.

use sea_orm::FromQueryResult;

use crate::access::model::ApiKeyId;
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
pub struct Row {
    pub id: String,
    pub institution_id: String,
    pub name: String,
}

pub async fn insert(
    tx: &mut impl Write,
    id: &ApiKeyId,
    digest: Vec<u8>,
    name: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_api_keys (id, secret_digest, institution_id, name, issued_at_ms) VALUES ($1, $2, $3, $4, $5)",
        values![id, digest, &institution, name, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn live_by_digest(view: &impl Read, digest: Vec<u8>) -> Result<Option<Row>> {
    view.one(
        "SELECT id, institution_id, name FROM access_api_keys WHERE secret_digest = $1 AND revoked_at_ms IS NULL",
        values![digest],
    )
    .await
}

/// True when a live key of the transaction's institution was revoked.
pub async fn revoke(tx: &mut impl Write, id: &ApiKeyId, now_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let revoked = tx
        .exec(
            "UPDATE access_api_keys SET revoked_at_ms = $3 WHERE institution_id = $1 AND id = $2 AND revoked_at_ms IS NULL",
            values![&institution, id, now_ms],
        )
        .await?;
    Ok(revoked == 1)
}
