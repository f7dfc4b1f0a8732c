//! Loans and what was received for them.

mod asks;
mod follow;
mod loans;
mod repayments;

pub use asks::{insert as insert_ask, list as asks};
pub use follow::{cursor, move_on};
pub use loans::{find, forget, insert, lock, of_subject, remind_next, save, to_remind};
pub use repayments::{
    id_of as repayment_id, insert as insert_repayment, list as repayments, page as repayment_page,
};

use crate::db::Migration;

pub const MIGRATIONS: &[Migration] = &[LOANS, asks::TABLE, loans::REMINDERS];

const LOANS: Migration = Migration {
    name: "servicing_0001_loans",
    sql: "
        CREATE TABLE servicing_loans (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            business_id TEXT,
            terms_digest TEXT,
            paid_on TEXT NOT NULL,
            state TEXT NOT NULL,
            ended_on TEXT,
            opened_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, case_id)
        );
        CREATE INDEX servicing_loans_subject ON servicing_loans (institution_id, subject_id);
        CREATE TABLE servicing_repayments (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            reference TEXT NOT NULL,
            kind TEXT NOT NULL,
            amount BIGINT NOT NULL,
            day TEXT NOT NULL,
            principal BIGINT,
            interest BIGINT,
            fees BIGINT,
            penalty BIGINT,
            reverses TEXT,
            request_digest TEXT NOT NULL,
            recorded_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, case_id, reference)
        );
        CREATE TABLE servicing_cursors (
            institution_id TEXT NOT NULL,
            next_index BIGINT NOT NULL,
            PRIMARY KEY (institution_id)
        );
    ",
};
