//! What lenders reported as received.

use sea_orm::FromQueryResult;

use super::loans::day;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::servicing::model::{Kind, Parts, Repayment, RepaymentId};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    reference: String,
    kind: String,
    amount: i64,
    day: String,
    principal: Option<i64>,
    interest: Option<i64>,
    fees: Option<i64>,
    penalty: Option<i64>,
    reverses: Option<String>,
    request_digest: String,
    recorded_at_ms: i64,
}

const COLUMNS: &str = "id, case_id, reference, kind, amount, day, principal, interest, fees, penalty, reverses, request_digest,
    recorded_at_ms";

impl Row {
    fn repayment(self) -> Result<Repayment> {
        let parts = match (self.principal, self.interest, self.fees, self.penalty) {
            (Some(principal), Some(interest), Some(fees), Some(penalty)) => Some(Parts {
                principal,
                interest,
                fees,
                penalty,
            }),
            _ => None,
        };
        Ok(Repayment {
            id: RepaymentId::stored(self.id),
            case: self.case_id,
            reference: self.reference,
            kind: Kind::parse(&self.kind)
                .ok_or_else(|| Error::internal("unknown kind of repayment"))?,
            amount: self.amount,
            day: day(&self.day)?,
            parts,
            reverses: self.reverses,
            request_digest: self.request_digest,
            recorded_at_ms: self.recorded_at_ms,
        })
    }
}

/// Everything that was reported for a case, in the order of the reports.
pub async fn list(view: &impl Read, case: &str, limit: i64) -> Result<Vec<Repayment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM servicing_repayments WHERE institution_id = $1 AND case_id = $2 ORDER BY id LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, case, limit])
        .await?;
    rows.into_iter().map(Row::repayment).collect()
}

/// Reports of a case, newest first, after a cursor.
pub async fn page(view: &impl Read, case: &str, after: &str, limit: i64) -> Result<Vec<Repayment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM servicing_repayments
         WHERE institution_id = $1 AND case_id = $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, case, after, limit])
        .await?;
    rows.into_iter().map(Row::repayment).collect()
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Our id of what a lender reported under a number.
pub async fn id_of(view: &impl Read, case: &str, reference: &str) -> Result<Option<String>> {
    let row: Option<Id> = view
        .one(
            "SELECT id FROM servicing_repayments WHERE institution_id = $1 AND case_id = $2 AND reference = $3",
            values![view.institution()?, case, reference],
        )
        .await?;
    Ok(row.map(|row| row.id))
}

/// Keeps a report; the same one twice at once is a conflict.
pub async fn insert(tx: &mut impl Write, repayment: &Repayment) -> Result<()> {
    let institution = tx.institution()?.clone();
    let parts = repayment.parts;
    let inserted = tx
        .exec_unique(
            "INSERT INTO servicing_repayments (institution_id, id, case_id, reference, kind, amount, day, principal, interest,
                fees, penalty, reverses, request_digest, recorded_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            values![
                &institution,
                &repayment.id,
                repayment.case.as_str(),
                repayment.reference.as_str(),
                repayment.kind.as_str(),
                repayment.amount,
                repayment.day.to_string(),
                parts.map(|parts| parts.principal),
                parts.map(|parts| parts.interest),
                parts.map(|parts| parts.fees),
                parts.map(|parts| parts.penalty),
                repayment.reverses.as_deref(),
                repayment.request_digest.as_str(),
                repayment.recorded_at_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}
