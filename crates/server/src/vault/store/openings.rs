//! Who opened what: the same as the facts say, kept so that it can be listed.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Tally, Write};
use crate::error::Result;
use crate::values;
use crate::vault::model::SubjectId;

pub const MIGRATION: Migration = Migration {
    name: "vault_0004_openings_and_destructions",
    sql: "
        CREATE TABLE vault_openings (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            item TEXT NOT NULL,
            purpose TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            seat_kind TEXT NOT NULL,
            seat_id TEXT NOT NULL,
            at_ms BIGINT NOT NULL,
            case_id TEXT,
            reason {bytes},
            strange TEXT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX vault_openings_subject ON vault_openings (institution_id, subject_id, id);
        CREATE INDEX vault_openings_seat ON vault_openings (institution_id, seat_id, at_ms);
        CREATE INDEX vault_openings_strange ON vault_openings (institution_id, id) WHERE strange <> '';
        ALTER TABLE vault_subjects ADD COLUMN relation_ended_at_ms BIGINT;
        CREATE TABLE vault_holds (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            why TEXT NOT NULL,
            placed_by TEXT NOT NULL,
            placed_at_ms BIGINT NOT NULL,
            lifted_by TEXT,
            lifted_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX vault_holds_subject ON vault_holds (institution_id, subject_id);
        CREATE TABLE vault_destructions (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            why TEXT NOT NULL,
            state TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            proposed_at_ms BIGINT NOT NULL,
            approved_by TEXT,
            approved_at_ms BIGINT,
            items BIGINT NOT NULL,
            facts BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX vault_destructions_subject ON vault_destructions (institution_id, subject_id);
    ",
};

/// An opening as stored.
#[derive(FromQueryResult)]
pub struct OpeningRow {
    pub id: String,
    pub subject_id: String,
    pub item: String,
    pub purpose: String,
    pub grant_id: String,
    pub seat_kind: String,
    pub seat_id: String,
    pub at_ms: i64,
    pub case_id: Option<String>,
    pub reason: Option<Vec<u8>>,
    pub strange: String,
}

pub async fn insert_opening(tx: &mut impl Write, row: OpeningRow) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_openings
           (institution_id, id, subject_id, item, purpose, grant_id, seat_kind, seat_id, at_ms, case_id, reason, strange)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            &institution,
            row.id,
            row.subject_id,
            row.item,
            row.purpose,
            row.grant_id,
            row.seat_kind,
            row.seat_id,
            row.at_ms,
            row.case_id,
            row.reason,
            row.strange
        ],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// Openings by one seat since an instant.
pub async fn opened_since(view: &impl Read, seat: &str, since_ms: i64) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM vault_openings
             WHERE institution_id = $1 AND seat_id = $2 AND at_ms >= $3",
            values![view.institution()?, seat, since_ms],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Openings of a subject's items by seats of one kind since an instant.
pub async fn of_subject_since(
    view: &impl Read,
    subject: &SubjectId,
    seat_kind: &str,
    since_ms: i64,
) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM vault_openings
             WHERE institution_id = $1 AND subject_id = $2 AND seat_kind = $3 AND at_ms >= $4",
            values![view.institution()?, subject, seat_kind, since_ms],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Which openings a list holds.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    All,
    Strange,
    Of(&'a SubjectId),
    /// Of one subject, for the work on one case.
    About(&'a SubjectId, &'a str),
}

/// Openings, newest first, behind a cursor (an empty one: from the newest on).
pub async fn openings(
    view: &impl Read,
    which: Which<'_>,
    after: &str,
    limit: i64,
) -> Result<Vec<OpeningRow>> {
    let (condition, subject, case) = match which {
        Which::All => ("$4 = '' AND $5 = ''", "", ""),
        Which::Strange => ("$4 = '' AND $5 = '' AND strange <> ''", "", ""),
        Which::Of(subject) => ("subject_id = $4 AND $5 = ''", subject.as_str(), ""),
        Which::About(subject, case) => ("subject_id = $4 AND case_id = $5", subject.as_str(), case),
    };
    let sql = format!(
        "SELECT id, subject_id, item, purpose, grant_id, seat_kind, seat_id, at_ms, case_id, reason, strange
         FROM vault_openings
         WHERE institution_id = $1 AND ($2 = '' OR id < $2) AND {condition} ORDER BY id DESC LIMIT $3"
    );
    let bound = values![view.institution()?, after, limit, subject, case];
    view.all(&sql, bound).await
}

pub const STRANGE: Migration = Migration {
    name: "vault_0011_waiting",
    sql: "
        CREATE INDEX vault_openings_strange_at ON vault_openings (institution_id, at_ms) WHERE strange <> '';
        CREATE INDEX vault_destructions_proposed ON vault_destructions (institution_id, proposed_at_ms) WHERE state = 'proposed';
    ",
};

/// Strange openings since an instant.
pub async fn strange_since(view: &impl Read, since_ms: i64) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(at_ms) AS oldest_ms FROM (
               SELECT at_ms FROM vault_openings WHERE institution_id = $1 AND strange <> '' AND at_ms >= $2 ORDER BY at_ms LIMIT $3) x",
            values![view.institution()?, since_ms, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

/// Destructions that wait for the second person.
pub async fn destructions_proposed(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(proposed_at_ms) AS oldest_ms FROM (
               SELECT proposed_at_ms FROM vault_destructions
               WHERE institution_id = $1 AND state = 'proposed' ORDER BY proposed_at_ms LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
