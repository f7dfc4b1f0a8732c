//! Bookings and tokens.

mod bookings;
mod tokens;

pub use bookings::{booking, booking_by_key, insert_booking, supersede};
pub use tokens::{insert_token, last_token};

use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[BOOKINGS];

const BOOKINGS: Migration = Migration {
    name: "disbursement_0001_bookings",
    sql: "
        CREATE TABLE disbursement_bookings (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            loan_number TEXT NOT NULL,
            terms_digest TEXT NOT NULL,
            amount BIGINT NOT NULL,
            payee_digest TEXT NOT NULL,
            account_mark TEXT NOT NULL,
            payee_masked TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            request_digest TEXT NOT NULL,
            booked_at_ms BIGINT NOT NULL,
            superseded_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, idempotency_key)
        );
        CREATE UNIQUE INDEX disbursement_bookings_one ON disbursement_bookings (institution_id, case_id) WHERE superseded_at_ms IS NULL;
        CREATE TABLE disbursement_tokens (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            booking_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            word_digest TEXT NOT NULL,
            issued_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            used_at_ms BIGINT,
            revoked_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, case_id, no),
            UNIQUE (institution_id, word_digest)
        );
    ",
};

/// Leaves sums and instants of a case whose person's data was destroyed; nothing leads to an account or a lender's books.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE disbursement_bookings SET loan_number = '***', account_mark = '', payee_masked = '***', payee_digest = '',
            idempotency_key = id, request_digest = ''
         WHERE institution_id = $1 AND case_id = $2",
        values![&institution, case],
    )
    .await?;
    Ok(())
}
