//! What keeps a subject, and how one goes.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;
use crate::vault::item::ItemKind;
use crate::vault::model::{DestructionId, HoldId, SubjectId};

pub const MIGRATION: Migration = Migration {
    name: "vault_0005_destroyed_kinds",
    sql: "
        ALTER TABLE vault_destructions ADD COLUMN kinds TEXT;
        ALTER TABLE vault_destructions ADD COLUMN epoch BIGINT;
    ",
};

/// When the relation with a subject ended; none while it lasts.
#[derive(FromQueryResult)]
pub struct RelationRow {
    pub created_at_ms: i64,
    pub relation_ended_at_ms: Option<i64>,
}

pub async fn relation(view: &impl Read, subject: &SubjectId) -> Result<Option<RelationRow>> {
    view.one(
        "SELECT created_at_ms, relation_ended_at_ms FROM vault_subjects WHERE institution_id = $1 AND id = $2",
        values![view.institution()?, subject],
    )
    .await
}

pub async fn set_relation_end(
    tx: &mut impl Write,
    subject: &SubjectId,
    ended_at_ms: Option<i64>,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE vault_subjects SET relation_ended_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, subject, ended_at_ms],
    )
    .await?;
    Ok(())
}

/// A legal hold.
#[derive(FromQueryResult)]
pub struct HoldRow {
    id: String,
    pub why: String,
    pub placed_by: String,
    pub placed_at_ms: i64,
}

impl HoldRow {
    pub fn hold(&self) -> HoldId {
        HoldId::stored(self.id.clone())
    }
}

/// Holds on a subject that were not lifted.
pub async fn holds(view: &impl Read, subject: &SubjectId) -> Result<Vec<HoldRow>> {
    view.all(
        "SELECT id, why, placed_by, placed_at_ms FROM vault_holds
         WHERE institution_id = $1 AND subject_id = $2 AND lifted_at_ms IS NULL ORDER BY id",
        values![view.institution()?, subject],
    )
    .await
}

pub async fn insert_hold(
    tx: &mut impl Write,
    id: &HoldId,
    subject: &SubjectId,
    why: &str,
    by: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_holds (institution_id, id, subject_id, why, placed_by, placed_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![&institution, id, subject, why, by, now_ms],
    )
    .await?;
    Ok(())
}

/// Lifts a hold; false when there is none of this subject that still stands.
pub async fn lift_hold(
    tx: &mut impl Write,
    id: &HoldId,
    subject: &SubjectId,
    by: &str,
    now_ms: i64,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let lifted = tx
        .exec(
            "UPDATE vault_holds SET lifted_by = $4, lifted_at_ms = $5
             WHERE institution_id = $1 AND id = $2 AND subject_id = $3 AND lifted_at_ms IS NULL",
            values![&institution, id, subject, by, now_ms],
        )
        .await?;
    Ok(lifted == 1)
}

/// A destruction as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DestructionRow {
    id: String,
    pub subject_id: String,
    pub why: String,
    pub state: String,
    pub proposed_by: String,
    pub proposed_at_ms: i64,
    pub approved_by: Option<String>,
    pub approved_at_ms: Option<i64>,
    pub items: i64,
    pub facts: i64,
    /// Names of the item kinds that were kept, separated by spaces; none before it is carried out.
    kinds: Option<String>,
    /// The epoch whose key had wrapped the subject's.
    pub epoch: Option<i64>,
}

impl DestructionRow {
    pub fn destruction(&self) -> DestructionId {
        DestructionId::stored(self.id.clone())
    }

    /// Which kinds of items were destroyed.
    pub fn kinds(&self) -> Vec<ItemKind> {
        let words = self.kinds.as_deref().unwrap_or_default();
        words.split(' ').filter_map(ItemKind::parse).collect()
    }

    /// Notes what went.
    pub fn carried_out(&mut self, kinds: &[ItemKind], epoch: i64) {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        self.kinds = Some(words.join(" "));
        self.epoch = Some(epoch);
        "done".clone_into(&mut self.state);
    }
}

const DESTRUCTION: &str = "id, subject_id, why, state, proposed_by, proposed_at_ms, approved_by, approved_at_ms, items, facts, kinds, epoch";

pub async fn destruction(view: &impl Read, id: &DestructionId) -> Result<Option<DestructionRow>> {
    let sql = format!(
        "SELECT {DESTRUCTION} FROM vault_destructions WHERE institution_id = $1 AND id = $2"
    );
    view.one(&sql, values![view.institution()?, id]).await
}

pub async fn insert_destruction(
    tx: &mut impl Write,
    id: &DestructionId,
    subject: &SubjectId,
    why: &str,
    by: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_destructions
           (institution_id, id, subject_id, why, state, proposed_by, proposed_at_ms, items, facts)
         VALUES ($1, $2, $3, $4, 'proposed', $5, $6, 0, 0)",
        values![&institution, id, subject, why, by, now_ms],
    )
    .await?;
    Ok(())
}

/// A destruction, locked until the transaction ends.
pub async fn lock_destruction(
    tx: &impl Write,
    id: &DestructionId,
) -> Result<Option<DestructionRow>> {
    let sql = format!(
        "SELECT {DESTRUCTION} FROM vault_destructions WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one(&sql, values![tx.institution()?, id]).await
}

/// The proposal that waits for a subject, if any.
pub async fn proposed(view: &impl Read, subject: &SubjectId) -> Result<Option<DestructionRow>> {
    let sql = format!(
        "SELECT {DESTRUCTION} FROM vault_destructions
         WHERE institution_id = $1 AND subject_id = $2 AND state = 'proposed' ORDER BY id LIMIT 1"
    );
    view.one(&sql, values![view.institution()?, subject]).await
}

/// Destructions, newest first, behind a cursor.
pub async fn destructions(
    view: &impl Read,
    after: &str,
    limit: i64,
) -> Result<Vec<DestructionRow>> {
    let sql = format!(
        "SELECT {DESTRUCTION} FROM vault_destructions
         WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    view.all(&sql, values![view.institution()?, after, limit])
        .await
}

/// Notes that a destruction was carried out.
pub async fn save_done(tx: &mut impl Write, row: &DestructionRow) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE vault_destructions SET state = $3, approved_by = $4, approved_at_ms = $5, items = $6, facts = $7, kinds = $8, epoch = $9
         WHERE institution_id = $1 AND id = $2",
        values![
            &institution,
            row.id.as_str(),
            row.state.as_str(),
            row.approved_by.clone(),
            row.approved_at_ms,
            row.items,
            row.facts,
            row.kinds.clone(),
            row.epoch
        ],
    )
    .await?;
    Ok(())
}

/// Deletes key, items with their blind indexes, grants and explained openings of a subject; says how many items.
pub async fn wipe(tx: &mut impl Write, subject: &SubjectId) -> Result<u64> {
    let institution = tx.institution()?.clone();
    let bound = || values![&institution, subject];
    tx.exec(
        "DELETE FROM vault_subjects WHERE institution_id = $1 AND id = $2",
        bound(),
    )
    .await?;
    tx.exec(
        "DELETE FROM vault_grants WHERE institution_id = $1 AND subject_id = $2",
        bound(),
    )
    .await?;
    tx.exec(
        "DELETE FROM vault_openings WHERE institution_id = $1 AND subject_id = $2",
        bound(),
    )
    .await?;
    let own = tx
        .exec(
            "DELETE FROM vault_case_items WHERE institution_id = $1 AND subject_id = $2",
            bound(),
        )
        .await?;
    let items = tx
        .exec(
            "DELETE FROM vault_items WHERE institution_id = $1 AND subject_id = $2",
            bound(),
        )
        .await?;
    Ok(own + items)
}
