//! Restores of the house, as far as they touch an institution's money.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::disbursement::restore::{Restore, RestoreId};
use crate::error::{Error, Result};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "disbursement_0008_restores",
    sql: "
        CREATE TABLE disbursement_restores (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            backup TEXT NOT NULL,
            taken_at_ms BIGINT NOT NULL,
            restored_at_ms BIGINT NOT NULL,
            reconciled_by TEXT,
            reconciled_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    backup: String,
    taken_at_ms: i64,
    restored_at_ms: i64,
    reconciled_by: Option<String>,
    reconciled_at_ms: Option<i64>,
}

impl From<Row> for Restore {
    fn from(row: Row) -> Self {
        Self {
            id: RestoreId::stored(row.id),
            backup: row.backup,
            taken_at_ms: row.taken_at_ms,
            restored_at_ms: row.restored_at_ms,
            reconciled_by: row.reconciled_by,
            reconciled_at_ms: row.reconciled_at_ms,
        }
    }
}

const COLUMNS: &str = "id, backup, taken_at_ms, restored_at_ms, reconciled_by, reconciled_at_ms";

/// Which restores are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    All,
    /// Those that nobody reconciled yet.
    Open,
}

/// Newest first, after a cursor.
pub async fn restores(
    view: &impl Read,
    only: Only,
    after: &str,
    limit: i64,
) -> Result<Vec<Restore>> {
    let open = match only {
        Only::All => "",
        Only::Open => "AND reconciled_at_ms IS NULL",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_restores
         WHERE institution_id = $1 AND ($2 = '' OR id < $2) {open} ORDER BY id DESC LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, after, limit])
        .await?;
    Ok(rows.into_iter().map(Restore::from).collect())
}

/// Whether a backup's restore is noted.
pub async fn is_restored(view: &impl Read, backup: &str) -> Result<bool> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_restores WHERE institution_id = $1 AND backup = $2 LIMIT 1"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, backup]).await?;
    Ok(row.is_some())
}

/// One, locked until the transaction ends.
pub async fn lock_restore(tx: &impl Read, id: &RestoreId) -> Result<Restore> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_restores WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    let row: Option<Row> = tx.one(&sql, values![tx.institution()?, id]).await?;
    row.map(Restore::from).ok_or_else(Error::not_found)
}

pub async fn insert_restore(tx: &mut impl Write, restore: &Restore) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO disbursement_restores (institution_id, id, backup, taken_at_ms, restored_at_ms)
         VALUES ($1, $2, $3, $4, $5)",
        values![
            &institution,
            &restore.id,
            restore.backup.as_str(),
            restore.taken_at_ms,
            restore.restored_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Stores who reconciled it; somebody else's word in between is a conflict.
pub async fn save_restore(tx: &mut impl Write, restore: &Restore) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE disbursement_restores SET reconciled_by = $3, reconciled_at_ms = $4
             WHERE institution_id = $1 AND id = $2 AND reconciled_at_ms IS NULL",
            values![
                &institution,
                &restore.id,
                restore.reconciled_by.as_deref(),
                restore.reconciled_at_ms
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(Error::Conflict),
    }
}
