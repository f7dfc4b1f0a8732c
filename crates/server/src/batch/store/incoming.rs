//! Files that lenders dropped, and how their rows ended.

use sea_orm::FromQueryResult;

use crate::batch::IncomingId;
use crate::batch::model::{DroppedFile, FileKind, FileState, Incoming, Row, RowOutcome};
use crate::batch::refusal::FileFault;
use crate::db::{Read, Write};
use crate::error::{Error, Refuse as _, Result};
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
        })
    }
}

const COLUMNS: &str = "id, name, kind, sha256, manifest_sha256, state, fault, row_count, rows_done, rows_refused, received_at_ms,
    ended_at_ms";

/// One file.
pub async fn find(view: &impl Read, id: &IncomingId) -> Result<Incoming> {
    let sql = format!("SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1 AND id = $2");
    let row: Option<Stored> = view.one(&sql, values![view.institution()?, id]).await?;
    row.ok_or_else(Error::not_found)?.incoming()
}

/// The same file: named by the same manifest, or taken before under any name.
pub async fn known(
    view: &impl Read,
    manifest: &str,
    file: &DroppedFile,
) -> Result<Option<Incoming>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_incoming WHERE institution_id = $1
           AND ((manifest_sha256 = $2 AND name = $3) OR (sha256 = $4 AND state <> 'refused'))
         ORDER BY CASE state WHEN 'refused' THEN 1 ELSE 0 END LIMIT 1"
    );
    let values = values![
        view.institution()?,
        manifest,
        file.name.as_str(),
        file.sha256.as_str()
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

/// Another node that took the same file first is a conflict.
pub async fn insert(tx: &mut impl Write, incoming: &Incoming) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO batch_incoming (institution_id, id, name, kind, sha256, manifest_sha256, state, fault, row_count,
               rows_done, rows_refused, received_at_ms, ended_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, $11)",
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
                incoming.ended_at_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Notes a row and moves on to it; whoever noted it first wins.
pub async fn advance(tx: &mut impl Write, mut incoming: Incoming, row: &Row) -> Result<Incoming> {
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
        "INSERT INTO batch_rows (institution_id, incoming_id, no, outcome, code, field, journey_id, message_zh, message_en)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            &institution,
            &incoming.id,
            row.no,
            row.outcome.as_str(),
            row.code.clone(),
            row.field.clone(),
            row.journey.clone(),
            row.message_zh.clone(),
            row.message_en.clone()
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
