//! The total-cost notices of each case; the newest is in force, and none is ever taken away but with the case.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::disclosure::total_cost::{By, CameBack, Notice};
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

/// The scan that waits for a colleague's eyes.
pub const CAME_BACK: Migration = Migration {
    name: "disclosure_0004_notices_came_back",
    sql: "
        ALTER TABLE disclosure_notices ADD COLUMN scan_id TEXT;
        ALTER TABLE disclosure_notices ADD COLUMN scanned_by TEXT;
        ALTER TABLE disclosure_notices ADD COLUMN scanned_at_ms BIGINT;
        CREATE INDEX disclosure_notices_came_back ON disclosure_notices (institution_id, case_id) WHERE scan_id IS NOT NULL;
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
    scan_id: Option<String>,
    scanned_by: Option<String>,
    scanned_at_ms: Option<i64>,
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
            came_back: self
                .scan_id
                .zip(self.scanned_by)
                .zip(self.scanned_at_ms)
                .map(|((scan, staff), at_ms)| CameBack { scan, staff, at_ms }),
            pdf_digest: self.pdf_digest,
            pdf_bytes: self.pdf_bytes,
            prepared_at_ms: self.prepared_at_ms,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "case_id, subject_id, no, digest, document, reading_ms, shown_at_ms, read_at_ms, confirmed_at_ms,
    confirmed_by, scan_id, scanned_by, scanned_at_ms, pdf_digest, pdf_bytes, prepared_at_ms, version";

/// Every notice of a case, the newest first.
fn of_case() -> String {
    format!(
        "SELECT {COLUMNS} FROM disclosure_notices WHERE institution_id = $1 AND case_id = $2 ORDER BY no DESC"
    )
}

/// The newest notice of a case.
pub async fn newest(view: &impl Read, case: &str) -> Result<Option<Notice>> {
    let sql = format!("{} LIMIT 1", of_case());
    view.one::<Row>(&sql, values![view.institution()?, case])
        .await?
        .map(Row::notice)
        .transpose()
}

/// The same, locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Option<Notice>> {
    let sql = format!("{} LIMIT 1{}", of_case(), tx.for_update());
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .map(Row::notice)
        .transpose()
}

/// Every notice of a case, newest first; there are never more than a few.
pub async fn list(view: &impl Read, case: &str) -> Result<Vec<Notice>> {
    let rows: Vec<Row> = view
        .all(&of_case(), values![view.institution()?, case])
        .await?;
    rows.into_iter().map(Row::notice).collect()
}

/// Notices whose scan waits for a colleague's eyes, those of the newest journeys first; `after` is a case.
pub async fn that_came_back(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disclosure_notices
         WHERE institution_id = $1 AND scan_id IS NOT NULL AND ($2 = '' OR case_id < $2)
         ORDER BY case_id DESC LIMIT $3"
    );
    let values = values![view.institution()?, after, limit];
    let rows: Vec<Row> = view.all(&sql, values).await?;
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
    let paper = notice.came_back.as_ref();
    let saved = tx
        .exec(
            "UPDATE disclosure_notices SET shown_at_ms = $5, read_at_ms = $6, confirmed_at_ms = $7, confirmed_by = $8,
                pdf_digest = $9, pdf_bytes = $10, scan_id = $11, scanned_by = $12, scanned_at_ms = $13, version = version + 1
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
                notice.pdf_bytes,
                paper.map(|paper| paper.scan.clone()),
                paper.map(|paper| paper.staff.clone()),
                paper.map(|paper| paper.at_ms)
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
