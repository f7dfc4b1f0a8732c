//! What institutions set for themselves, every version of it, and the hosts that are theirs.

use sea_orm::FromQueryResult;

use crate::access::model::Settings;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    version: i64,
    settings: String,
    changed_at_ms: i64,
}

/// Settings as they were stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// 1 and up.
    pub version: i64,
    pub settings: Settings,
    pub changed_at_ms: i64,
}

/// The newest version, if the institution ever set anything.
pub async fn newest(view: &impl Read) -> Result<Option<Stored>> {
    let row: Option<Row> = view
        .one(
            "SELECT version, settings, changed_at_ms FROM access_settings WHERE institution_id = $1 ORDER BY version DESC LIMIT 1",
            values![view.institution()?],
        )
        .await?;
    row.map(|row| {
        Ok(Stored {
            version: row.version,
            settings: serde_json::from_str(&row.settings)?,
            changed_at_ms: row.changed_at_ms,
        })
    })
    .transpose()
}

/// Stores a version; of two at once the second is a conflict.
pub async fn insert(tx: &mut impl Write, stored: &Stored, by: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO access_settings (institution_id, version, settings, changed_at_ms, changed_by) VALUES ($1, $2, $3, $4, $5)",
            values![
                &institution,
                stored.version,
                serde_json::to_string(&stored.settings)?,
                stored.changed_at_ms,
                by
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

#[derive(FromQueryResult)]
struct Owner {
    institution_id: String,
}

/// Whose a host is, asked before the institution is known.
pub async fn owner(view: &impl Read, host: &str) -> Result<Option<InstitutionId>> {
    let row: Option<Owner> = view
        .one(
            "SELECT institution_id FROM access_domains WHERE host = $1",
            values![host],
        )
        .await?;
    Ok(row.map(|row| InstitutionId::stored(row.institution_id)))
}

/// Gives the institution this host and no other; false when it is someone else's.
pub async fn own(tx: &mut impl Write, host: Option<&str>) -> Result<bool> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_domains WHERE institution_id = $1",
        values![&institution],
    )
    .await?;
    let Some(host) = host else { return Ok(true) };
    let owned = tx
        .exec_unique(
            "INSERT INTO access_domains (host, institution_id) VALUES ($1, $2)",
            values![host, &institution],
        )
        .await?;
    Ok(owned.is_some())
}
