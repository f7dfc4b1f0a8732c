//! Tables: subjects with their wrapped keys, sealed items, grants. Scoped by institution in every statement.

use sea_orm::FromQueryResult;

use super::model::{GrantId, ItemKind, SubjectId};
use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "vault_0001_subjects_items_grants",
    sql: "
        CREATE TABLE vault_subjects (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            wrapped_key {bytes} NOT NULL,
            created_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE TABLE vault_items (
            institution_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            item TEXT NOT NULL,
            version BIGINT NOT NULL,
            sealed {bytes} NOT NULL,
            blind {bytes},
            class TEXT NOT NULL,
            purpose TEXT NOT NULL,
            source TEXT NOT NULL,
            retention TEXT NOT NULL,
            updated_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, subject_id, item)
        );
        CREATE INDEX vault_items_blind ON vault_items (institution_id, item, blind);
        CREATE UNIQUE INDEX vault_items_one_person ON vault_items (institution_id, blind) WHERE item = 'id_number';
        CREATE TABLE vault_grants (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            item TEXT NOT NULL,
            purpose TEXT NOT NULL,
            basis TEXT NOT NULL,
            granted_at_ms BIGINT NOT NULL,
            until_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            PRIMARY KEY (institution_id, id, item)
        );
        CREATE INDEX vault_grants_live ON vault_grants (institution_id, subject_id, item, purpose, until_ms);
    ",
}];

/// A subject's wrapped key.
#[derive(FromQueryResult)]
pub struct SubjectRow {
    pub epoch: i64,
    pub wrapped_key: Vec<u8>,
}

pub async fn insert_subject(
    tx: &mut impl Write,
    id: &SubjectId,
    epoch: i64,
    wrapped_key: Vec<u8>,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_subjects (institution_id, id, epoch, wrapped_key, created_at_ms) VALUES ($1, $2, $3, $4, $5)",
        values![&institution, id, epoch, wrapped_key, now_ms],
    )
    .await?;
    Ok(())
}

/// A subject's key row, locked until the transaction ends.
pub async fn lock_subject(tx: &impl Write, id: &SubjectId) -> Result<Option<SubjectRow>> {
    let sql = format!(
        "SELECT epoch, wrapped_key FROM vault_subjects WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one(&sql, values![tx.institution()?, id]).await
}

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
    pub blind: Option<Vec<u8>>,
    pub class: &'static str,
    pub purpose: &'static str,
    pub source: &'static str,
    pub retention: &'static str,
}

/// Stores an item, or puts a newer version in its place.
pub async fn put_item(
    tx: &mut impl Write,
    subject: &SubjectId,
    new: NewItem<'_>,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_items
           (institution_id, subject_id, item, version, sealed, blind, class, purpose, source, retention, updated_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (institution_id, subject_id, item) DO UPDATE SET
           version = excluded.version, sealed = excluded.sealed, blind = excluded.blind,
           source = excluded.source, updated_at_ms = excluded.updated_at_ms",
        values![
            &institution,
            subject,
            new.item,
            new.version,
            new.sealed,
            new.blind,
            new.class,
            new.purpose,
            new.source,
            new.retention,
            now_ms
        ],
    )
    .await?;
    Ok(())
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

/// A grant on its way in; one row per item.
pub struct NewGrant<'a> {
    pub id: &'a GrantId,
    pub subject: &'a SubjectId,
    pub item: ItemKind,
    pub purpose: &'static str,
    pub basis: &'static str,
    pub until_ms: i64,
}

pub async fn insert_grant(tx: &mut impl Write, new: NewGrant<'_>, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_grants (institution_id, id, subject_id, item, purpose, basis, granted_at_ms, until_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![&institution, new.id, new.subject, new.item.as_str(), new.purpose, new.basis, now_ms, new.until_ms],
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
