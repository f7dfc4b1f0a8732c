//! Tables of signing. Documents are kept as their canonical bytes.

pub mod attempts;
pub mod intents;
pub mod issued;
pub mod templates;

use crate::db::Migration;

pub const MIGRATIONS: &[Migration] = &[
    TEMPLATES,
    INTENTS,
    HANDWRITING,
    issued::TABLE,
    templates::DRAFTS,
];

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

const INTENTS: Migration = Migration {
    name: "signing_0002_intents",
    sql: "
        CREATE TABLE signing_intents (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            number BIGINT NOT NULL,
            state TEXT NOT NULL,
            signer TEXT NOT NULL,
            terms_digest TEXT NOT NULL,
            set_digest TEXT,
            particulars TEXT NOT NULL,
            prepared_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            signed_at_ms BIGINT,
            delayed_at_ms BIGINT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, case_id, number)
        );
        CREATE TABLE signing_documents (
            institution_id TEXT NOT NULL,
            intent_id TEXT NOT NULL,
            place BIGINT NOT NULL,
            template_id TEXT NOT NULL,
            code TEXT NOT NULL,
            title_zh TEXT NOT NULL,
            title_en TEXT NOT NULL,
            paper_digest TEXT,
            pdf_digest TEXT,
            pdf_bytes BIGINT NOT NULL,
            opened_at_ms BIGINT,
            signed_digest TEXT,
            signed_bytes BIGINT NOT NULL,
            PRIMARY KEY (institution_id, intent_id, place)
        );
        CREATE TABLE signing_attempts (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            intent_id TEXT NOT NULL,
            number BIGINT NOT NULL,
            state TEXT NOT NULL,
            origin TEXT NOT NULL,
            certificate TEXT,
            serial TEXT,
            begun_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX signing_attempts_intent ON signing_attempts (institution_id, intent_id, number);
        CREATE INDEX signing_attempts_state ON signing_attempts (institution_id, state, ended_at_ms);
    ",
};

/// What the person drew, and how often they drew anew.
const HANDWRITING: Migration = Migration {
    name: "signing_0003_handwriting",
    sql: "
        ALTER TABLE signing_intents ADD COLUMN handwriting TEXT;
        ALTER TABLE signing_intents ADD COLUMN drawings BIGINT NOT NULL DEFAULT 0;
    ",
};
