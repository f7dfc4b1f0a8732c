//! Sheets that a newer one replaced, as they were.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::disclosure::model::{Sheet, Superseded};
use crate::error::Result;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "disclosure_0002_superseded",
    sql: "
        CREATE TABLE disclosure_superseded (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            terms_digest TEXT NOT NULL,
            sheet_digest TEXT NOT NULL,
            document {bytes} NOT NULL,
            shown_at_ms BIGINT,
            read_at_ms BIGINT,
            understood_at_ms BIGINT,
            confirmed_at_ms BIGINT,
            pdf_digest TEXT,
            prepared_at_ms BIGINT NOT NULL,
            superseded_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, no)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    no: i64,
    terms_digest: String,
    sheet_digest: String,
    document: Vec<u8>,
    pdf_digest: Option<String>,
    superseded_at_ms: i64,
}

/// The superseded sheets of a case, oldest first; there are never more than a few.
pub async fn list(view: &impl Read, case: &str) -> Result<Vec<Superseded>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT no, terms_digest, sheet_digest, document, pdf_digest, superseded_at_ms FROM disclosure_superseded
             WHERE institution_id = $1 AND case_id = $2 ORDER BY no",
            values![view.institution()?, case],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Superseded {
            no: row.no,
            terms_digest: row.terms_digest,
            sheet_digest: row.sheet_digest,
            document: row.document,
            pdf_digest: row.pdf_digest,
            superseded_at_ms: row.superseded_at_ms,
        })
        .collect())
}

/// Keeps a sheet that is being replaced, with how far the person had come with it.
pub async fn insert(tx: &mut impl Write, no: i64, sheet: &Sheet, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    let progress = &sheet.progress;
    tx.exec(
        "INSERT INTO disclosure_superseded (institution_id, case_id, no, terms_digest, sheet_digest, document, shown_at_ms,
            read_at_ms, understood_at_ms, confirmed_at_ms, pdf_digest, prepared_at_ms, superseded_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            &institution,
            sheet.case.as_str(),
            no,
            sheet.terms_digest.as_str(),
            sheet.sheet_digest.as_str(),
            sheet.document.clone(),
            progress.shown_at_ms,
            progress.read_at_ms,
            progress.understood_at_ms,
            progress.confirmed_at_ms,
            sheet.pdf_digest.clone(),
            sheet.prepared_at_ms,
            now_ms
        ],
    )
    .await?;
    Ok(())
}
