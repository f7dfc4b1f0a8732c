//! Batches that go out, files that came in with their rows, and how each exchange does.

pub mod exchanges;
pub mod incoming;
pub mod outgoing;

use crate::db::Migration;

pub const MIGRATIONS: &[Migration] = &[Migration {
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
}];
