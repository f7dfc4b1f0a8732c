//! Recordings, their segments and chunks, and every try of every node.

pub mod corrections;
pub mod desk;
pub mod erasures;
pub mod leads;
pub mod prompts;
pub mod reviews;
pub mod segments;
pub mod signals;
pub mod tries;

use sea_orm::FromQueryResult;

use super::RecordingId;
use super::model::{Call, Mode, Recording, State};
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

pub const MIGRATIONS: &[Migration] = &[
    RECORDINGS,
    segments::TABLES,
    tries::TABLE,
    reviews::TABLE,
    prompts::TABLE,
    corrections::TABLE,
    erasures::COLUMN,
    segments::SIDES,
    leads::TABLE,
    signals::TABLE,
    desk::TABLE,
    TO_REVIEW_INDEX,
    NOTICED_IN,
];

const RECORDINGS: Migration = Migration {
    name: "recording_0001_recordings",
    sql: "
        CREATE TABLE recording_recordings (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            mode TEXT NOT NULL,
            state TEXT NOT NULL,
            call TEXT,
            terms_digest TEXT NOT NULL,
            script {bytes} NOT NULL,
            script_digest TEXT NOT NULL,
            enrolled {bytes},
            sampled BIGINT NOT NULL,
            begun_at_ms BIGINT NOT NULL,
            seen_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            reviewed_at_ms BIGINT,
            revision BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX recording_recordings_case ON recording_recordings (institution_id, case_id, id);
        CREATE INDEX recording_recordings_state ON recording_recordings (institution_id, state, id);
    ",
};

/// Of what has come to an end nearly nothing is for a colleague's eyes.
const TO_REVIEW_INDEX: Migration = Migration {
    name: "recording_0012_to_review",
    sql: "CREATE INDEX recording_recordings_to_review ON recording_recordings (institution_id, ended_at_ms)
        WHERE reviewed_at_ms IS NULL AND (state = 'needs_person' OR (state = 'passed' AND sampled = 1));",
};

/// The recording whose film shows what is suspected of another.
const NOTICED_IN: Migration = Migration {
    name: "recording_0013_noticed_in",
    sql: "ALTER TABLE recording_recordings ADD COLUMN noticed_in TEXT;",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    mode: String,
    state: String,
    call: Option<String>,
    noticed_in: Option<String>,
    terms_digest: String,
    script: Vec<u8>,
    script_digest: String,
    enrolled: Option<Vec<u8>>,
    sampled: i64,
    begun_at_ms: i64,
    seen_at_ms: i64,
    ended_at_ms: Option<i64>,
    reviewed_at_ms: Option<i64>,
    revision: i64,
    version: i64,
}

impl Row {
    fn recording(self) -> Result<Recording> {
        let unknown = |what| Error::internal(format!("unknown {what} of a recording"));
        Ok(Recording {
            id: RecordingId::stored(self.id),
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            mode: Mode::parse(&self.mode).ok_or_else(|| unknown("mode"))?,
            state: State::parse(&self.state).ok_or_else(|| unknown("state"))?,
            call: self
                .call
                .map(|call| Call::parse(&call).ok_or_else(|| unknown("call")))
                .transpose()?,
            noticed_in: self.noticed_in.map(RecordingId::stored),
            terms_digest: self.terms_digest,
            script: self.script,
            script_digest: self.script_digest,
            enrolled: self.enrolled,
            sampled: self.sampled == 1,
            begun_at_ms: self.begun_at_ms,
            seen_at_ms: self.seen_at_ms,
            ended_at_ms: self.ended_at_ms,
            reviewed_at_ms: self.reviewed_at_ms,
            revision: self.revision,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "id, case_id, subject_id, mode, state, call, noticed_in, terms_digest, script, script_digest, enrolled, sampled,
    begun_at_ms, seen_at_ms, ended_at_ms, reviewed_at_ms, revision, version";

fn newest_of_case() -> String {
    format!(
        "SELECT {COLUMNS} FROM recording_recordings WHERE institution_id = $1 AND case_id = $2 ORDER BY id DESC LIMIT 1"
    )
}

/// The newest recording of a case.
pub async fn newest(view: &impl Read, case: &str) -> Result<Option<Recording>> {
    let values = values![view.institution()?, case];
    let row: Option<Row> = view.one(&newest_of_case(), values).await?;
    row.map(Row::recording).transpose()
}

/// The recording that says how far a case is: one that somebody must look at before anything else, else the newest.
pub async fn governing(view: &impl Read, case: &str) -> Result<Option<Recording>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recording_recordings WHERE institution_id = $1 AND case_id = $2
         ORDER BY CASE WHEN state = 'needs_person' AND call IN ('stopped', 'suspicion') THEN 0 ELSE 1 END, id DESC LIMIT 1"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, case]).await?;
    row.map(Row::recording).transpose()
}

/// The newest one, locked until the transaction ends.
pub async fn lock_newest(tx: &impl Read, case: &str) -> Result<Option<Recording>> {
    let sql = format!("{}{}", newest_of_case(), tx.for_update());
    let row: Option<Row> = tx.one(&sql, values![tx.institution()?, case]).await?;
    row.map(Row::recording).transpose()
}

/// One recording, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &RecordingId) -> Result<Recording> {
    lock_kept(tx, id).await?.ok_or_else(Error::not_found)
}

/// The same; none where the person's data was destroyed meanwhile.
pub async fn lock_kept(tx: &impl Read, id: &RecordingId) -> Result<Option<Recording>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recording_recordings WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    let row: Option<Row> = tx.one(&sql, values![tx.institution()?, id]).await?;
    row.map(Row::recording).transpose()
}

/// One recording.
pub async fn find(view: &impl Read, id: &RecordingId) -> Result<Recording> {
    let sql =
        format!("SELECT {COLUMNS} FROM recording_recordings WHERE institution_id = $1 AND id = $2");
    let row: Option<Row> = view.one(&sql, values![view.institution()?, id]).await?;
    row.ok_or_else(Error::not_found)?.recording()
}

/// Whether a recording is for a colleague's eyes.
const TO_REVIEW: &str =
    "reviewed_at_ms IS NULL AND (state = 'needs_person' OR (state = 'passed' AND sampled = 1))";

/// How many recordings are for a colleague's eyes.
pub async fn to_review(view: &impl Read) -> Result<Tally> {
    let sql = format!(
        "SELECT COUNT(*) AS count, MIN(ended_at_ms) AS oldest_ms FROM
           (SELECT ended_at_ms FROM recording_recordings WHERE institution_id = $1 AND {TO_REVIEW}
            ORDER BY ended_at_ms LIMIT $2) x"
    );
    let row = view
        .one(&sql, values![view.institution()?, Tally::MOST])
        .await?;
    Ok(row.unwrap_or_default())
}

/// Recordings of a state, newest first; `waiting` are those for a colleague's eyes, and nothing is all of them.
pub async fn list(
    view: &impl Read,
    which: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Recording>> {
    let waits = match which {
        "waiting" => format!("AND $2 = $2 AND {TO_REVIEW}"),
        _ => "AND ($2 = '' OR state = $2)".to_owned(),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM recording_recordings
         WHERE institution_id = $1 {waits} AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
    );
    let values = values![view.institution()?, which, after, limit];
    let rows: Vec<Row> = view.all(&sql, values).await?;
    rows.into_iter().map(Row::recording).collect()
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Every recording of a case; there are never many.
pub async fn of_case(view: &impl Read, case: &str) -> Result<Vec<RecordingId>> {
    let sql = "SELECT id FROM recording_recordings WHERE institution_id = $1 AND case_id = $2";
    let rows: Vec<Id> = view.all(sql, values![view.institution()?, case]).await?;
    let ids = rows.into_iter().map(|row| RecordingId::stored(row.id));
    Ok(ids.collect())
}

/// Whether a recording is, or was to its end, one that no colleague led: nothing is recorded of it.
const WAITS: &str = "EXISTS (SELECT 1 FROM recording_leads AS l
    WHERE l.institution_id = r.institution_id AND l.recording_id = r.id AND l.turn = 0)";

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// How many recordings a case has, and how often one was begun: some only waited for a colleague.
pub async fn counts(view: &impl Read, case: &str) -> Result<(i64, i64)> {
    #[derive(FromQueryResult)]
    struct Counts {
        recorded: i64,
        begun: i64,
    }
    let sql = format!(
        "SELECT count(CASE WHEN {WAITS} THEN NULL ELSE 1 END) AS recorded, count(*) AS begun FROM recording_recordings AS r
         WHERE r.institution_id = $1 AND r.case_id = $2"
    );
    let row: Option<Counts> = view.one(&sql, values![view.institution()?, case]).await?;
    Ok(row.map_or((0, 0), |row| (row.recorded, row.begun)))
}

/// How many run of an institution, without those that nobody has led yet.
pub async fn running(view: &impl Read) -> Result<i64> {
    let sql = format!(
        "SELECT count(*) AS count FROM recording_recordings AS r
         WHERE r.institution_id = $1 AND r.state = 'running' AND NOT {WAITS}"
    );
    let row: Option<Count> = view.one(&sql, values![view.institution()?]).await?;
    Ok(row.map_or(0, |row| row.count))
}

pub async fn insert(tx: &mut impl Write, one: &Recording) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_recordings (institution_id, id, case_id, subject_id, mode, state, terms_digest, script,
            script_digest, sampled, begun_at_ms, seen_at_ms, revision, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 1)",
        values![
            &institution,
            &one.id,
            one.case.as_str(),
            &one.subject,
            one.mode.as_str(),
            one.state.as_str(),
            one.terms_digest.as_str(),
            one.script.clone(),
            one.script_digest.as_str(),
            i64::from(one.sampled),
            one.begun_at_ms,
            one.seen_at_ms,
        ],
    )
    .await?;
    Ok(())
}

/// Keeps what changed; its revision grows.
pub async fn save(tx: &mut impl Write, one: &Recording) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE recording_recordings SET state = $1, call = $2, enrolled = $3, sampled = $4, seen_at_ms = $5,
                ended_at_ms = $6, reviewed_at_ms = $7, noticed_in = $8, revision = revision + 1, version = version + 1
             WHERE institution_id = $9 AND id = $10 AND version = $11",
            values![
                one.state.as_str(),
                one.call.map(Call::as_str),
                one.enrolled.clone(),
                i64::from(one.sampled),
                one.seen_at_ms,
                one.ended_at_ms,
                one.reviewed_at_ms,
                one.noticed_in.as_ref().map(ToString::to_string),
                &institution,
                &one.id,
                one.version,
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(Error::Conflict),
    }
}

/// The page has something new to learn, though nothing of the recording itself changed; locks it.
pub async fn moved(tx: &mut impl Write, id: &RecordingId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE recording_recordings SET revision = revision + 1 WHERE institution_id = $1 AND id = $2",
        values![&institution, id],
    )
    .await?;
    Ok(())
}

/// Everything of a case goes.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    for table in [
        "recording_chunks",
        "recording_segments",
        "recording_tries",
        "recording_openings",
        "recording_prompts",
        "recording_corrections",
        "recording_signals",
        "recording_leads",
    ] {
        let sql = format!(
            "DELETE FROM {table} WHERE institution_id = $1 AND recording_id IN
                (SELECT id FROM recording_recordings WHERE institution_id = $1 AND case_id = $2)"
        );
        tx.exec(&sql, values![&institution, case]).await?;
    }
    tx.exec(
        "DELETE FROM recording_recordings WHERE institution_id = $1 AND case_id = $2",
        values![&institution, case],
    )
    .await?;
    Ok(())
}

/// Whether a recording goes on.
pub async fn runs(view: &impl Read, id: &RecordingId) -> Result<bool> {
    Ok(find(view, id).await?.state == State::Running)
}

/// Which journey a recording belongs to.
pub async fn case_of(view: &impl Read, id: &RecordingId) -> Result<String> {
    Ok(find(view, id).await?.case)
}
