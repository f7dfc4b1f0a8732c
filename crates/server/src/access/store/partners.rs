//! API keys by the digest of their secret.

use sea_orm::FromQueryResult;

use crate::access::model::{ApiKey, ApiKeyId, Scope};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    institution_id: String,
    name: String,
    scopes: String,
    networks: String,
    issued_at_ms: i64,
    expires_at_ms: Option<i64>,
    revoked_at_ms: Option<i64>,
    last_used_ms: Option<i64>,
    successor: Option<String>,
}

impl Row {
    fn key(self) -> Result<ApiKey> {
        Ok(ApiKey {
            id: ApiKeyId::stored(self.id),
            name: self.name,
            scopes: Scope::parse_list(&self.scopes),
            networks: ApiKey::parse_networks(&self.networks)
                .map_err(|cause| Error::Internal(Box::new(cause)))?,
            issued_at_ms: self.issued_at_ms,
            expires_at_ms: self.expires_at_ms,
            revoked_at_ms: self.revoked_at_ms,
            last_used_ms: self.last_used_ms,
            successor: self.successor,
        })
    }
}

const COLUMNS: &str = "id, institution_id, name, scopes, networks, issued_at_ms, expires_at_ms, revoked_at_ms, last_used_ms, successor";

pub async fn insert(tx: &mut impl Write, key: &ApiKey, digest: Vec<u8>) -> Result<()> {
    let institution = tx.institution()?.clone();
    let networks: Vec<String> = key.networks.iter().map(ToString::to_string).collect();
    tx.exec(
        "INSERT INTO access_api_keys (id, secret_digest, institution_id, name, scopes, networks, issued_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &key.id,
            digest,
            &institution,
            key.name.as_str(),
            Scope::list(&key.scopes),
            networks.join(" "),
            key.issued_at_ms,
            key.expires_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// A key and whose it is, asked before the institution is known.
pub async fn by_digest(
    view: &impl Read,
    digest: Vec<u8>,
) -> Result<Option<(InstitutionId, ApiKey)>> {
    let sql = format!("SELECT {COLUMNS} FROM access_api_keys WHERE secret_digest = $1");
    let Some(row) = view.one::<Row>(&sql, values![digest]).await? else {
        return Ok(None);
    };
    let institution = InstitutionId::stored(row.institution_id.clone());
    Ok(Some((institution, row.key()?)))
}

/// A key of the transaction's institution, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &ApiKeyId) -> Result<Option<ApiKey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM access_api_keys WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .map(Row::key)
        .transpose()
}

/// Keys newest first, after a cursor.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<ApiKey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM access_api_keys WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    view.all::<Row>(&sql, values![view.institution()?, after, limit])
        .await?
        .into_iter()
        .map(Row::key)
        .collect()
}

/// Stores how a key ends.
pub async fn save_end(tx: &mut impl Write, key: &ApiKey) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_api_keys SET expires_at_ms = $3, revoked_at_ms = $4, successor = $5 WHERE institution_id = $1 AND id = $2",
        values![
            &institution,
            &key.id,
            key.expires_at_ms,
            key.revoked_at_ms,
            key.successor.clone()
        ],
    )
    .await?;
    Ok(())
}

pub async fn used(tx: &mut impl Write, id: &ApiKeyId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_api_keys SET last_used_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}
