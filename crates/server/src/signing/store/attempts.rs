//! Tries to sign, and the certificates they used up.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::signing::intent::IntentId;
use crate::signing::tries::{Attempt, AttemptId, AttemptState, Origin};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    intent_id: String,
    number: i64,
    state: String,
    origin: String,
    certificate: Option<String>,
    serial: Option<String>,
    ended_at_ms: Option<i64>,
}

const COLUMNS: &str = "id, intent_id, number, state, origin, certificate, serial, ended_at_ms";

impl Row {
    fn attempt(self) -> Result<Attempt> {
        let unknown = || Error::internal("an unknown word in a row of signing");
        Ok(Attempt {
            id: AttemptId::stored(self.id),
            intent: IntentId::stored(self.intent_id),
            number: self.number,
            state: AttemptState::parse(&self.state).ok_or_else(unknown)?,
            origin: Origin::parse(&self.origin).ok_or_else(unknown)?,
            certificate: self.certificate,
            serial: self.serial,
            ended_at_ms: self.ended_at_ms,
        })
    }
}

/// One try.
pub async fn find(view: &impl Read, id: &AttemptId) -> Result<Attempt> {
    let sql =
        format!("SELECT {COLUMNS} FROM signing_attempts WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .attempt()
}

/// The newest try of a set; its set is locked.
pub async fn newest(view: &impl Read, intent: &IntentId) -> Result<Option<Attempt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_attempts WHERE institution_id = $1 AND intent_id = $2 ORDER BY number DESC LIMIT 1"
    );
    view.one::<Row>(&sql, values![view.institution()?, intent])
        .await?
        .map(Row::attempt)
        .transpose()
}

/// The try of a set that is under way.
pub async fn open(view: &impl Read, intent: &IntentId) -> Result<Option<Attempt>> {
    let newest = newest(view, intent).await?;
    Ok(newest.filter(|one| one.state.is_open()))
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Whether the house's own authority ever issued a certificate.
pub async fn any_embedded(view: &impl Read) -> Result<bool> {
    let found: Option<Id> = view
        .one(
            "SELECT id FROM signing_attempts WHERE institution_id = $1 AND origin = 'embedded' LIMIT 1",
            values![view.institution()?],
        )
        .await?;
    Ok(found.is_some_and(|row| !row.id.is_empty()))
}

/// Abandoned tries whose certificate the embedded authority issued and that ended after an instant, newest first.
pub async fn revoked(view: &impl Read, since_ms: i64, limit: i64) -> Result<Vec<Attempt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_attempts
         WHERE institution_id = $1 AND state = 'abandoned' AND origin = 'embedded' AND serial IS NOT NULL AND ended_at_ms >= $2
         ORDER BY ended_at_ms DESC LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, since_ms, limit])
        .await?;
    rows.into_iter().map(Row::attempt).collect()
}

pub async fn insert(tx: &mut impl Write, attempt: &Attempt, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO signing_attempts (institution_id, id, intent_id, number, state, origin, begun_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            values![
                &institution,
                &attempt.id,
                &attempt.intent,
                attempt.number,
                attempt.state.as_str(),
                attempt.origin.as_str(),
                now_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Stores a step of a try that is still open.
pub async fn save(tx: &mut impl Write, attempt: &Attempt) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE signing_attempts SET state = $3, certificate = $4, serial = $5, ended_at_ms = $6
             WHERE institution_id = $1 AND id = $2 AND state IN ('begun', 'started')",
            values![
                &institution,
                &attempt.id,
                attempt.state.as_str(),
                attempt.certificate.as_deref(),
                attempt.serial.as_deref(),
                attempt.ended_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
