//! Tables: one row per log, per case, per fact, per checkpoint, per printed document, per witness and per log witnessed.

mod facts;
mod logs;
mod prints;
mod witnesses;

pub use facts::*;
pub use logs::*;
pub use prints::*;
pub use witnesses::*;

use crate::db::Migration;

/// Addresses name a log, and a printed document, before any institution is known.
pub const LOOK_UPS: &[&str] = &["ledger_logs", "ledger_prints"];

pub const MIGRATIONS: &[Migration] = &[
    Migration {
    name: "ledger_0001_logs_cases_facts",
    sql: "
        CREATE TABLE ledger_logs (
            institution_id TEXT PRIMARY KEY,
            code TEXT NOT NULL UNIQUE,
            origin TEXT NOT NULL UNIQUE,
            head_size BIGINT NOT NULL,
            frontier {bytes} NOT NULL,
            published_size BIGINT NOT NULL,
            lease_until_ms BIGINT NOT NULL,
            lease_holder TEXT NOT NULL
        );
        CREATE TABLE ledger_cases (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            facts BIGINT NOT NULL,
            last_commitment {bytes},
            last_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
        CREATE TABLE ledger_facts (
            row_id {serial},
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            case_no BIGINT NOT NULL,
            kind TEXT NOT NULL,
            subject_id TEXT,
            at_ms BIGINT NOT NULL,
            body {bytes},
            salt {bytes},
            commitment {bytes} NOT NULL,
            log_index BIGINT,
            UNIQUE (institution_id, case_id, case_no),
            UNIQUE (institution_id, log_index)
        );
        CREATE INDEX ledger_facts_waiting ON ledger_facts (institution_id, row_id) WHERE log_index IS NULL;
        CREATE TABLE ledger_checkpoints (
            institution_id TEXT NOT NULL,
            size BIGINT NOT NULL,
            at_ms BIGINT NOT NULL,
            note TEXT NOT NULL,
            PRIMARY KEY (institution_id, size)
        );
    ",
    },
    Migration {
        name: "ledger_0002_facts_about",
        sql: "CREATE INDEX ledger_facts_about ON ledger_facts (institution_id, subject_id) WHERE subject_id IS NOT NULL",
    },
    Migration {
        name: "ledger_0003_prints",
        sql: "
            CREATE TABLE ledger_prints (
                code TEXT PRIMARY KEY,
                institution_id TEXT NOT NULL,
                case_id TEXT NOT NULL,
                kind TEXT NOT NULL,
                digest TEXT NOT NULL,
                subject_id TEXT
            );
            CREATE INDEX ledger_prints_about ON ledger_prints (institution_id, subject_id);
        ",
    },
    Migration {
        name: "ledger_0004_witnesses",
        sql: "
            ALTER TABLE ledger_checkpoints ADD COLUMN cosigned BIGINT NOT NULL DEFAULT 0;
            CREATE TABLE ledger_witnesses (
                institution_id TEXT NOT NULL,
                witness TEXT NOT NULL,
                size BIGINT NOT NULL,
                cosigned_at_ms BIGINT,
                failures BIGINT NOT NULL,
                fault TEXT,
                next_try_ms BIGINT NOT NULL,
                PRIMARY KEY (institution_id, witness)
            );
            CREATE TABLE ledger_witnessed (
                origin TEXT PRIMARY KEY,
                size BIGINT NOT NULL,
                root {bytes} NOT NULL,
                at_ms BIGINT NOT NULL
            );
        ",
    },
];
