//! Files that lenders dropped, and how their rows ended.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use crate::batch::IncomingId;
use crate::batch::model::{DroppedFile, FileKind, FileState, Incoming, Row, RowOutcome, day_of};
use crate::batch::refusal::FileFault;
use crate::db::{Read, Write};
use crate::error::{Error, Refuse as _, Result};
use crate::journey::JourneyId;
use crate::values;

#[derive(FromQueryResult)]
struct Stored {
    id: String,
    name: String,
    kind: String,
    sha256: String,
    manifest_sha256: String,
    state: String,
    fault: Option<String>,
    row_count: i64,
    rows_done: i64,
    rows_refused: i64,
    received_at_ms: i64,
    ended_at_ms: Option<i64>,
    compared_at_ms: Option<i64>,
    api_key: Option<String>,
}

impl Stored {
    fn incoming(self) -> Result<Incoming> {
        let unknown = || Error::internal("an unknown word about a dropped file");
        Ok(Incoming {
            id: IncomingId::stored(self.id),
            name: self.name,
            kind: FileKind::parse(&self.kind).ok_or_else(unknown)?,
            sha256: self.sha256,
            manifest: self.manifest_sha256,
            state: FileState::parse(&self.state).ok_or_else(unknown)?,
            fault: self
                .fault
                .map(|code| FileFault::parse(&code).ok_or_else(unknown))
                .transpose()?,
            rows: self.row_count,
            rows_done: self.rows_done,
            rows_refused: self.rows_refused,
            received_at_ms: self.received_at_ms,
            ended_at_ms: self.ended_at_ms,
            compared_at_ms: self.compared_at_ms,
            api_key: self.api_key,
        })
    }
}

const COLUMNS: &str = "id, name, kind, sha256, manifest_sha256, state, fault, row_count, rows_done, rows_refused, received_at_ms,
    ended_at_ms, compared_at_ms, api_key";

/// The day whose payments a file holds, as it is stored; empty for every other.
fn day_word(name: &str) -> String {
    day_of(name).map_or_else(String::new, |day| day.to_string())
}

/// One file.
pub async fn find(view: &impl Read, id: &IncomingId) -> Result<Incoming> {
    let sql = format!("SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1 AND id = $2");
    let row: Option<Stored> = view.one(&sql, values![view.institution()?, id]).await?;
    row.ok_or_else(Error::not_found)?.incoming()
}

/// The file that a manifest alone names, or that came under a request's key.
pub async fn by_manifest(view: &impl Read, manifest: &str) -> Result<Option<Incoming>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1 AND manifest_sha256 = $2 ORDER BY id LIMIT 1"
    );
    let row: Option<Stored> = view
        .one(&sql, values![view.institution()?, manifest])
        .await?;
    row.map(Stored::incoming).transpose()
}

/// The same file: named by the same manifest, or taken before under any name; of payments, for the same day.
/// One that staff ended is unknown once that was answered.
pub async fn known(
    view: &impl Read,
    manifest: &str,
    file: &DroppedFile,
) -> Result<Option<Incoming>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1
           AND ((manifest_sha256 = $2 AND name = $3 AND answered_at_ms IS NULL) OR (sha256 = $4 AND day = $5 AND state <> 'refused'))
         ORDER BY CASE state WHEN 'refused' THEN 1 ELSE 0 END, id DESC LIMIT 1"
    );
    let values = values![
        view.institution()?,
        manifest,
        file.name.as_str(),
        file.sha256.as_str(),
        day_word(&file.name)
    ];
    let row: Option<Stored> = view.one(&sql, values).await?;
    row.map(Stored::incoming).transpose()
}

/// Whether rows of some file are left.
pub async fn is_running(view: &impl Read) -> Result<bool> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1 AND state = 'running' LIMIT 1"
    );
    let row: Option<Stored> = view.one(&sql, values![view.institution()?]).await?;
    Ok(row.is_some())
}

/// Files, newest first.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Incoming>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    let rows: Vec<Stored> = view
        .all(&sql, values![view.institution()?, after, limit])
        .await?;
    rows.into_iter().map(Stored::incoming).collect()
}

/// What a lender handed in of a day's payments.
#[derive(FromQueryResult)]
pub struct OfDay {
    /// Files of which rows were gone through to the end, or at least some.
    pub taken: i64,
    /// Files of which rows are left.
    pub running: i64,
    /// Rows that were not taken, by the newest word about each payment; and those of files that were refused or broken off and
    /// did not come again.
    pub refused: i64,
}

pub async fn of_day(view: &impl Read, day: Date) -> Result<OfDay> {
    let sums: Option<OfDay> = view
        .one(
            "SELECT f.taken AS taken, f.running AS running, f.untaken + r.n AS refused FROM (
               SELECT COUNT(CASE WHEN i.state = 'ended' OR i.rows_done > 0 THEN 1 END) AS taken,
                 COUNT(CASE WHEN i.state = 'running' THEN 1 END) AS running,
                 CAST(COALESCE(SUM(CASE
                   WHEN i.state <> 'refused' OR EXISTS (SELECT 1 FROM batch_incoming l WHERE l.institution_id = $1
                     AND l.day = $2 AND l.state = 'ended' AND l.id > i.id AND (l.name = i.name OR l.sha256 = i.sha256)) THEN 0
                   WHEN i.row_count > i.rows_done THEN i.row_count - i.rows_done
                   ELSE 1 END), 0) AS BIGINT) AS untaken
               FROM batch_incoming i WHERE i.institution_id = $1 AND i.day = $2) f,
             (SELECT COUNT(*) AS n FROM batch_rows w JOIN batch_incoming i ON i.institution_id = w.institution_id AND i.id = w.incoming_id
               WHERE w.institution_id = $1 AND i.day = $2 AND w.outcome = 'refused'
                 AND NOT EXISTS (SELECT 1 FROM batch_rows l WHERE l.institution_id = $1 AND l.mark = w.mark
                   AND (l.incoming_id > w.incoming_id OR (l.incoming_id = w.incoming_id AND l.no > w.no AND l.outcome <> 'refused')))
                 AND NOT (w.mark IS NULL AND EXISTS (SELECT 1 FROM batch_incoming l WHERE l.institution_id = $1 AND l.day = $2
                   AND l.state = 'ended' AND l.id > i.id AND (l.name = i.name OR l.sha256 = i.sha256)))) r",
            values![view.institution()?, day.to_string()],
        )
        .await?;
    sums.ok_or_else(|| Error::internal("sums without a row"))
}

/// Notes that the day of a file was handed to its comparison.
pub async fn compared(tx: &mut impl Write, id: &IncomingId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE batch_incoming SET compared_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Notes that the lender was told that staff ended a file.
pub async fn answered(tx: &mut impl Write, id: &IncomingId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE batch_incoming SET answered_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Another node that took the same file first is a conflict.
pub async fn insert(tx: &mut impl Write, incoming: &Incoming) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO batch_incoming (institution_id, id, name, kind, sha256, manifest_sha256, state, fault, row_count,
               rows_done, rows_refused, received_at_ms, ended_at_ms, day, api_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, $11, $12, $13)",
            values![
                &institution,
                &incoming.id,
                incoming.name.as_str(),
                incoming.kind.as_str(),
                incoming.sha256.as_str(),
                incoming.manifest.as_str(),
                incoming.state.as_str(),
                incoming.fault.map(|fault| fault.code()),
                incoming.rows,
                incoming.received_at_ms,
                incoming.ended_at_ms,
                day_word(&incoming.name),
                incoming.api_key.as_deref()
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Notes a row and moves on to it; whoever noted it first wins. Rows of one mark are words about one payment.
pub async fn advance(
    tx: &mut impl Write,
    mut incoming: Incoming,
    row: &Row,
    mark: Option<&str>,
) -> Result<Incoming> {
    let institution = tx.institution()?.clone();
    incoming.rows_done = row.no;
    incoming.rows_refused += i64::from(row.outcome == RowOutcome::Refused);
    let moved = tx
        .exec(
            "UPDATE batch_incoming SET rows_done = $3, rows_refused = $4
             WHERE institution_id = $1 AND id = $2 AND rows_done = $5 AND state = 'running'",
            values![
                &institution,
                &incoming.id,
                incoming.rows_done,
                incoming.rows_refused,
                row.no - 1
            ],
        )
        .await?;
    if moved != 1 {
        return Err(Error::Conflict);
    }
    // A file that was broken off and dropped anew is another file with rows of its own.
    tx.exec(
        "INSERT INTO batch_rows (institution_id, incoming_id, no, outcome, code, field, journey_id, message_zh, message_en, mark)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            &institution,
            &incoming.id,
            row.no,
            row.outcome.as_str(),
            row.code.clone(),
            row.field.clone(),
            row.journey.clone(),
            row.message_zh.clone(),
            row.message_en.clone(),
            mark
        ],
    )
    .await?;
    Ok(incoming)
}

async fn close(
    tx: &mut impl Write,
    id: &IncomingId,
    state: FileState,
    fault: Option<FileFault>,
    now_ms: i64,
) -> Result<Incoming> {
    let institution = tx.institution()?.clone();
    let closed = tx
        .exec(
            "UPDATE batch_incoming SET state = $3, fault = $4, ended_at_ms = $5
             WHERE institution_id = $1 AND id = $2 AND state = 'running'",
            values![
                &institution,
                id,
                state.as_str(),
                fault.map(|fault| fault.code()),
                now_ms
            ],
        )
        .await?;
    if closed != 1 {
        return Err(Error::Conflict);
    }
    find(tx, id).await
}

/// Every row was gone through.
pub async fn end(tx: &mut impl Write, id: &IncomingId, now_ms: i64) -> Result<Incoming> {
    close(tx, id, FileState::Ended, None, now_ms).await
}

/// The rows that are left are not gone through.
pub async fn break_off(
    tx: &mut impl Write,
    id: &IncomingId,
    fault: FileFault,
    now_ms: i64,
) -> Result<Incoming> {
    close(tx, id, FileState::Refused, Some(fault), now_ms).await
}

#[derive(FromQueryResult)]
struct StoredRow {
    no: i64,
    outcome: String,
    code: Option<String>,
    field: Option<String>,
    journey_id: Option<String>,
    message_zh: Option<String>,
    message_en: Option<String>,
}

/// Rows in order; an empty outcome asks for all.
pub async fn rows(
    view: &impl Read,
    id: &IncomingId,
    outcome: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Row>> {
    let rows: Vec<StoredRow> = view
        .all(
            "SELECT no, outcome, code, field, journey_id, message_zh, message_en FROM batch_rows
             WHERE institution_id = $1 AND incoming_id = $2 AND no > $3 AND ($4 = '' OR outcome = $4)
             ORDER BY no LIMIT $5",
            values![view.institution()?, id, after, outcome, limit],
        )
        .await?;
    let read = rows.into_iter().map(|row| {
        Ok(Row {
            no: row.no,
            outcome: RowOutcome::parse(&row.outcome)
                .ok_or_else(|| Error::internal("an unknown outcome of a row"))?,
            code: row.code,
            field: row.field,
            journey: row.journey_id,
            message_zh: row.message_zh,
            message_en: row.message_en,
        })
    });
    read.collect()
}

#[derive(FromQueryResult)]
struct Marked {
    mark: String,
    first: String,
}

/// Removes what leads from rows to a case: its id, and marks, which anyone finds again who guesses a payment's number. Rows
/// about one payment belong together all the same, by the first of them.
pub async fn forget(tx: &mut impl Write, journey: &JourneyId) -> Result<()> {
    let institution = tx.institution()?.clone();
    let marks: Vec<Marked> = tx
        .all(
            "SELECT mark, MIN(incoming_id || '-' || no) AS first FROM batch_rows WHERE institution_id = $1 AND mark IN (
               SELECT mark FROM batch_rows WHERE institution_id = $1 AND journey_id = $2 AND mark IS NOT NULL)
             GROUP BY mark",
            values![&institution, journey],
        )
        .await?;
    for Marked { mark, first } in marks {
        tx.exec(
            "UPDATE batch_rows SET mark = $3 WHERE institution_id = $1 AND mark = $2",
            values![&institution, mark, first],
        )
        .await?;
    }
    tx.exec(
        "UPDATE batch_rows SET journey_id = NULL WHERE institution_id = $1 AND journey_id = $2",
        values![&institution, journey],
    )
    .await?;
    Ok(())
}
