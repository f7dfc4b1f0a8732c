//! What our witnesses are known to have cosigned, and what this house cosigned as one.

use proof::witness::Head;
use sea_orm::FromQueryResult;

use super::hash;
use crate::db::{Read, Unrecorded, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

/// What a witness last answered about a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct WitnessRow {
    /// Name of the witness's key.
    pub witness: String,
    /// Entries that it cosigned last.
    pub size: i64,
    pub cosigned_at_ms: Option<i64>,
    /// Failures since it last cosigned.
    pub failures: i64,
    /// Stable name of the last failure.
    pub fault: Option<String>,
    pub next_try_ms: i64,
}

/// Every witness that was ever asked about a log; as many as the configuration ever named.
pub async fn witnesses(view: &impl Read, institution: &InstitutionId) -> Result<Vec<WitnessRow>> {
    view.all(
        "SELECT witness, size, cosigned_at_ms, failures, fault, next_try_ms FROM ledger_witnesses
         WHERE institution_id = $1 ORDER BY witness",
        values![institution],
    )
    .await
}

pub async fn put_witness(
    tx: &mut Unrecorded,
    institution: &InstitutionId,
    row: &WitnessRow,
) -> Result<()> {
    tx.exec(
        "INSERT INTO ledger_witnesses (institution_id, witness, size, cosigned_at_ms, failures, fault, next_try_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (institution_id, witness) DO UPDATE SET size = excluded.size, cosigned_at_ms = excluded.cosigned_at_ms,
           failures = excluded.failures, fault = excluded.fault, next_try_ms = excluded.next_try_ms",
        values![
            institution,
            row.witness.as_str(),
            row.size,
            row.cosigned_at_ms,
            row.failures,
            row.fault.clone(),
            row.next_try_ms
        ],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct HeadRow {
    size: i64,
    root: Vec<u8>,
}

/// The tree of another house's log that this one cosigned last, locked until the transaction ends.
pub async fn lock_witnessed(tx: &mut Unrecorded, origin: &str, now_ms: i64) -> Result<Head> {
    let none = Head::none();
    tx.exec(
        "INSERT INTO ledger_witnessed (origin, size, root, at_ms) VALUES ($1, 0, $2, $3) ON CONFLICT (origin) DO NOTHING",
        values![origin, none.root.to_vec(), now_ms],
    )
    .await?;
    let sql = format!(
        "SELECT size, root FROM ledger_witnessed WHERE origin = $1{}",
        tx.for_update()
    );
    let row: HeadRow = tx
        .one(&sql, values![origin])
        .await?
        .ok_or_else(|| Error::internal("a witnessed log without its row"))?;
    Ok(Head {
        size: u64::try_from(row.size)?,
        root: hash(row.root)?,
    })
}

pub async fn save_witnessed(
    tx: &mut Unrecorded,
    origin: &str,
    head: &Head,
    now_ms: i64,
) -> Result<()> {
    tx.exec(
        "UPDATE ledger_witnessed SET size = $2, root = $3, at_ms = $4 WHERE origin = $1",
        values![
            origin,
            i64::try_from(head.size)?,
            head.root.to_vec(),
            now_ms
        ],
    )
    .await?;
    Ok(())
}
