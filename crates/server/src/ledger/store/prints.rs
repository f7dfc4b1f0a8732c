//! Codes of printed documents.

use sea_orm::FromQueryResult;

use super::FactRow;
use super::facts::{FACT_COLUMNS, PROVED_AT};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::Print;
use crate::values;

#[derive(Debug, FromQueryResult)]
pub struct PrintRow {
    pub institution_id: String,
    pub case_id: String,
    pub kind: String,
    pub digest: String,
}

pub async fn insert_print(tx: &mut impl Write, code: &str, print: &Print<'_>) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO ledger_prints (code, institution_id, case_id, kind, digest, subject_id) VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            code,
            &institution,
            print.case,
            print.kind,
            print.digest,
            print.subject.map(str::to_owned)
        ],
    )
    .await?;
    Ok(())
}

pub async fn print_by_code(view: &impl Read, code: &str) -> Result<Option<PrintRow>> {
    view.one(
        "SELECT institution_id, case_id, kind, digest FROM ledger_prints WHERE code = $1",
        values![code],
    )
    .await
}

/// Deletes the codes of what was printed about a subject.
pub async fn forget_prints(tx: &mut impl Write, subject: &str) -> Result<u64> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM ledger_prints WHERE institution_id = $1 AND subject_id = $2",
        values![&institution, subject],
    )
    .await
}

/// Facts of one kind in a case, the newest first.
pub async fn facts_of_kind(
    view: &impl Read,
    institution: &InstitutionId,
    case: &str,
    kind: &str,
    limit: i64,
) -> Result<Vec<FactRow>> {
    view.all(
        &format!(
            "SELECT {FACT_COLUMNS}, {PROVED_AT} FROM ledger_facts f
             WHERE institution_id = $1 AND case_id = $2 AND kind = $3 ORDER BY case_no DESC LIMIT $4"
        ),
        values![institution, case, kind, limit],
    )
    .await
}
