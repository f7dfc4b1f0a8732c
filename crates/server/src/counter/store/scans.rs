//! Scans by case; the files themselves lie sealed in the blob store.

use sea_orm::FromQueryResult;

use crate::counter::scan::{Media, SCANS_MAX, Scan, ScanId};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    document: String,
    digest: String,
    media: String,
    bytes: i64,
    staff_id: String,
    kept_at_ms: i64,
}

impl Row {
    fn scan(self) -> Result<Scan> {
        Ok(Scan {
            id: ScanId::stored(self.id),
            case: self.case_id,
            document: self.document,
            digest: self.digest,
            media: Media::parse(&self.media)
                .ok_or_else(|| Error::internal("a scan of unknown media"))?,
            bytes: self.bytes,
            staff: self.staff_id,
            kept_at_ms: self.kept_at_ms,
        })
    }
}

const COLUMNS: &str = "id, case_id, document, digest, media, bytes, staff_id, kept_at_ms";

pub async fn insert(tx: &mut impl Write, scan: &Scan) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO counter_scans
           (institution_id, id, case_id, document, digest, media, bytes, staff_id, kept_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            &institution,
            &scan.id,
            scan.case.as_str(),
            scan.document.as_str(),
            scan.digest.as_str(),
            scan.media.as_str(),
            scan.bytes,
            scan.staff.as_str(),
            scan.kept_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Every scan of a case, oldest first; no case has more than [`SCANS_MAX`].
pub async fn of_case(view: &impl Read, case: &str) -> Result<Vec<Scan>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM counter_scans WHERE institution_id = $1 AND case_id = $2 ORDER BY id LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, case, SCANS_MAX])
        .await?;
    rows.into_iter().map(Row::scan).collect()
}

/// One scan of a case.
pub async fn find(view: &impl Read, case: &str, id: &ScanId) -> Result<Option<Scan>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM counter_scans WHERE institution_id = $1 AND case_id = $2 AND id = $3"
    );
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, case, id])
        .await?;
    row.map(Row::scan).transpose()
}

/// Notes that somebody had a scan before them; the first time stands.
pub async fn note_opening(
    tx: &mut impl Write,
    scan: &Scan,
    staff: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO counter_openings (institution_id, case_id, scan_id, staff_id, opened_at_ms)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (institution_id, case_id, scan_id, staff_id) DO NOTHING",
        values![&institution, scan.case.as_str(), &scan.id, staff, now_ms],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Openings {
    n: i64,
}

/// Whether somebody ever had a scan of a case before them.
pub async fn was_opened(view: &impl Read, case: &str, id: &ScanId, staff: &str) -> Result<bool> {
    let found: Option<Openings> = view
        .one(
            "SELECT COUNT(*) AS n FROM counter_openings
             WHERE institution_id = $1 AND case_id = $2 AND scan_id = $3 AND staff_id = $4",
            values![view.institution()?, case, id, staff],
        )
        .await?;
    Ok(found.is_some_and(|found| found.n > 0))
}
