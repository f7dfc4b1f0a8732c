//! Segments, and the chunks that came of each.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::recording::RecordingId;
use crate::recording::chain::Link;
use crate::recording::model::{Media, Segment};
use crate::values;

pub const TABLES: Migration = Migration {
    name: "recording_0002_segments",
    sql: "
        CREATE TABLE recording_segments (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            media TEXT NOT NULL,
            chunks BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            head {bytes} NOT NULL,
            sworn BIGINT NOT NULL,
            begun_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, recording_id, no)
        );
        CREATE TABLE recording_chunks (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            segment BIGINT NOT NULL,
            no BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            digest {bytes} NOT NULL,
            file TEXT NOT NULL,
            received_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, recording_id, segment, no)
        );
    ",
};

/// A film of the colleague who leads lies beside the person's.
pub const SIDES: Migration = Migration {
    name: "recording_0008_sides",
    sql: "ALTER TABLE recording_segments ADD COLUMN agent_id TEXT;",
};

#[derive(FromQueryResult)]
struct Row {
    recording_id: String,
    no: i64,
    agent_id: Option<String>,
    media: String,
    chunks: i64,
    bytes: i64,
    head: Vec<u8>,
    sworn: i64,
    begun_at_ms: i64,
}

impl Row {
    fn segment(self) -> Result<Segment> {
        Ok(Segment {
            recording: RecordingId::stored(self.recording_id),
            no: self.no,
            agent: self.agent_id,
            media: Media::parse(&self.media)
                .ok_or_else(|| Error::internal("unknown media of a segment"))?,
            chunks: self.chunks,
            bytes: self.bytes,
            head: Link::try_from(self.head.as_slice())
                .map_err(|_| Error::internal("a chain head of another length"))?,
            sworn: self.sworn,
            begun_at_ms: self.begun_at_ms,
        })
    }
}

const SELECT: &str = "SELECT recording_id, no, agent_id, media, chunks, bytes, head, sworn, begun_at_ms FROM recording_segments
    WHERE institution_id = $1 AND recording_id = $2";

/// Every segment of a recording, of both sides, in order; there are never many.
pub async fn list(view: &impl Read, recording: &RecordingId) -> Result<Vec<Segment>> {
    let sql = format!("{SELECT} ORDER BY no");
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, recording])
        .await?;
    rows.into_iter().map(Row::segment).collect()
}

/// The newest segment of the person's own film.
pub async fn newest_of_person(
    view: &impl Read,
    recording: &RecordingId,
) -> Result<Option<Segment>> {
    let sql = format!("{SELECT} AND agent_id IS NULL ORDER BY no DESC LIMIT 1");
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, recording])
        .await?;
    row.map(Row::segment).transpose()
}

/// The newest of a colleague's own.
pub async fn newest_of_agent(
    view: &impl Read,
    recording: &RecordingId,
    staff: &str,
) -> Result<Option<Segment>> {
    let sql = format!("{SELECT} AND agent_id = $3 ORDER BY no DESC LIMIT 1");
    let row: Option<Row> = view
        .one(&sql, values![view.institution()?, recording, staff])
        .await?;
    row.map(Row::segment).transpose()
}

/// One segment, locked until the transaction ends.
pub async fn lock(tx: &impl Read, recording: &RecordingId, no: i64) -> Result<Option<Segment>> {
    let sql = format!("{SELECT} AND no = $3{}", tx.for_update());
    let row: Option<Row> = tx
        .one(&sql, values![tx.institution()?, recording, no])
        .await?;
    row.map(Row::segment).transpose()
}

pub async fn insert(tx: &mut impl Write, one: &Segment) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_segments (institution_id, recording_id, no, agent_id, media, chunks, bytes, head, sworn, begun_at_ms)
         VALUES ($1, $2, $3, $4, $5, 0, 0, $6, 0, $7)",
        values![
            &institution,
            &one.recording,
            one.no,
            one.agent.clone(),
            one.media.as_str(),
            one.head.to_vec(),
            one.begun_at_ms,
        ],
    )
    .await?;
    Ok(())
}

/// What was sworn to, and no chunk that came meanwhile.
pub async fn sworn(tx: &mut impl Write, one: &Segment) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE recording_segments SET sworn = $1 WHERE institution_id = $2 AND recording_id = $3 AND no = $4 AND sworn < $1",
        values![one.chunks, &institution, &one.recording, one.no],
    )
    .await?;
    Ok(())
}

/// A chunk that was taken.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Chunk {
    pub no: i64,
    pub bytes: i64,
    pub digest: Vec<u8>,
    /// Its name in the blob store, and what it was sealed under.
    pub file: String,
}

/// One chunk.
pub async fn chunk(
    view: &impl Read,
    recording: &RecordingId,
    segment: i64,
    no: i64,
) -> Result<Option<Chunk>> {
    let sql = "SELECT no, bytes, digest, file FROM recording_chunks
         WHERE institution_id = $1 AND recording_id = $2 AND segment = $3 AND no = $4";
    let values = values![view.institution()?, recording, segment, no];
    view.one(sql, values).await
}

/// The first chunks of a segment, in order.
pub async fn chunks(
    view: &impl Read,
    recording: &RecordingId,
    segment: i64,
    count: i64,
) -> Result<Vec<Chunk>> {
    let sql = "SELECT no, bytes, digest, file FROM recording_chunks
         WHERE institution_id = $1 AND recording_id = $2 AND segment = $3 AND no < $4 ORDER BY no";
    let values = values![view.institution()?, recording, segment, count];
    view.all(sql, values).await
}

/// Puts a chunk behind the last, under the lock of the segment.
pub async fn append(
    tx: &mut impl Write,
    to: &Segment,
    chunk: &Chunk,
    head: &Link,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_chunks (institution_id, recording_id, segment, no, bytes, digest, file, received_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            &to.recording,
            to.no,
            chunk.no,
            chunk.bytes,
            chunk.digest.clone(),
            chunk.file.as_str(),
            now_ms,
        ],
    )
    .await?;
    let moved = tx
        .exec(
            "UPDATE recording_segments SET chunks = chunks + 1, bytes = bytes + $1, head = $2
             WHERE institution_id = $3 AND recording_id = $4 AND no = $5 AND chunks = $6",
            values![
                chunk.bytes,
                head.to_vec(),
                &institution,
                &to.recording,
                to.no,
                chunk.no,
            ],
        )
        .await?;
    match moved {
        1 => Ok(()),
        _ => Err(Error::Conflict),
    }
}

#[derive(FromQueryResult)]
struct Last {
    at_ms: Option<i64>,
}

/// When the last chunk came, UTC ms.
pub async fn last_chunk_at_ms(view: &impl Read, recording: &RecordingId) -> Result<Option<i64>> {
    let sql = "SELECT max(received_at_ms) AS at_ms FROM recording_chunks WHERE institution_id = $1 AND recording_id = $2";
    let row: Option<Last> = view
        .one(sql, values![view.institution()?, recording])
        .await?;
    Ok(row.and_then(|row| row.at_ms))
}

/// When the last chunk of one segment came, UTC ms.
pub async fn last_chunk_of(
    view: &impl Read,
    recording: &RecordingId,
    segment: i64,
) -> Result<Option<i64>> {
    let sql = "SELECT max(received_at_ms) AS at_ms FROM recording_chunks
         WHERE institution_id = $1 AND recording_id = $2 AND segment = $3";
    let values = values![view.institution()?, recording, segment];
    let row: Option<Last> = view.one(sql, values).await?;
    Ok(row.and_then(|row| row.at_ms))
}
