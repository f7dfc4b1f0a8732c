//! Assessments, decisions and reviews of each case.

mod cases;
mod decisions;
mod reviews;

pub use cases::{Scene, find, insert_scene, lock, put, put_supplied, save, scene, supplied};
pub use decisions::{decision, lock_decision, put_decision};
pub use reviews::{Filter, due, insert_review, list, lock_review, review, reviews, save_review};

use crate::db::{Migration, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[CASES, BURDENS, reviews::WAITING];

/// A case from before covers nothing, and is assessed again.
const BURDENS: Migration = Migration {
    name: "suitability_0002_burdens",
    sql: "
        ALTER TABLE suitability_cases ADD COLUMN principal BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE suitability_cases ADD COLUMN instalment BIGINT NOT NULL DEFAULT 0;
        CREATE TABLE suitability_supplied (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            item_version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
    ",
};

const CASES: Migration = Migration {
    name: "suitability_0001_cases",
    sql: "
        CREATE TABLE suitability_scenes (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            mcc BIGINT NOT NULL,
            amount BIGINT,
            PRIMARY KEY (institution_id, case_id)
        );
        CREATE TABLE suitability_cases (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reasons TEXT NOT NULL,
            purpose TEXT NOT NULL,
            rules_digest TEXT NOT NULL,
            decided_by TEXT,
            declared_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
        CREATE TABLE suitability_decisions (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            given TEXT NOT NULL,
            standing TEXT NOT NULL,
            decided_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
        CREATE TABLE suitability_reviews (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            step TEXT NOT NULL,
            cause TEXT NOT NULL,
            decided_by TEXT,
            asked_at_ms BIGINT NOT NULL,
            due_at_ms BIGINT NOT NULL,
            verdict TEXT,
            words TEXT,
            reviewer TEXT,
            closed_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX suitability_reviews_case ON suitability_reviews (institution_id, case_id, id);
        CREATE UNIQUE INDEX suitability_reviews_one_open ON suitability_reviews (institution_id, case_id, step) WHERE verdict IS NULL;
    ",
};

/// A stored word that this version doesn't know is an error, never a default.
fn known<T>(read: Option<T>) -> Result<T> {
    read.ok_or_else(|| Error::internal("an unknown word in a row of suitability"))
}

/// Deletes everything about a case whose person's data was destroyed.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM suitability_scenes WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM suitability_supplied WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM suitability_cases WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM suitability_decisions WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM suitability_reviews WHERE institution_id = $1 AND case_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    Ok(())
}
