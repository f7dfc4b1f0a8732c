//! Who waits for a colleague, and who is led by whom.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::recording::RecordingId;
use crate::recording::model::Side;
use crate::recording::remote::model::{Again, Lead, Over};
use crate::values;

pub const TABLE: Migration = Migration {
    name: "recording_0009_leads",
    sql: "
        CREATE TABLE recording_leads (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            agent_id TEXT,
            meant_for TEXT,
            meant_until_ms BIGINT,
            led_by TEXT NOT NULL,
            ahead BIGINT NOT NULL,
            again TEXT,
            over TEXT,
            turn BIGINT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            since_ms BIGINT NOT NULL,
            person_seen_at_ms BIGINT NOT NULL,
            agent_seen_at_ms BIGINT NOT NULL,
            signals BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, recording_id)
        );
        CREATE INDEX recording_leads_agent ON recording_leads (institution_id, agent_id);
    ",
};

#[derive(FromQueryResult)]
struct Row {
    recording_id: String,
    agent_id: Option<String>,
    meant_for: Option<String>,
    meant_until_ms: Option<i64>,
    led_by: String,
    ahead: i64,
    again: Option<String>,
    over: Option<String>,
    turn: i64,
    asked_at_ms: i64,
    since_ms: i64,
    person_seen_at_ms: i64,
    agent_seen_at_ms: i64,
    signals: i64,
    version: i64,
}

impl Row {
    fn lead(self) -> Result<Lead> {
        let unknown = |what| Error::internal(format!("unknown {what} of a lead"));
        let again = self.again.as_deref();
        let over = self.over.as_deref();
        Ok(Lead {
            recording: RecordingId::stored(self.recording_id),
            agent: self.agent_id,
            meant_for: self.meant_for.zip(self.meant_until_ms),
            led_by: self.led_by.split_whitespace().map(str::to_owned).collect(),
            ahead: self.ahead == 1,
            again: again
                .map(|text| Again::parse(text).ok_or_else(|| unknown("return")))
                .transpose()?,
            over: over
                .map(|text| Over::parse(text).ok_or_else(|| unknown("end")))
                .transpose()?,
            turn: self.turn,
            asked_at_ms: self.asked_at_ms,
            since_ms: self.since_ms,
            person_seen_at_ms: self.person_seen_at_ms,
            agent_seen_at_ms: self.agent_seen_at_ms,
            signals: self.signals,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "l.recording_id, l.agent_id, l.meant_for, l.meant_until_ms, l.led_by, l.ahead, l.again, l.over, l.turn,
    l.asked_at_ms, l.since_ms, l.person_seen_at_ms, l.agent_seen_at_ms, l.signals, l.version";

fn one_of() -> String {
    format!(
        "SELECT {COLUMNS} FROM recording_leads AS l WHERE l.institution_id = $1 AND l.recording_id = $2"
    )
}

/// Who leads a recording; none where nobody ever should.
pub async fn find(view: &impl Read, recording: &RecordingId) -> Result<Option<Lead>> {
    let values = values![view.institution()?, recording];
    let row: Option<Row> = view.one(&one_of(), values).await?;
    row.map(Row::lead).transpose()
}

/// The same, locked until the transaction ends.
pub async fn lock(tx: &impl Read, recording: &RecordingId) -> Result<Option<Lead>> {
    let sql = format!("{}{}", one_of(), tx.for_update());
    let row: Option<Row> = tx.one(&sql, values![tx.institution()?, recording]).await?;
    row.map(Row::lead).transpose()
}

/// Every lead of a case's recordings; there are never many.
pub async fn of_case(view: &impl Read, case: &str) -> Result<Vec<Lead>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recording_leads AS l
         JOIN recording_recordings AS r ON r.institution_id = l.institution_id AND r.id = l.recording_id
         WHERE r.institution_id = $1 AND r.case_id = $2"
    );
    let rows: Vec<Row> = view.all(&sql, values![view.institution()?, case]).await?;
    rows.into_iter().map(Row::lead).collect()
}

/// People who wait: those who were led before first, then by how long.
pub async fn waiting(view: &impl Read, limit: i64) -> Result<Vec<Lead>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM recording_leads AS l
         JOIN recording_recordings AS r ON r.institution_id = l.institution_id AND r.id = l.recording_id
         WHERE l.institution_id = $1 AND l.agent_id IS NULL AND r.state = 'running'
         ORDER BY l.ahead DESC, l.asked_at_ms, l.recording_id LIMIT $2"
    );
    let rows: Vec<Row> = view.all(&sql, values![view.institution()?, limit]).await?;
    rows.into_iter().map(Row::lead).collect()
}

/// How many people wait.
pub async fn to_lead(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(asked_at_ms) AS oldest_ms FROM
               (SELECT l.asked_at_ms FROM recording_leads AS l
                JOIN recording_recordings AS r ON r.institution_id = l.institution_id AND r.id = l.recording_id
                WHERE l.institution_id = $1 AND l.agent_id IS NULL AND r.state = 'running'
                ORDER BY l.asked_at_ms LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

#[derive(FromQueryResult)]
struct Id {
    recording_id: String,
}

/// What a colleague leads now.
pub async fn of_agent(view: &impl Read, staff: &str) -> Result<Option<RecordingId>> {
    let sql = "SELECT l.recording_id FROM recording_leads AS l
         JOIN recording_recordings AS r ON r.institution_id = l.institution_id AND r.id = l.recording_id
         WHERE l.institution_id = $1 AND l.agent_id = $2 AND r.state = 'running' ORDER BY l.recording_id LIMIT 1";
    let row: Option<Id> = view.one(sql, values![view.institution()?, staff]).await?;
    Ok(row.map(|row| RecordingId::stored(row.recording_id)))
}

pub async fn insert(tx: &mut impl Write, one: &Lead) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_leads (institution_id, recording_id, led_by, ahead, turn, asked_at_ms, since_ms,
            person_seen_at_ms, agent_seen_at_ms, signals, version)
         VALUES ($1, $2, '', 0, 0, $3, $3, $3, $3, 0, 1)",
        values![&institution, &one.recording, one.asked_at_ms],
    )
    .await?;
    Ok(())
}

/// Keeps what changed, under the lock of its row; its version grows.
pub async fn save(tx: &mut impl Write, one: &Lead) -> Result<()> {
    let institution = tx.institution()?.clone();
    let meant = one.meant_for.as_ref();
    let saved = tx
        .exec(
            "UPDATE recording_leads SET agent_id = $1, meant_for = $2, meant_until_ms = $3, led_by = $4, ahead = $5, again = $6,
                over = $7, turn = $8, since_ms = $9, agent_seen_at_ms = $10, version = version + 1
             WHERE institution_id = $11 AND recording_id = $12 AND version = $13",
            values![
                one.agent.clone(),
                meant.map(|(staff, _)| staff.clone()),
                meant.map(|(_, until_ms)| *until_ms),
                one.led_by.join(" "),
                i64::from(one.ahead),
                one.again.map(Again::as_str),
                one.over.map(Over::as_str),
                one.turn,
                one.since_ms,
                one.agent_seen_at_ms,
                &institution,
                &one.recording,
                one.version,
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(Error::Conflict),
    }
}

/// A side's page was there.
pub async fn seen(
    tx: &mut impl Write,
    recording: &RecordingId,
    side: Side,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    let sql = match side {
        Side::Person => {
            "UPDATE recording_leads SET person_seen_at_ms = $1 WHERE institution_id = $2 AND recording_id = $3"
        }
        Side::Agent => {
            "UPDATE recording_leads SET agent_seen_at_ms = $1 WHERE institution_id = $2 AND recording_id = $3"
        }
    };
    tx.exec(sql, values![now_ms, &institution, recording])
        .await?;
    Ok(())
}

/// One more message between the pages, under the lock of the row.
pub async fn count_signal(tx: &mut impl Write, recording: &RecordingId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE recording_leads SET signals = signals + 1 WHERE institution_id = $1 AND recording_id = $2",
        values![&institution, recording],
    )
    .await?;
    Ok(())
}
