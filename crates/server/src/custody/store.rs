//! Certificates of destructions, one a destruction; the final edition stands in the place of the provisional one.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde::Serialize;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::DestructionId;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "custody_0001_certificates",
    sql: "
        CREATE TABLE custody_certificates (
            institution_id TEXT NOT NULL,
            destruction_id TEXT NOT NULL,
            edition TEXT NOT NULL,
            digest TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            issued_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, destruction_id)
        );
    ",
}];

/// How much a certificate may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CertificateEdition)]
pub enum Edition {
    /// Everything in the database is gone; the epoch's key still exists, and with it a use for old copies.
    Provisional,
    /// The epoch's key is gone too.
    Final,
}

impl Edition {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Final => "final",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [Self::Provisional, Self::Final]
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| Error::internal("a certificate in an unknown edition"))
    }
}

/// A printed certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub edition: Edition,
    /// SHA-256 of the PDF, hex.
    pub digest: String,
    pub bytes: i64,
    pub issued_at_ms: i64,
}

#[derive(FromQueryResult)]
struct Row {
    destruction_id: String,
    edition: String,
    digest: String,
    bytes: i64,
    issued_at_ms: i64,
}

impl Row {
    fn certificate(self) -> Result<Certificate> {
        Ok(Certificate {
            edition: Edition::parse(&self.edition)?,
            digest: self.digest,
            bytes: self.bytes,
            issued_at_ms: self.issued_at_ms,
        })
    }
}

/// The certificates of some destructions; those that have none yet are left out.
pub async fn of(
    view: &impl Read,
    ids: &[DestructionId],
) -> Result<HashMap<DestructionId, Certificate>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut bound = values![view.institution()?];
    let places: Vec<String> = ids
        .iter()
        .map(|id| {
            bound.push(id.into());
            format!("${}", bound.len())
        })
        .collect();
    let sql = format!(
        "SELECT destruction_id, edition, digest, bytes, issued_at_ms FROM custody_certificates
         WHERE institution_id = $1 AND destruction_id IN ({})",
        places.join(",")
    );
    let rows: Vec<Row> = view.all(&sql, bound).await?;
    rows.into_iter()
        .map(|row| {
            let id = DestructionId::stored(row.destruction_id.clone());
            Ok((id, row.certificate()?))
        })
        .collect()
}

pub async fn find(view: &impl Read, id: &DestructionId) -> Result<Option<Certificate>> {
    Ok(of(view, std::slice::from_ref(id)).await?.remove(id))
}

/// Stores a certificate, or puts the final edition in the place of the provisional one; false when there is one that
/// says as much already.
pub async fn put(tx: &mut impl Write, id: &DestructionId, new: &Certificate) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let put = tx
        .exec(
            "INSERT INTO custody_certificates (institution_id, destruction_id, edition, digest, bytes, issued_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (institution_id, destruction_id) DO UPDATE SET
               edition = excluded.edition, digest = excluded.digest, bytes = excluded.bytes,
               issued_at_ms = excluded.issued_at_ms
             WHERE custody_certificates.edition = 'provisional' AND excluded.edition = 'final'",
            values![
                &institution,
                id,
                new.edition.as_str(),
                new.digest.as_str(),
                new.bytes,
                new.issued_at_ms
            ],
        )
        .await?;
    Ok(put == 1)
}
