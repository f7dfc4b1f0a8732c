//! Batches that go out, files that came in with their rows, and how each exchange does.

pub mod exchanges;
pub mod incoming;
pub mod outgoing;

use crate::db::Migration;

pub const MIGRATIONS: &[Migration] = &[FILES, COMPARED, MARKS, ANSWERED, CASES];

/// Of which day's payments a file is, and whether that day was handed to its comparison. Two days may be alike, as empty ones.
const COMPARED: Migration = Migration {
    name: "batch_0002_compared",
    sql: "
        ALTER TABLE batch_incoming ADD COLUMN compared_at_ms BIGINT;
        ALTER TABLE batch_incoming ADD COLUMN day TEXT NOT NULL DEFAULT '';
        UPDATE batch_incoming SET day = substr(name, 10, 4) || '-' || substr(name, 14, 2) || '-' || substr(name, 16, 2)
          WHERE kind = 'payments';
        DROP INDEX batch_incoming_once;
        CREATE UNIQUE INDEX batch_incoming_once ON batch_incoming (institution_id, sha256, day) WHERE state <> 'refused';
        CREATE INDEX batch_incoming_day ON batch_incoming (institution_id, day) WHERE day <> '';
    ",
};

/// Which rows are words about one payment, and what came over HTTP, once under each key. What was refused may come again.
const MARKS: Migration = Migration {
    name: "batch_0003_marks",
    sql: "
        ALTER TABLE batch_rows ADD COLUMN mark TEXT;
        CREATE INDEX batch_rows_mark ON batch_rows (institution_id, mark) WHERE mark IS NOT NULL;
        ALTER TABLE batch_incoming ADD COLUMN api_key TEXT;
        CREATE UNIQUE INDEX batch_incoming_request ON batch_incoming (institution_id, manifest_sha256) WHERE api_key IS NOT NULL;
        DROP INDEX batch_incoming_named;
        CREATE UNIQUE INDEX batch_incoming_named ON batch_incoming (institution_id, manifest_sha256, name) WHERE state <> 'refused';
    ",
};

/// Whether a lender was told that staff ended its file: dropped again from then on, it begins anew.
const ANSWERED: Migration = Migration {
    name: "batch_0004_answered",
    sql: "ALTER TABLE batch_incoming ADD COLUMN answered_at_ms BIGINT;",
};

/// Rows of a case, which a destruction looks for.
const CASES: Migration = Migration {
    name: "batch_0005_cases",
    sql: "CREATE INDEX batch_rows_case ON batch_rows (institution_id, journey_id) WHERE journey_id IS NOT NULL;",
};

const FILES: Migration = Migration {
    name: "batch_0001_files",
    sql: "
        CREATE TABLE batch_outgoing (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            day TEXT NOT NULL,
            part BIGINT NOT NULL,
            from_index BIGINT NOT NULL,
            to_index BIGINT NOT NULL,
            reach TEXT NOT NULL,
            manifest TEXT NOT NULL,
            made_at_ms BIGINT NOT NULL,
            delivered_at_ms BIGINT,
            deliveries BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE UNIQUE INDEX batch_outgoing_once ON batch_outgoing (institution_id, day, part);
        CREATE TABLE batch_incoming (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            manifest_sha256 TEXT NOT NULL,
            state TEXT NOT NULL,
            fault TEXT,
            row_count BIGINT NOT NULL,
            rows_done BIGINT NOT NULL,
            rows_refused BIGINT NOT NULL,
            received_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE UNIQUE INDEX batch_incoming_once ON batch_incoming (institution_id, sha256) WHERE state <> 'refused';
        CREATE UNIQUE INDEX batch_incoming_named ON batch_incoming (institution_id, manifest_sha256, name);
        CREATE TABLE batch_rows (
            institution_id TEXT NOT NULL,
            incoming_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            outcome TEXT NOT NULL,
            code TEXT,
            field TEXT,
            journey_id TEXT,
            message_zh TEXT,
            message_en TEXT,
            PRIMARY KEY (institution_id, incoming_id, no)
        );
        CREATE TABLE batch_exchanges (
            institution_id TEXT PRIMARY KEY,
            looked_at_ms BIGINT NOT NULL,
            trouble TEXT,
            troubled_since_ms BIGINT
        );
    ",
};
