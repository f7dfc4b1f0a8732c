//! For whom third persons are kept.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;
use crate::vault::model::SubjectId;

pub const MIGRATION: Migration = Migration {
    name: "vault_0009_third_persons",
    sql: "
        ALTER TABLE vault_subjects ADD COLUMN named_by TEXT;
        CREATE INDEX vault_subjects_named_by ON vault_subjects (institution_id, named_by) WHERE named_by IS NOT NULL;
    ",
};

/// Third persons of one subject at the most that are looked at together; far more than anybody may name.
const THIRDS_MAX: i64 = 200;

pub async fn keep_for(tx: &mut impl Write, id: &SubjectId, of: &SubjectId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE vault_subjects SET named_by = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, of],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// The third persons whom a subject named.
pub async fn kept_for(view: &impl Read, of: &SubjectId) -> Result<Vec<SubjectId>> {
    let rows: Vec<Id> = view
        .all(
            "SELECT id FROM vault_subjects WHERE institution_id = $1 AND named_by = $2 ORDER BY id LIMIT $3",
            values![view.institution()?, of, THIRDS_MAX],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SubjectId::stored(row.id))
        .collect())
}

/// Whether a subject is a third person.
pub async fn is_third(view: &impl Read, id: &SubjectId) -> Result<bool> {
    let row: Option<Id> = view
        .one(
            "SELECT id FROM vault_subjects WHERE institution_id = $1 AND id = $2 AND named_by IS NOT NULL",
            values![view.institution()?, id],
        )
        .await?;
    Ok(row.is_some())
}
