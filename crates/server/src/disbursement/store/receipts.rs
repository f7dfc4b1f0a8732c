//! Payments that lenders reported.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::disbursement::receipt::{Paid, Receipt, ReceiptId};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    token_id: Option<String>,
    payment_reference: String,
    channel_reference: Option<String>,
    amount: i64,
    account_mark: String,
    payee_masked: String,
    paid_at_ms: i64,
    request_digest: String,
    recorded_at_ms: i64,
}

const COLUMNS: &str = "id, case_id, subject_id, token_id, payment_reference, channel_reference, amount, account_mark, payee_masked,
    paid_at_ms, request_digest, recorded_at_ms";

impl From<Row> for Receipt {
    fn from(row: Row) -> Self {
        Self {
            id: ReceiptId::stored(row.id),
            case: row.case_id,
            subject: SubjectId::stored(row.subject_id),
            token: row.token_id,
            payment_reference: row.payment_reference,
            channel_reference: row.channel_reference,
            amount: row.amount,
            account_mark: row.account_mark,
            payee_masked: row.payee_masked,
            paid_at_ms: row.paid_at_ms,
            request_digest: row.request_digest,
            recorded_at_ms: row.recorded_at_ms,
        }
    }
}

/// The payment that the same report made.
pub async fn receipt_again(view: &impl Read, case: &str, paid: &Paid) -> Result<Option<Receipt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_receipts
         WHERE institution_id = $1 AND payment_reference = $2 AND case_id = $3 AND request_digest = $4"
    );
    let values = values![
        view.institution()?,
        paid.payment_reference.as_str(),
        case,
        paid.request_digest.as_str()
    ];
    let row: Option<Row> = view.one(&sql, values).await?;
    Ok(row.map(Receipt::from))
}

/// The first payment that bears a lender's number.
pub async fn receipt_by_reference(view: &impl Read, reference: &str) -> Result<Option<Receipt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_receipts WHERE institution_id = $1 AND payment_reference = $2 ORDER BY id LIMIT 1"
    );
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, reference])
        .await?;
    Ok(row.map(Receipt::from))
}

/// The payment that bears a lender's number; of several, the one of this sum.
pub async fn receipt_like(
    view: &impl Read,
    reference: &str,
    amount: i64,
) -> Result<Option<Receipt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_receipts WHERE institution_id = $1 AND payment_reference = $2
         ORDER BY CASE WHEN amount = $3 THEN 0 ELSE 1 END, id LIMIT 1"
    );
    let values = values![view.institution()?, reference, amount];
    let row: Option<Row> = view.one(&sql, values).await?;
    Ok(row.map(Receipt::from))
}

/// Payments made between two instants, by the lender's clock, after a cursor.
pub async fn receipts_paid(
    view: &impl Read,
    from_ms: i64,
    to_ms: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<Receipt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_receipts
         WHERE institution_id = $1 AND paid_at_ms >= $2 AND paid_at_ms < $3 AND ($4 = '' OR id > $4)
         ORDER BY id LIMIT $5"
    );
    let values = values![view.institution()?, from_ms, to_ms, after, limit];
    let rows: Vec<Row> = view.all(&sql, values).await?;
    Ok(rows.into_iter().map(Receipt::from).collect())
}

/// One payment by its id.
pub async fn receipt(view: &impl Read, id: &str) -> Result<Option<Receipt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_receipts WHERE institution_id = $1 AND id = $2"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, id]).await?;
    Ok(row.map(Receipt::from))
}

/// The first payment of a case.
pub async fn first_receipt(view: &impl Read, case: &str) -> Result<Option<Receipt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_receipts WHERE institution_id = $1 AND case_id = $2 ORDER BY id LIMIT 1"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, case]).await?;
    Ok(row.map(Receipt::from))
}

/// Keeps a payment; the same report twice at once is a conflict.
pub async fn insert_receipt(tx: &mut impl Write, receipt: &Receipt) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO disbursement_receipts (institution_id, id, case_id, subject_id, token_id, payment_reference,
                channel_reference, amount, account_mark, payee_masked, paid_at_ms, request_digest, recorded_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            values![
                &institution,
                &receipt.id,
                receipt.case.as_str(),
                &receipt.subject,
                receipt.token.as_deref(),
                receipt.payment_reference.as_str(),
                receipt.channel_reference.as_deref(),
                receipt.amount,
                receipt.account_mark.as_str(),
                receipt.payee_masked.as_str(),
                receipt.paid_at_ms,
                receipt.request_digest.as_str(),
                receipt.recorded_at_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}
