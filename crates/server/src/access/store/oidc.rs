//! Who an institution lets say who its staff are.

use sea_orm::FromQueryResult;

use crate::access::model::OidcProvider;
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    issuer: String,
    client_id: String,
    claim: String,
    acr: Option<String>,
    amr: Option<String>,
    secret_sealed: Vec<u8>,
}

/// A provider with its client's secret, sealed.
pub struct Stored {
    pub provider: OidcProvider,
    pub secret_sealed: Vec<u8>,
}

pub async fn find(view: &impl Read) -> Result<Option<Stored>> {
    let row: Option<Row> = view
        .one(
            "SELECT issuer, client_id, claim, acr, amr, secret_sealed FROM access_oidc WHERE institution_id = $1",
            values![view.institution()?],
        )
        .await?;
    Ok(row.map(|row| Stored {
        provider: OidcProvider {
            issuer: row.issuer,
            client_id: row.client_id,
            claim: row.claim,
            acr: row.acr,
            amr: row.amr,
        },
        secret_sealed: row.secret_sealed,
    }))
}

pub async fn set(
    tx: &mut impl Write,
    provider: &OidcProvider,
    secret_sealed: Vec<u8>,
    now_ms: i64,
) -> Result<()> {
    remove(tx).await?;
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_oidc (institution_id, issuer, client_id, claim, acr, amr, secret_sealed, changed_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            provider.issuer.as_str(),
            provider.client_id.as_str(),
            provider.claim.as_str(),
            provider.acr.clone(),
            provider.amr.clone(),
            secret_sealed,
            now_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn remove(tx: &mut impl Write) -> Result<()> {
    let institution = tx.institution()?.clone();
    let sql = "DELETE FROM access_oidc WHERE institution_id = $1";
    tx.exec(sql, values![&institution]).await?;
    Ok(())
}
