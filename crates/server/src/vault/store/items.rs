//! Sealed items and their look-ups.

use sea_orm::{FromQueryResult, Value};

use crate::db::{Read, Statement, Write};
use crate::error::Result;
use crate::values;
use crate::vault::item::ItemKind;
use crate::vault::model::SubjectId;

#[derive(FromQueryResult)]
struct Found {
    subject_id: String,
}

/// Subjects with this value, at most `limit`.
pub async fn find_by_blind(
    view: &impl Read,
    item: ItemKind,
    blind: Vec<u8>,
    limit: i64,
) -> Result<Vec<SubjectId>> {
    let rows: Vec<Found> = view
        .all(
            "SELECT subject_id FROM vault_items
             WHERE institution_id = $1 AND item = $2 AND blind = $3 ORDER BY subject_id DESC LIMIT $4",
            values![view.institution()?, item.as_str(), blind, limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SubjectId::stored(row.subject_id))
        .collect())
}

/// A sealed item.
#[derive(FromQueryResult)]
pub struct ItemRow {
    pub item: String,
    pub version: i64,
    pub sealed: Vec<u8>,
    pub blind: Option<Vec<u8>>,
}

/// All items of one subject.
pub async fn items(view: &impl Read, subject: &SubjectId) -> Result<Vec<ItemRow>> {
    view.all(
        "SELECT item, version, sealed, blind FROM vault_items WHERE institution_id = $1 AND subject_id = $2",
        values![view.institution()?, subject],
    )
    .await
}

pub async fn item(
    view: &impl Read,
    subject: &SubjectId,
    item: ItemKind,
) -> Result<Option<ItemRow>> {
    view.one(
        "SELECT item, version, sealed, blind FROM vault_items WHERE institution_id = $1 AND subject_id = $2 AND item = $3",
        values![view.institution()?, subject, item.as_str()],
    )
    .await
}

/// A sealed item on its way in.
pub struct NewItem<'a> {
    pub item: &'a str,
    pub version: i64,
    pub sealed: Vec<u8>,
    pub mask: Option<Vec<u8>>,
    pub blind: Option<Vec<u8>>,
    pub class: &'static str,
    pub purpose: &'static str,
    pub source: &'static str,
    pub retention: &'static str,
}

/// Stores items, each in the place of an older version.
pub async fn put_items(
    tx: &mut impl Write,
    subject: &SubjectId,
    new: Vec<NewItem<'_>>,
    now_ms: i64,
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let institution = tx.institution()?.clone();
    let row = |new: NewItem<'_>| {
        values![
            &institution,
            subject,
            new.item,
            new.version,
            new.sealed,
            new.mask,
            new.blind,
            new.class,
            new.purpose,
            new.source,
            new.retention,
            now_ms
        ]
    };
    let rows: Vec<Vec<Value>> = new.into_iter().map(row).collect();
    let insert = Statement::rows(
        "INSERT INTO vault_items
           (institution_id, subject_id, item, version, sealed, mask, blind, class, purpose, source, retention, updated_at_ms)
         VALUES",
        &rows,
        "ON CONFLICT (institution_id, subject_id, item) DO UPDATE SET
           version = excluded.version, sealed = excluded.sealed, mask = excluded.mask, blind = excluded.blind,
           source = excluded.source, updated_at_ms = excluded.updated_at_ms",
    );
    tx.exec_together(vec![insert]).await
}

/// A subject's key and sealed masked forms.
#[derive(FromQueryResult)]
pub struct MaskedRow {
    pub id: String,
    pub epoch: i64,
    pub wrapped_key: Vec<u8>,
    pub version: i64,
    pub sealed: Vec<u8>,
}

/// Keys and sealed masked forms of the named subjects; unknown ids are left out.
pub async fn masked(view: &impl Read, item: &str, ids: &[SubjectId]) -> Result<Vec<MaskedRow>> {
    let mut bound = values![view.institution()?, item];
    let places: Vec<String> = ids
        .iter()
        .map(|id| {
            bound.push(id.into());
            format!("${}", bound.len())
        })
        .collect();
    let sql = format!(
        "SELECT s.id, s.epoch, s.wrapped_key, i.version, i.sealed
         FROM vault_subjects s
         JOIN vault_items i ON i.institution_id = s.institution_id AND i.subject_id = s.id
         WHERE s.institution_id = $1 AND i.item = $2 AND s.id IN ({})",
        places.join(",")
    );
    view.all(&sql, bound).await
}

/// An item with everything that stands on its outside.
#[derive(FromQueryResult)]
pub struct KeptRow {
    pub item: String,
    /// The case that it serves alone.
    pub case_id: Option<String>,
    pub version: i64,
    pub mask: Option<Vec<u8>>,
    pub class: String,
    pub purpose: String,
    pub source: String,
    pub retention: String,
    pub updated_at_ms: i64,
}

/// What is kept about a subject, for all their cases and for single ones, without the values.
pub async fn kept(view: &impl Read, subject: &SubjectId) -> Result<Vec<KeptRow>> {
    view.all(
        "SELECT item, NULL AS case_id, version, mask, class, purpose, source, retention, updated_at_ms FROM vault_items
         WHERE institution_id = $1 AND subject_id = $2
         UNION ALL
         SELECT item, case_id, version, mask, class, purpose, source, retention, updated_at_ms FROM vault_case_items
         WHERE institution_id = $1 AND subject_id = $2
         ORDER BY item",
        values![view.institution()?, subject],
    )
    .await
}

#[derive(FromQueryResult)]
struct Retention {
    retention: String,
}

/// The retention rules of a subject's items.
pub async fn retentions(view: &impl Read, subject: &SubjectId) -> Result<Vec<String>> {
    let rows: Vec<Retention> = view
        .all(
            "SELECT retention FROM vault_items WHERE institution_id = $1 AND subject_id = $2
             UNION
             SELECT retention FROM vault_case_items WHERE institution_id = $1 AND subject_id = $2",
            values![view.institution()?, subject],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.retention).collect())
}
