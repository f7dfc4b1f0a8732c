//! What lenders booked.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::disbursement::model::{Book, Booking, BookingId};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    loan_number: String,
    terms_digest: String,
    amount: i64,
    payee_digest: String,
    account_mark: String,
    payee_masked: String,
    request_digest: String,
    booked_at_ms: i64,
    superseded_at_ms: Option<i64>,
}

const COLUMNS: &str = "id, case_id, subject_id, loan_number, terms_digest, amount, payee_digest, account_mark, payee_masked,
    request_digest, booked_at_ms, superseded_at_ms";

/// A booking and the digest of the request that made it.
pub struct Keyed {
    pub booking: Booking,
    pub request_digest: String,
    pub superseded_at_ms: Option<i64>,
}

impl From<Row> for Keyed {
    fn from(row: Row) -> Self {
        Self {
            booking: Booking {
                id: BookingId::stored(row.id),
                case: row.case_id,
                subject: SubjectId::stored(row.subject_id),
                loan_number: row.loan_number,
                terms_digest: row.terms_digest,
                amount: row.amount,
                payee_digest: row.payee_digest,
                account_mark: row.account_mark,
                payee_masked: row.payee_masked,
                booked_at_ms: row.booked_at_ms,
            },
            request_digest: row.request_digest,
            superseded_at_ms: row.superseded_at_ms,
        }
    }
}

/// The booking in force of a case.
pub async fn booking(view: &impl Read, case: &str) -> Result<Option<Booking>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_bookings
         WHERE institution_id = $1 AND case_id = $2 AND superseded_at_ms IS NULL"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, case]).await?;
    Ok(row.map(|row| Keyed::from(row).booking))
}

/// The booking that a request made, whether in force or not.
pub async fn booking_by_key(view: &impl Read, key: &str) -> Result<Option<Keyed>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_bookings WHERE institution_id = $1 AND idempotency_key = $2"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, key]).await?;
    Ok(row.map(Keyed::from))
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Whether another loan is booked under a number of the lender's.
pub async fn loan_number_taken(view: &impl Read, number: &str, case: &str) -> Result<bool> {
    let row: Option<Id> = view
        .one(
            "SELECT id FROM disbursement_bookings
             WHERE institution_id = $1 AND loan_number = $2 AND case_id <> $3 AND superseded_at_ms IS NULL LIMIT 1",
            values![view.institution()?, number, case],
        )
        .await?;
    Ok(row.is_some_and(|row| !row.id.is_empty()))
}

/// The newest booking under a number of the lender's, in force or not.
pub async fn booking_by_number(view: &impl Read, number: &str) -> Result<Option<Booking>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_bookings WHERE institution_id = $1 AND loan_number = $2 ORDER BY id DESC LIMIT 1"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, number]).await?;
    Ok(row.map(|row| Keyed::from(row).booking))
}

/// Keeps a booking; a second one in force is a conflict.
pub async fn insert_booking(tx: &mut impl Write, booking: &Booking, asked: &Book) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO disbursement_bookings (institution_id, id, case_id, subject_id, loan_number, terms_digest, amount,
                payee_digest, account_mark, payee_masked, idempotency_key, request_digest, booked_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            values![
                &institution,
                &booking.id,
                booking.case.as_str(),
                &booking.subject,
                booking.loan_number.as_str(),
                booking.terms_digest.as_str(),
                booking.amount,
                booking.payee_digest.as_str(),
                booking.account_mark.as_str(),
                booking.payee_masked.as_str(),
                asked.idempotency_key.as_str(),
                asked.request_digest.as_str(),
                booking.booked_at_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Sets a booking aside for one of other terms.
pub async fn supersede(tx: &mut impl Write, id: &BookingId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE disbursement_bookings SET superseded_at_ms = $3
             WHERE institution_id = $1 AND id = $2 AND superseded_at_ms IS NULL",
            values![&institution, id, now_ms],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
