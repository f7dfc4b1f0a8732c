//! Tables: subjects with their wrapped keys, sealed items, grants. Scoped by institution in every statement.

pub mod case_items;
pub mod destructions;
pub mod epochs;
mod grants;
mod items;
pub mod openings;
pub mod thirds;

use sea_orm::FromQueryResult;

pub use grants::{
    GrantRow, NewGrant, end_grant, grant_subject, grants, insert_grant, live_grant,
    live_grants_of_source,
};
pub use items::{
    ItemRow, KeptRow, NewItem, find_by_blind, item, items, kept, masked, put_items, retentions,
};

use super::model::SubjectId;
use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[
    Migration {
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
    },
    Migration {
        name: "vault_0002_masks_and_sources",
        sql: "
        ALTER TABLE vault_items ADD COLUMN mask {bytes};
        ALTER TABLE vault_grants ADD COLUMN source TEXT;
        ALTER TABLE vault_grants ADD COLUMN ended_why TEXT;
        CREATE INDEX vault_grants_source ON vault_grants (institution_id, source) WHERE source IS NOT NULL;
    ",
    },
    epochs::MIGRATION,
    openings::MIGRATION,
    destructions::MIGRATION,
    Migration {
        name: "vault_0006_one_business",
        sql: "
        CREATE UNIQUE INDEX vault_items_one_business ON vault_items (institution_id, blind) WHERE item = 'credit_code';
    ",
    },
    Migration {
        // With the subject at its end the index also gives the order of a look-up, so that no planner prefers the key.
        name: "vault_0007_blind_index_in_order",
        sql: "
        DROP INDEX vault_items_blind;
        CREATE INDEX vault_items_blind ON vault_items (institution_id, item, blind, subject_id);
    ",
    },
    case_items::PHONES,
    thirds::MIGRATION,
    case_items::MIGRATION,
    openings::STRANGE,
];

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
struct Listed {
    id: String,
}

/// Subjects of the institution, newest first, behind a cursor.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<SubjectId>> {
    let rows: Vec<Listed> = view
        .all(
            "SELECT id FROM vault_subjects
             WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3",
            values![view.institution()?, after, limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SubjectId::stored(row.id))
        .collect())
}
