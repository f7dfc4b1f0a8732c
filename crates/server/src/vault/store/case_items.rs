//! What one case has of its own beside the person's: what its application said, and the earlier phone that is still to be
//! told.

use sea_orm::FromQueryResult;

use super::NewItem;
use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;
use crate::vault::item::ItemKind;
use crate::vault::model::SubjectId;

pub const PHONES: Migration = Migration {
    name: "vault_0008_case_phones",
    sql: "
        CREATE TABLE vault_case_phones (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            role TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            version BIGINT NOT NULL,
            sealed {bytes} NOT NULL,
            mask {bytes} NOT NULL,
            blind {bytes},
            kept_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, role)
        );
        CREATE INDEX vault_case_phones_blind ON vault_case_phones (institution_id, blind, subject_id);
        CREATE INDEX vault_case_phones_subject ON vault_case_phones (institution_id, subject_id);
    ",
};

pub const MIGRATION: Migration = Migration {
    name: "vault_0010_case_items",
    sql: "
        CREATE TABLE vault_case_items (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            item TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            version BIGINT NOT NULL,
            sealed {bytes} NOT NULL,
            mask {bytes} NOT NULL,
            blind {bytes},
            class TEXT NOT NULL,
            purpose TEXT NOT NULL,
            source TEXT NOT NULL,
            retention TEXT NOT NULL,
            updated_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, item)
        );
        INSERT INTO vault_case_items
          (institution_id, case_id, item, subject_id, version, sealed, mask, blind, class, purpose, source, retention, updated_at_ms)
          SELECT institution_id, case_id, CASE role WHEN 'own' THEN 'phone' ELSE 'earlier_phone' END, subject_id, version,
            sealed, mask, blind, 'C2', 'loan', 'partner', 'relation_end_plus_10_years', kept_at_ms
          FROM vault_case_phones;
        DROP TABLE vault_case_phones;
        CREATE INDEX vault_case_items_blind ON vault_case_items (institution_id, item, blind, subject_id);
        CREATE INDEX vault_case_items_subject ON vault_case_items (institution_id, subject_id, item);
    ",
};

/// What a case has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// The application said so; the person's stays as it is.
    Said(ItemKind),
    /// The phone that was the person's until this case's took its place.
    EarlierPhone,
}

impl Own {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Said(kind) => kind.as_str(),
            Self::EarlierPhone => "earlier_phone",
        }
    }

    pub fn kind(self) -> ItemKind {
        match self {
            Self::Said(kind) => kind,
            Self::EarlierPhone => ItemKind::Phone,
        }
    }

    /// Under which name it is sealed.
    pub fn label(self, case: &str) -> String {
        match self {
            Self::Said(kind) => format!("{}:own:{case}", kind.as_str()),
            Self::EarlierPhone => format!("phone:earlier:{case}"),
        }
    }
}

/// A sealed item of a case's own.
#[derive(FromQueryResult)]
pub struct OwnRow {
    /// Counted up with each value; 0 for a name or phone beside the person's, for an earlier phone the person's.
    pub version: i64,
    pub sealed: Vec<u8>,
    pub mask: Vec<u8>,
    pub blind: Option<Vec<u8>>,
}

pub async fn find(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    own: Own,
) -> Result<Option<OwnRow>> {
    view.one(
        "SELECT version, sealed, mask, blind FROM vault_case_items
         WHERE institution_id = $1 AND case_id = $2 AND item = $3 AND subject_id = $4",
        values![view.institution()?, case, own.as_str(), subject],
    )
    .await
}

#[derive(FromQueryResult)]
struct Counted {
    items: i64,
}

/// Whether any case of a subject has something of its own.
pub async fn any(view: &impl Read, subject: &SubjectId, own: Own) -> Result<bool> {
    let row: Option<Counted> = view
        .one(
            "SELECT COUNT(*) AS items FROM vault_case_items
             WHERE institution_id = $1 AND subject_id = $2 AND item = $3",
            values![view.institution()?, subject, own.as_str()],
        )
        .await?;
    Ok(row.is_some_and(|row| row.items > 0))
}

/// Stores what a case has of its own, or puts a newer value in its place.
pub async fn put(
    tx: &mut impl Write,
    subject: &SubjectId,
    case: &str,
    new: NewItem<'_>,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_case_items
           (institution_id, case_id, item, subject_id, version, sealed, mask, blind, class, purpose, source, retention, updated_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (institution_id, case_id, item) DO UPDATE SET
           version = excluded.version, sealed = excluded.sealed, mask = excluded.mask, blind = excluded.blind,
           source = excluded.source, updated_at_ms = excluded.updated_at_ms",
        values![
            &institution,
            case,
            new.item,
            subject,
            new.version,
            new.sealed,
            new.mask,
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

pub async fn delete(tx: &mut impl Write, case: &str, own: Own) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM vault_case_items WHERE institution_id = $1 AND case_id = $2 AND item = $3",
        values![&institution, case, own.as_str()],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Found {
    subject_id: String,
}

/// Subjects one of whose cases came with this phone, at most `limit`.
pub async fn find_by_phone(view: &impl Read, blind: Vec<u8>, limit: i64) -> Result<Vec<SubjectId>> {
    let rows: Vec<Found> = view
        .all(
            "SELECT DISTINCT subject_id FROM vault_case_items
             WHERE institution_id = $1 AND item = 'phone' AND blind = $2 ORDER BY subject_id DESC LIMIT $3",
            values![view.institution()?, blind, limit],
        )
        .await?;
    let id = |row: Found| SubjectId::stored(row.subject_id);
    Ok(rows.into_iter().map(id).collect())
}
