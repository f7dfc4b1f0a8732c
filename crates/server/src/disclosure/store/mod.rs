//! The sheet of each case and the progress with it.

pub mod notices;
mod superseded;

use std::collections::HashMap;

use sea_orm::FromQueryResult;

pub use superseded::{insert as insert_superseded, list as superseded};

use super::model::{Audience, Progress, Sheet, Step};
use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[
    SHEETS,
    superseded::TABLE,
    notices::TABLE,
    notices::CAME_BACK,
];

const SHEETS: Migration = Migration {
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
            last_wrong_at_ms BIGINT,
            prepared_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
    ",
};

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
    last_wrong_at_ms: Option<i64>,
    prepared_at_ms: i64,
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
                last_wrong_at_ms: self.last_wrong_at_ms,
            },
            pdf_digest: self.pdf_digest,
            pdf_bytes: self.pdf_bytes,
            prepared_at_ms: self.prepared_at_ms,
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT case_id, subject_id, terms_digest, sheet_digest, document, audience, reading_ms, quiz, shown_at_ms,
    read_at_ms, wrong, tries, understood_at_ms, confirmed_at_ms, pdf_digest, pdf_bytes, last_wrong_at_ms, prepared_at_ms, version
    FROM disclosure_sheets WHERE institution_id = $1 AND case_id = $2";

/// The sheet of a case, if the price was final already.
pub async fn find(view: &impl Read, case: &str) -> Result<Option<Sheet>> {
    view.one::<Row>(SELECT, values![view.institution()?, case])
        .await?
        .map(Row::sheet)
        .transpose()
}

/// The sheet of a case, locked until the transaction ends, if there is one.
pub async fn try_lock(tx: &impl Read, case: &str) -> Result<Option<Sheet>> {
    let sql = format!("{SELECT}{}", tx.for_update());
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .map(Row::sheet)
        .transpose()
}

/// The sheet of a case, locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Sheet> {
    try_lock(tx, case).await?.ok_or_else(Error::not_found)
}

/// Takes away a sheet that was superseded; what it was stays in its own table.
pub async fn remove(tx: &mut impl Write, sheet: &Sheet) -> Result<()> {
    let institution = tx.institution()?.clone();
    let removed = tx
        .exec(
            "DELETE FROM disclosure_sheets WHERE institution_id = $1 AND case_id = $2 AND version = $3",
            values![&institution, sheet.case.as_str(), sheet.version],
        )
        .await?;
    if removed == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

pub async fn insert(tx: &mut impl Write, sheet: &Sheet) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO disclosure_sheets (institution_id, case_id, subject_id, terms_digest, sheet_digest, document, audience,
            reading_ms, quiz, wrong, tries, pdf_bytes, prepared_at_ms, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10, 1)",
        values![
            &institution,
            sheet.case.as_str(),
            sheet.subject.as_str(),
            sheet.terms_digest.as_str(),
            sheet.sheet_digest.as_str(),
            sheet.document.clone(),
            sheet.audience.as_str(),
            sheet.reading_ms,
            serde_json::to_string(&sheet.quiz)?,
            sheet.prepared_at_ms
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
                confirmed_at_ms = $9, pdf_digest = $10, pdf_bytes = $11,
                last_wrong_at_ms = $12, version = version + 1
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
                sheet.pdf_bytes,
                progress.last_wrong_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

#[derive(FromQueryResult)]
struct StepRow {
    case_id: String,
    read_at_ms: Option<i64>,
    understood_at_ms: Option<i64>,
    confirmed_at_ms: Option<i64>,
}

/// The step of each case that has a sheet; for lists, in one query.
pub async fn steps(view: &impl Read, cases: &[&str]) -> Result<HashMap<String, Step>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (0..cases.len()).map(|i| format!("${}", i + 2)).collect();
    let mut values = values![view.institution()?];
    values.extend(cases.iter().map(|case| sea_orm::Value::from(*case)));
    let sql = format!(
        "SELECT case_id, read_at_ms, understood_at_ms, confirmed_at_ms FROM disclosure_sheets
         WHERE institution_id = $1 AND case_id IN ({})",
        places.join(",")
    );
    let rows = view.all::<StepRow>(&sql, values).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.case_id,
                Step::at(row.read_at_ms, row.understood_at_ms, row.confirmed_at_ms),
            )
        })
        .collect())
}

/// Deletes the sheets of a case whose person's data was destroyed.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM disclosure_sheets WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM disclosure_superseded WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM disclosure_notices WHERE institution_id = $1 AND case_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    Ok(())
}
