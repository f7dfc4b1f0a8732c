//! Incidents.

use std::collections::HashSet;

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Tally, Write};
use crate::disbursement::incident::{Finding, Handling, Incident, IncidentId, State};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    finding: String,
    source: String,
    state: String,
    opened_at_ms: i64,
    words: Option<String>,
    refund_reference: Option<String>,
    handled_by: Option<String>,
    handled_at_ms: Option<i64>,
    closed_by: Option<String>,
    closed_at_ms: Option<i64>,
    version: i64,
}

const COLUMNS: &str = "id, case_id, subject_id, finding, source, state, opened_at_ms, words, refund_reference, handled_by,
    handled_at_ms, closed_by, closed_at_ms, version";

/// Incidents of one source, at most: there are fewer findings.
const PER_SOURCE_MAX: i64 = 50;

impl Row {
    fn incident(self) -> Result<Incident> {
        let unknown = || Error::internal("an unknown word in a row of disbursement");
        let handling = match (self.words, self.handled_by, self.handled_at_ms) {
            (Some(words), Some(by), Some(at_ms)) => Some(Handling {
                words,
                refund_reference: self.refund_reference,
                by,
                at_ms,
            }),
            _ => None,
        };
        Ok(Incident {
            id: IncidentId::stored(self.id),
            case: self.case_id,
            // Kept without one: it leads to no loan of ours.
            subject: (!self.subject_id.is_empty()).then(|| SubjectId::stored(self.subject_id)),
            finding: Finding::parse(&self.finding).ok_or_else(unknown)?,
            source: self.source,
            state: State::parse(&self.state).ok_or_else(unknown)?,
            opened_at_ms: self.opened_at_ms,
            handling,
            closed_by: self.closed_by,
            closed_at_ms: self.closed_at_ms,
            version: self.version,
        })
    }
}

/// Keeps an incident; false when its source has one with this finding.
pub async fn insert_incident(tx: &mut impl Write, incident: &Incident) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec(
            "INSERT INTO disbursement_incidents (institution_id, id, case_id, subject_id, finding, source, state, opened_at_ms, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
             ON CONFLICT (institution_id, finding, source) DO NOTHING",
            values![
                &institution,
                &incident.id,
                incident.case.as_str(),
                incident.subject.as_ref().map_or("", SubjectId::as_str),
                incident.finding.as_str(),
                incident.source.as_str(),
                incident.state.as_str(),
                incident.opened_at_ms
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// What was found in one source.
pub async fn incidents_of(view: &impl Read, source: &str) -> Result<Vec<Incident>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_incidents WHERE institution_id = $1 AND source = $2 ORDER BY id LIMIT $3"
    );
    view.all::<Row>(&sql, values![view.institution()?, source, PER_SOURCE_MAX])
        .await?
        .into_iter()
        .map(Row::incident)
        .collect()
}

pub const STATES: Migration = Migration {
    name: "disbursement_0009_incident_states",
    sql: "CREATE INDEX disbursement_incidents_state ON disbursement_incidents (institution_id, state, opened_at_ms);",
};

/// Incidents in a state.
pub async fn in_state(view: &impl Read, state: State) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(opened_at_ms) AS oldest_ms FROM (
               SELECT opened_at_ms FROM disbursement_incidents
               WHERE institution_id = $1 AND state = $2 ORDER BY opened_at_ms LIMIT $3) x",
            values![view.institution()?, state.as_str(), Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

#[derive(FromQueryResult)]
struct Case {
    case_id: String,
}

/// Which of some cases an incident with this finding was opened in, whatever became of it.
pub async fn cases_with(
    view: &impl Read,
    finding: Finding,
    cases: &[&str],
) -> Result<HashSet<String>> {
    if cases.is_empty() {
        return Ok(HashSet::new());
    }
    let places: Vec<String> = (0..cases.len()).map(|i| format!("${}", i + 3)).collect();
    let mut values = values![view.institution()?, finding.as_str()];
    values.extend(cases.iter().map(|case| sea_orm::Value::from(*case)));
    let sql = format!(
        "SELECT DISTINCT case_id FROM disbursement_incidents
         WHERE institution_id = $1 AND finding = $2 AND case_id IN ({})",
        places.join(",")
    );
    let rows: Vec<Case> = view.all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.case_id).collect())
}

pub async fn incident(view: &impl Read, id: &IncidentId) -> Result<Incident> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_incidents WHERE institution_id = $1 AND id = $2"
    );
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .incident()
}

/// As [`incident`], locked until the transaction ends.
pub async fn lock_incident(tx: &impl Read, id: &IncidentId) -> Result<Incident> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_incidents WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .incident()
}

/// Stores what may change; someone else's change in between is a conflict.
pub async fn save_incident(tx: &mut impl Write, incident: &Incident) -> Result<()> {
    let institution = tx.institution()?.clone();
    let handling = incident.handling.as_ref();
    let saved = tx
        .exec(
            "UPDATE disbursement_incidents SET state = $4, words = $5, refund_reference = $6, handled_by = $7, handled_at_ms = $8,
                closed_by = $9, closed_at_ms = $10, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &incident.id,
                incident.version,
                incident.state.as_str(),
                handling.map(|one| one.words.as_str()),
                handling.and_then(|one| one.refund_reference.as_deref()),
                handling.map(|one| one.by.as_str()),
                handling.map(|one| one.at_ms),
                incident.closed_by.as_deref(),
                incident.closed_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// What a list asks for; empty strings ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: String,
    pub finding: String,
    pub case: String,
}

/// Incidents newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Incident>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_incidents
         WHERE institution_id = $1 AND ($3 = '' OR id < $3) AND ($4 = '' OR state = $4) AND ($5 = '' OR finding = $5)
           AND ($6 = '' OR case_id = $6)
         ORDER BY id DESC LIMIT $2"
    );
    let values = values![
        view.institution()?,
        limit,
        after,
        filter.state.as_str(),
        filter.finding.as_str(),
        filter.case.as_str()
    ];
    view.all::<Row>(&sql, values)
        .await?
        .into_iter()
        .map(Row::incident)
        .collect()
}
