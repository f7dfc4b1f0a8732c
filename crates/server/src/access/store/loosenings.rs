//! What loosens who gets in and waits for a second person.

use sea_orm::FromQueryResult;

use crate::access::model::{ChangeState, LooseningId, LooseningKind, StaffId, Waiting};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    loosening: String,
    secret_sealed: Option<Vec<u8>>,
    proposed_by: String,
    proposed_at_ms: i64,
    state: String,
}

/// A proposal with the provider's secret, sealed, if it has one.
pub struct Stored {
    pub waiting: Waiting,
    pub secret_sealed: Option<Vec<u8>>,
}

impl Row {
    fn stored(self) -> Result<Stored> {
        Ok(Stored {
            waiting: Waiting {
                id: LooseningId::stored(self.id),
                loosening: serde_json::from_str(&self.loosening)?,
                proposed_by: StaffId::stored(self.proposed_by),
                proposed_at_ms: self.proposed_at_ms,
                state: ChangeState::parse(&self.state)?,
            },
            secret_sealed: self.secret_sealed,
        })
    }
}

pub async fn insert(
    tx: &mut impl Write,
    one: &Waiting,
    secret_sealed: Option<Vec<u8>>,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_loosenings (institution_id, id, kind, loosening, secret_sealed, proposed_by, proposed_at_ms, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            &one.id,
            one.loosening.kind().as_str(),
            serde_json::to_string(&one.loosening)?,
            secret_sealed,
            &one.proposed_by,
            one.proposed_at_ms,
            one.state.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// Closes the open proposals of a kind.
pub async fn close_open(tx: &mut impl Write, kind: LooseningKind, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_loosenings SET state = 'refused', decided_at_ms = $3
         WHERE institution_id = $1 AND kind = $2 AND state = 'open'",
        values![&institution, kind.as_str(), now_ms],
    )
    .await?;
    Ok(())
}

pub async fn lock(tx: &impl Write, id: &LooseningId) -> Result<Option<Stored>> {
    let sql = format!(
        "SELECT id, loosening, secret_sealed, proposed_by, proposed_at_ms, state FROM access_loosenings
         WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .map(Row::stored)
        .transpose()
}

/// Proposals that still wait, oldest first: one of a kind at the most.
pub async fn open(view: &impl Read, since_ms: i64) -> Result<Vec<Waiting>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT id, loosening, secret_sealed, proposed_by, proposed_at_ms, state FROM access_loosenings
             WHERE institution_id = $1 AND state = 'open' AND proposed_at_ms > $2 ORDER BY id LIMIT 10",
            values![view.institution()?, since_ms],
        )
        .await?;
    rows.into_iter()
        .map(|row| row.stored().map(|stored| stored.waiting))
        .collect()
}

pub async fn decide(
    tx: &mut impl Write,
    id: &LooseningId,
    state: ChangeState,
    by: &StaffId,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_loosenings SET state = $3, decided_by = $4, decided_at_ms = $5 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, state.as_str(), by, now_ms],
    )
    .await?;
    Ok(())
}
