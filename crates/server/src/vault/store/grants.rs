//! Grants: which item may be opened, for what, on which basis, until when.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;
use crate::vault::item::ItemKind;
use crate::vault::model::{GrantId, SubjectId};

/// A grant on its way in; one row per item.
pub struct NewGrant<'a> {
    pub id: &'a GrantId,
    pub subject: &'a SubjectId,
    pub item: ItemKind,
    pub purpose: &'static str,
    pub basis: &'static str,
    pub source: Option<&'a str>,
    pub until_ms: i64,
}

pub async fn insert_grant(tx: &mut impl Write, new: NewGrant<'_>, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_grants (institution_id, id, subject_id, item, purpose, basis, source, granted_at_ms, until_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![&institution, new.id, new.subject, new.item.as_str(), new.purpose, new.basis, new.source, now_ms, new.until_ms],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Granted {
    id: String,
}

/// The longest grant that is live now, locked so that it can't end while it is used.
pub async fn live_grant(
    tx: &impl Write,
    subject: &SubjectId,
    item: ItemKind,
    purpose: &str,
    now_ms: i64,
) -> Result<Option<GrantId>> {
    let sql = format!(
        "SELECT id FROM vault_grants
         WHERE institution_id = $1 AND subject_id = $2 AND item = $3 AND purpose = $4 AND until_ms > $5 AND ended_at_ms IS NULL
         ORDER BY until_ms DESC LIMIT 1{}",
        tx.for_update()
    );
    let row = tx
        .one::<Granted>(
            &sql,
            values![tx.institution()?, subject, item.as_str(), purpose, now_ms],
        )
        .await?;
    Ok(row.map(|row| GrantId::stored(row.id)))
}

#[derive(FromQueryResult)]
struct Whose {
    subject_id: String,
}

/// Whose items a grant opens.
pub async fn grant_subject(view: &impl Read, grant: &GrantId) -> Result<Option<SubjectId>> {
    let row: Option<Whose> = view
        .one(
            "SELECT subject_id FROM vault_grants WHERE institution_id = $1 AND id = $2 LIMIT 1",
            values![view.institution()?, grant],
        )
        .await?;
    Ok(row.map(|row| SubjectId::stored(row.subject_id)))
}

/// Ends a grant where it is still open; says how many items it opened.
pub async fn end_grant(
    tx: &mut impl Write,
    grant: &GrantId,
    why: &'static str,
    now_ms: i64,
) -> Result<u64> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE vault_grants SET ended_at_ms = $3, ended_why = $4
         WHERE institution_id = $1 AND id = $2 AND ended_at_ms IS NULL",
        values![&institution, grant, now_ms, why],
    )
    .await
}

/// Grants that rest on a source and have not ended, in the order of their ids.
pub async fn live_grants_of_source(view: &impl Read, source: &str) -> Result<Vec<GrantId>> {
    let rows: Vec<Granted> = view
        .all(
            "SELECT DISTINCT id FROM vault_grants
             WHERE institution_id = $1 AND source = $2 AND ended_at_ms IS NULL ORDER BY id",
            values![view.institution()?, source],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| GrantId::stored(row.id))
        .collect())
}

/// A grant for one item.
#[derive(FromQueryResult)]
pub struct GrantRow {
    pub id: String,
    pub item: String,
    pub purpose: String,
    pub basis: String,
    pub source: Option<String>,
    pub granted_at_ms: i64,
    pub until_ms: i64,
    pub ended_at_ms: Option<i64>,
    pub ended_why: Option<String>,
}

impl GrantRow {
    pub fn grant(&self) -> GrantId {
        GrantId::stored(self.id.clone())
    }
}

/// The newest grants of a subject, one row an item.
pub async fn grants(view: &impl Read, subject: &SubjectId, limit: i64) -> Result<Vec<GrantRow>> {
    view.all(
        "SELECT id, item, purpose, basis, source, granted_at_ms, until_ms, ended_at_ms, ended_why FROM vault_grants
         WHERE institution_id = $1 AND subject_id = $2 ORDER BY id DESC, item LIMIT $3",
        values![view.institution()?, subject, limit],
    )
    .await
}
