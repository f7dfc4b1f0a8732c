//! What lenders booked.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::disbursement::model::{Book, Booking, BookingId};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

/// Whose each number of the lender's is; of bookings from before that share one, the first.
pub const NUMBERS: Migration = Migration {
    name: "disbursement_0007_numbers",
    sql: "
        CREATE TABLE disbursement_numbers (
            institution_id TEXT NOT NULL,
            loan_number TEXT NOT NULL,
            case_id TEXT NOT NULL,
            PRIMARY KEY (institution_id, loan_number)
        );
        INSERT INTO disbursement_numbers (institution_id, loan_number, case_id)
          SELECT institution_id, loan_number, MIN(case_id) FROM disbursement_bookings
          WHERE superseded_at_ms IS NULL GROUP BY institution_id, loan_number;
        CREATE INDEX disbursement_numbers_case ON disbursement_numbers (institution_id, case_id);
    ",
};

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
struct Holder {
    case_id: String,
}

/// Takes a number of the lender's for the booking of a case, and gives its earlier one back; says whether the number is its
/// own now. Two bookings at once wait for each other here.
pub async fn take_number(tx: &mut impl Write, number: &str, case: &str) -> Result<bool> {
    forget_number(tx, case).await?;
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO disbursement_numbers (institution_id, loan_number, case_id) VALUES ($1, $2, $3)
         ON CONFLICT (institution_id, loan_number) DO NOTHING",
        values![&institution, number, case],
    )
    .await?;
    // The version before this one, which may still serve beside it, kept no such row.
    let other: Option<Holder> = tx
        .one(
            "SELECT case_id FROM disbursement_numbers WHERE institution_id = $1 AND loan_number = $2 AND case_id <> $3
             UNION ALL
             SELECT case_id FROM disbursement_bookings
             WHERE institution_id = $1 AND loan_number = $2 AND case_id <> $3 AND superseded_at_ms IS NULL LIMIT 1",
            values![&institution, number, case],
        )
        .await?;
    Ok(other.is_none_or(|other| other.case_id.is_empty()))
}

/// Gives the number of a case back.
pub async fn forget_number(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM disbursement_numbers WHERE institution_id = $1 AND case_id = $2",
        values![&institution, case],
    )
    .await?;
    Ok(())
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

#[derive(FromQueryResult)]
struct Unpaid {
    case_id: String,
}

/// Cases that are booked since an instant and have no payment, the newest first.
pub async fn booked_unpaid(view: &impl Read, since_ms: i64, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<Unpaid> = view
        .all(
            "SELECT b.case_id FROM disbursement_bookings b
             WHERE b.institution_id = $1 AND b.superseded_at_ms IS NULL AND b.booked_at_ms >= $2
               AND NOT EXISTS (SELECT 1 FROM disbursement_receipts r WHERE r.institution_id = $1 AND r.case_id = b.case_id)
             ORDER BY b.booked_at_ms DESC LIMIT $3",
            values![view.institution()?, since_ms, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.case_id).collect())
}
