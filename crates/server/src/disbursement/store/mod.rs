//! Bookings, tokens, payments, incidents, and days as both sides have them.

mod bookings;
mod comparisons;
mod days;
mod incidents;
mod receipts;
mod restores;
mod tokens;

pub use bookings::{
    booked_unpaid, booking, booking_by_key, booking_by_number, insert_booking, supersede,
    take_number,
};
pub use comparisons::{comparison, lock_comparison, put_comparison, remove_comparison};
pub use days::{
    day, days, days_of, differing, earlier_line, in_books, insert_line, line, lines, put_day,
    statement, sums, unpaid_tokens,
};
pub use incidents::{
    Filter, cases_with, in_state, incident, incidents_of, insert_incident, list, lock_incident,
    save_incident,
};
pub use receipts::{
    first_receipt, insert_receipt, receipt, receipt_again, receipt_by_reference, receipt_like,
    receipts_paid,
};
pub use restores::{Only, insert_restore, is_restored, lock_restore, restores, save_restore};
pub use tokens::{
    cases_released, insert_token, last_token, lock_token, revoke_token, token_at, use_token,
};

use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[
    BOOKINGS,
    RECEIPTS,
    REFERENCES,
    days::TABLES,
    BREAK_GLASS,
    days::COMPARISONS,
    bookings::NUMBERS,
    restores::TABLE,
    incidents::STATES,
    days::FORGOTTEN,
];

const BREAK_GLASS: Migration = Migration {
    name: "disbursement_0005_break_glass",
    sql: "ALTER TABLE disbursement_tokens ADD COLUMN break_glass_id TEXT;",
};

/// One number may stand on two payments: what is reported is kept, and found.
const REFERENCES: Migration = Migration {
    name: "disbursement_0003_references",
    sql: "
        ALTER TABLE disbursement_receipts RENAME TO disbursement_receipts_before;
        CREATE TABLE disbursement_receipts (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            token_id TEXT,
            payment_reference TEXT NOT NULL,
            channel_reference TEXT,
            amount BIGINT NOT NULL,
            account_mark TEXT NOT NULL,
            payee_masked TEXT NOT NULL,
            paid_at_ms BIGINT NOT NULL,
            request_digest TEXT NOT NULL,
            recorded_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, payment_reference, case_id, request_digest)
        );
        INSERT INTO disbursement_receipts (institution_id, id, case_id, subject_id, token_id, payment_reference,
            channel_reference, amount, account_mark, payee_masked, paid_at_ms, request_digest, recorded_at_ms)
          SELECT institution_id, id, case_id, subject_id, token_id, payment_reference, channel_reference, amount,
            account_mark, payee_masked, paid_at_ms, request_digest, recorded_at_ms FROM disbursement_receipts_before;
        DROP TABLE disbursement_receipts_before;
        CREATE INDEX disbursement_receipts_case ON disbursement_receipts (institution_id, case_id, id);
        CREATE INDEX disbursement_bookings_number ON disbursement_bookings (institution_id, loan_number);
    ",
};

const RECEIPTS: Migration = Migration {
    name: "disbursement_0002_receipts",
    sql: "
        CREATE TABLE disbursement_receipts (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            token_id TEXT,
            payment_reference TEXT NOT NULL,
            channel_reference TEXT,
            amount BIGINT NOT NULL,
            account_mark TEXT NOT NULL,
            payee_masked TEXT NOT NULL,
            paid_at_ms BIGINT NOT NULL,
            request_digest TEXT NOT NULL,
            recorded_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, payment_reference)
        );
        CREATE INDEX disbursement_receipts_case ON disbursement_receipts (institution_id, case_id, id);
        CREATE TABLE disbursement_incidents (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            finding TEXT NOT NULL,
            source TEXT NOT NULL,
            state TEXT NOT NULL,
            opened_at_ms BIGINT NOT NULL,
            words TEXT,
            refund_reference TEXT,
            handled_by TEXT,
            handled_at_ms BIGINT,
            closed_by TEXT,
            closed_at_ms BIGINT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, finding, source)
        );
        CREATE INDEX disbursement_incidents_source ON disbursement_incidents (institution_id, source);
    ",
};

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

/// Leaves sums and instants of a case whose person's data was destroyed; nothing leads to an account or a lender's books, and
/// a token that is out counts no more.
pub async fn forget(tx: &mut impl Write, case: &str, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    days::forget_lines(tx, case).await?;
    bookings::forget_number(tx, case).await?;
    let statements = [
        "UPDATE disbursement_bookings SET loan_number = id, account_mark = '', payee_masked = '***', payee_digest = '',
            idempotency_key = id, request_digest = ''
         WHERE institution_id = $1 AND case_id = $2",
        "UPDATE disbursement_incidents SET words = CASE WHEN words IS NULL THEN NULL ELSE '***' END, refund_reference = NULL
         WHERE institution_id = $1 AND case_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    tx.exec(
        "UPDATE disbursement_tokens SET revoked_at_ms = $3
         WHERE institution_id = $1 AND case_id = $2 AND used_at_ms IS NULL AND revoked_at_ms IS NULL AND expires_at_ms > $3",
        values![&institution, case, now_ms],
    )
    .await?;
    forget_receipts(tx, case).await
}

/// Leaves sums and instants of a case's payments.
pub async fn forget_receipts(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE disbursement_receipts SET payment_reference = id, channel_reference = NULL, account_mark = '',
            payee_masked = '***', request_digest = ''
         WHERE institution_id = $1 AND case_id = $2",
        values![&institution, case],
    )
    .await?;
    Ok(())
}
