//! The sheet of each case and the progress with it.

use sea_orm::FromQueryResult;

use super::model::{Audience, Progress, Sheet};
use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "disclosure_0001_sheets",
    sql: "
        CREATE TABLE disclosure_sheets (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            terms_digest TEXT NOT NULL,
            sheet_digest TEXT NOT NULL,
            document {bytes} NOT NULL,
            audience TEXT NOT NULL,
            reading_ms BIGINT NOT NULL,
            quiz TEXT NOT NULL,
            shown_at_ms BIGINT,
            read_at_ms BIGINT,
            wrong BIGINT NOT NULL,
            tries BIGINT NOT NULL,
            understood_at_ms BIGINT,
            confirmed_at_ms BIGINT,
            pdf_digest TEXT,
            pdf_bytes BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
    ",
}];

#[derive(FromQueryResult)]
struct Row {
    case_id: String,
    subject_id: String,
    terms_digest: String,
    sheet_digest: String,
    document: Vec<u8>,
    audience: String,
    reading_ms: i64,
    quiz: String,
    shown_at_ms: Option<i64>,
    read_at_ms: Option<i64>,
    wrong: i64,
    tries: i64,
    understood_at_ms: Option<i64>,
    confirmed_at_ms: Option<i64>,
    pdf_digest: Option<String>,
    pdf_bytes: i64,
    version: i64,
}

impl Row {
    fn sheet(self) -> Result<Sheet> {
        Ok(Sheet {
            case: self.case_id,
            subject: self.subject_id,
            terms_digest: self.terms_digest,
            sheet_digest: self.sheet_digest,
            document: self.document,
            audience: Audience::parse(&self.audience)
                .ok_or_else(|| Error::internal("unknown audience"))?,
            reading_ms: self.reading_ms,
            quiz: serde_json::from_str(&self.quiz)?,
            progress: Progress {
                shown_at_ms: self.shown_at_ms,
                read_at_ms: self.read_at_ms,
                wrong: self.wrong,
                tries: self.tries,
                understood_at_ms: self.understood_at_ms,
                confirmed_at_ms: self.confirmed_at_ms,
            },
            pdf_digest: self.pdf_digest,
            pdf_bytes: self.pdf_bytes,
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT case_id, subject_id, terms_digest, sheet_digest, document, audience, reading_ms, quiz, shown_at_ms,
    read_at_ms, wrong, tries, understood_at_ms, confirmed_at_ms, pdf_digest, pdf_bytes, version
    FROM disclosure_sheets WHERE institution_id = $1 AND case_id = $2";

/// The sheet of a case, if the price was final already.
pub async fn find(view: &impl Read, case: &str) -> Result<Option<Sheet>> {
    view.one::<Row>(SELECT, values![view.institution()?, case])
        .await?
        .map(Row::sheet)
        .transpose()
}

/// The sheet of a case, locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Sheet> {
    let sql = format!("{SELECT}{}", tx.for_update());
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .ok_or_else(Error::not_found)?
        .sheet()
}

pub async fn insert(tx: &mut impl Write, sheet: &Sheet) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO disclosure_sheets (institution_id, case_id, subject_id, terms_digest, sheet_digest, document, audience,
            reading_ms, quiz, wrong, tries, pdf_bytes, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 1)",
        values![
            &institution,
            sheet.case.as_str(),
            sheet.subject.as_str(),
            sheet.terms_digest.as_str(),
            sheet.sheet_digest.as_str(),
            sheet.document.clone(),
            sheet.audience.as_str(),
            sheet.reading_ms,
            serde_json::to_string(&sheet.quiz)?
        ],
    )
    .await?;
    Ok(())
}

/// Stores progress; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, sheet: &Sheet) -> Result<()> {
    let institution = tx.institution()?.clone();
    let progress = &sheet.progress;
    let saved = tx
        .exec(
            "UPDATE disclosure_sheets SET shown_at_ms = $4, read_at_ms = $5, wrong = $6, tries = $7, understood_at_ms = $8,
                confirmed_at_ms = $9, pdf_digest = $10, pdf_bytes = $11, version = version + 1
             WHERE institution_id = $1 AND case_id = $2 AND version = $3",
            values![
                &institution,
                sheet.case.as_str(),
                sheet.version,
                progress.shown_at_ms,
                progress.read_at_ms,
                progress.wrong,
                progress.tries,
                progress.understood_at_ms,
                progress.confirmed_at_ms,
                sheet.pdf_digest.clone(),
                sheet.pdf_bytes
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
