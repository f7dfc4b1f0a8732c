//! Tables of signing. Documents are kept as their canonical bytes.

pub mod templates;

use crate::db::Migration;

pub const MIGRATIONS: &[Migration] = &[TEMPLATES];

const TEMPLATES: Migration = Migration {
    name: "signing_0001_templates",
    sql: "
        CREATE TABLE signing_templates (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            code TEXT NOT NULL,
            number BIGINT NOT NULL,
            state TEXT NOT NULL,
            document {bytes} NOT NULL,
            digest TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            published_by TEXT,
            created_at_ms BIGINT NOT NULL,
            valid_from_ms BIGINT,
            published_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, code, number)
        );
    ",
};
