//! Logs, their heads and their checkpoints.

use sea_orm::FromQueryResult;

use crate::db::{Read, Unrecorded, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

/// A log's bookkeeping row.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Log {
    pub institution_id: String,
    pub code: String,
    pub origin: String,
    pub head_size: i64,
    pub frontier: Vec<u8>,
    pub published_size: i64,
}

impl Log {
    pub fn institution(&self) -> InstitutionId {
        InstitutionId::stored(self.institution_id.clone())
    }
}

const LOG_COLUMNS: &str = "institution_id, code, origin, head_size, frontier, published_size";

pub async fn insert_log(
    tx: &mut impl Write,
    institution: &InstitutionId,
    code: &str,
    origin: &str,
) -> Result<()> {
    let frontier = proof::tree::Frontier::new().to_bytes();
    tx.exec(
        "INSERT INTO ledger_logs (institution_id, code, origin, head_size, frontier, published_size, lease_until_ms, lease_holder)
         VALUES ($1, $2, $3, 0, $4, 0, 0, '')",
        values![institution, code, origin, frontier],
    )
    .await?;
    Ok(())
}

pub async fn logs(tx: &impl Read) -> Result<Vec<Log>> {
    tx.all(
        &format!("SELECT {LOG_COLUMNS} FROM ledger_logs ORDER BY code"),
        vec![],
    )
    .await
}

pub async fn log_by_code(tx: &impl Read, code: &str) -> Result<Option<Log>> {
    tx.one(
        &format!("SELECT {LOG_COLUMNS} FROM ledger_logs WHERE code = $1"),
        values![code],
    )
    .await
}

pub async fn log_of(tx: &impl Read, institution: &InstitutionId) -> Result<Log> {
    tx.one(
        &format!("SELECT {LOG_COLUMNS} FROM ledger_logs WHERE institution_id = $1"),
        values![institution],
    )
    .await?
    .ok_or_else(|| Error::internal("the institution has no log"))
}

/// The log's row, locked until the transaction ends.
pub async fn lock_log(tx: &impl Read, institution: &InstitutionId) -> Result<Log> {
    let sql = format!(
        "SELECT {LOG_COLUMNS} FROM ledger_logs WHERE institution_id = $1{}",
        tx.for_update()
    );
    tx.one(&sql, values![institution])
        .await?
        .ok_or_else(|| Error::internal("the institution has no log"))
}

/// Moves the head by compare-and-swap; false when someone else moved it first.
pub async fn move_head(
    tx: &mut Unrecorded,
    institution: &InstitutionId,
    from: i64,
    to: i64,
    frontier: &[u8],
) -> Result<bool> {
    let moved = tx
        .exec(
            "UPDATE ledger_logs SET head_size = $3, frontier = $4 WHERE institution_id = $1 AND head_size = $2",
            values![institution, from, to, frontier.to_vec()],
        )
        .await?;
    Ok(moved == 1)
}

/// Takes (or keeps) the right to publish for a while; only a hint, correctness lies in write-once and compare-and-swap.
pub async fn lease(
    tx: &mut Unrecorded,
    institution: &InstitutionId,
    holder: &str,
    now_ms: i64,
    until_ms: i64,
) -> Result<bool> {
    let taken = tx
        .exec(
            "UPDATE ledger_logs SET lease_until_ms = $4, lease_holder = $2
             WHERE institution_id = $1 AND (lease_holder = $2 OR lease_until_ms < $3)",
            values![institution, holder, now_ms, until_ms],
        )
        .await?;
    Ok(taken == 1)
}

/// Notes a published checkpoint; the caller holds the log's row.
pub async fn note_checkpoint(
    tx: &mut Unrecorded,
    institution: &InstitutionId,
    size: i64,
    at_ms: i64,
    (note, cosigned): (&str, i64),
) -> Result<()> {
    tx.exec(
        "UPDATE ledger_logs SET published_size = $2 WHERE institution_id = $1",
        values![institution, size],
    )
    .await?;
    tx.exec(
        "INSERT INTO ledger_checkpoints (institution_id, size, at_ms, note, cosigned) VALUES ($1, $2, $3, $4, $5)",
        values![institution, size, at_ms, note, cosigned],
    )
    .await?;
    Ok(())
}

#[derive(Debug, FromQueryResult)]
pub struct CheckpointRow {
    pub size: i64,
    pub at_ms: i64,
    pub note: String,
    /// Witnesses, of those named when it was published or asked again, that cosigned it.
    pub cosigned: i64,
}

pub async fn last_checkpoint(
    tx: &impl Read,
    institution: &InstitutionId,
) -> Result<Option<CheckpointRow>> {
    tx.one(
        "SELECT size, at_ms, note, cosigned FROM ledger_checkpoints WHERE institution_id = $1 ORDER BY size DESC LIMIT 1",
        values![institution],
    )
    .await
}

/// The first checkpoint over a case's fact of a number.
pub async fn first_checkpoint_over(
    tx: &impl Read,
    institution: &InstitutionId,
    case: &str,
    no: i64,
) -> Result<Option<CheckpointRow>> {
    tx.one(
        "SELECT c.size, c.at_ms, c.note, c.cosigned FROM ledger_facts f
         JOIN ledger_checkpoints c ON c.institution_id = f.institution_id AND c.size > f.log_index
         WHERE f.institution_id = $1 AND f.case_id = $2 AND f.case_no = $3 ORDER BY c.size LIMIT 1",
        values![institution, case, no],
    )
    .await
}

/// Checkpoints that are looked through for a quorum, and of those the ones whose notes are read; when so many lack one,
/// the newest is asked for again anyway.
const LOOKED_THROUGH: i64 = 100;
const READ: i64 = 10;

/// The newest checkpoints, among the last hundred, that so many witnesses of their day cosigned; newest first.
pub async fn witnessed_checkpoints(
    tx: &impl Read,
    institution: &InstitutionId,
    quorum: i64,
) -> Result<Vec<CheckpointRow>> {
    tx.all(
        "SELECT size, at_ms, note, cosigned FROM
           (SELECT size, at_ms, note, cosigned FROM ledger_checkpoints WHERE institution_id = $1 ORDER BY size DESC LIMIT $3) newest
         WHERE cosigned >= $2 ORDER BY size DESC LIMIT $4",
        values![institution, quorum, LOOKED_THROUGH, READ],
    )
    .await
}

/// Notes that more witnesses cosigned a checkpoint; the caller holds the log's row.
pub async fn note_cosigned(
    tx: &mut Unrecorded,
    institution: &InstitutionId,
    size: i64,
    (note, cosigned): (&str, i64),
) -> Result<()> {
    tx.exec(
        "UPDATE ledger_checkpoints SET note = $3, cosigned = $4 WHERE institution_id = $1 AND size = $2",
        values![institution, size, note, cosigned],
    )
    .await?;
    Ok(())
}

/// Every checkpoint ever published, oldest first.
pub async fn checkpoints(
    tx: &impl Read,
    institution: &InstitutionId,
) -> Result<Vec<CheckpointRow>> {
    tx.all(
        "SELECT size, at_ms, note, cosigned FROM ledger_checkpoints WHERE institution_id = $1 ORDER BY size",
        values![institution],
    )
    .await
}
