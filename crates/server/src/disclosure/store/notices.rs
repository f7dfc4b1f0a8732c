//! The total-cost notices of each case; the newest is in force, and none is ever taken away but with the case.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::disclosure::total_cost::{By, Notice};
use crate::error::{Error, Result};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "disclosure_0003_notices",
    sql: "
        CREATE TABLE disclosure_notices (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            subject_id TEXT NOT NULL,
            digest TEXT NOT NULL,
            document {bytes} NOT NULL,
            reading_ms BIGINT NOT NULL,
            shown_at_ms BIGINT,
            read_at_ms BIGINT,
            confirmed_at_ms BIGINT,
            confirmed_by TEXT,
            pdf_digest TEXT,
            pdf_bytes BIGINT NOT NULL,
            prepared_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, no)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    case_id: String,
    subject_id: String,
    no: i64,
    digest: String,
    document: Vec<u8>,
    reading_ms: i64,
    shown_at_ms: Option<i64>,
    read_at_ms: Option<i64>,
    confirmed_at_ms: Option<i64>,
    confirmed_by: Option<String>,
    pdf_digest: Option<String>,
    pdf_bytes: i64,
    prepared_at_ms: i64,
    version: i64,
}

impl Row {
    fn notice(self) -> Result<Notice> {
        let by = self
            .confirmed_by
            .map(|by| By::parse(&by).ok_or_else(|| Error::internal("unknown way to confirm")))
            .transpose()?;
        Ok(Notice {
            case: self.case_id,
            subject: self.subject_id,
            no: self.no,
            digest: self.digest,
            document: self.document,
            reading_ms: self.reading_ms,
            shown_at_ms: self.shown_at_ms,
            read_at_ms: self.read_at_ms,
            confirmed: self.confirmed_at_ms.zip(by),
            pdf_digest: self.pdf_digest,
            pdf_bytes: self.pdf_bytes,
            prepared_at_ms: self.prepared_at_ms,
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT case_id, subject_id, no, digest, document, reading_ms, shown_at_ms, read_at_ms, confirmed_at_ms,
    confirmed_by, pdf_digest, pdf_bytes, prepared_at_ms, version
    FROM disclosure_notices WHERE institution_id = $1 AND case_id = $2 ORDER BY no DESC";

/// The newest notice of a case.
pub async fn newest(view: &impl Read, case: &str) -> Result<Option<Notice>> {
    let sql = format!("{SELECT} LIMIT 1");
    view.one::<Row>(&sql, values![view.institution()?, case])
        .await?
        .map(Row::notice)
        .transpose()
}

/// The same, locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Option<Notice>> {
    let sql = format!("{SELECT} LIMIT 1{}", tx.for_update());
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .map(Row::notice)
        .transpose()
}

/// Every notice of a case, newest first; there are never more than a few.
pub async fn list(view: &impl Read, case: &str) -> Result<Vec<Notice>> {
    let rows: Vec<Row> = view.all(SELECT, values![view.institution()?, case]).await?;
    rows.into_iter().map(Row::notice).collect()
}

pub async fn insert(tx: &mut impl Write, notice: &Notice) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO disclosure_notices (institution_id, case_id, no, subject_id, digest, document, reading_ms, pdf_bytes,
            prepared_at_ms, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 1)",
        values![
            &institution,
            notice.case.as_str(),
            notice.no,
            notice.subject.as_str(),
            notice.digest.as_str(),
            notice.document.clone(),
            notice.reading_ms,
            notice.prepared_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Stores progress; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, notice: &Notice) -> Result<()> {
    let institution = tx.institution()?.clone();
    let (confirmed_at_ms, confirmed_by) = notice.confirmed.unzip();
    let saved = tx
        .exec(
            "UPDATE disclosure_notices SET shown_at_ms = $5, read_at_ms = $6, confirmed_at_ms = $7, confirmed_by = $8,
                pdf_digest = $9, pdf_bytes = $10, version = version + 1
             WHERE institution_id = $1 AND case_id = $2 AND no = $3 AND version = $4",
            values![
                &institution,
                notice.case.as_str(),
                notice.no,
                notice.version,
                notice.shown_at_ms,
                notice.read_at_ms,
                confirmed_at_ms,
                confirmed_by.map(By::as_str),
                notice.pdf_digest.clone(),
                notice.pdf_bytes
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
