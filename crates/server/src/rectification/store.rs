//! Findings.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use super::model::{Rectification, RectificationId, Said, Severity, State};
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::journey::JourneyId;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[FINDINGS, CURSORS, HOLDS, DIGESTS];

const FINDINGS: Migration = Migration {
    name: "rectification_0001_findings",
    sql: "
        CREATE TABLE rectification_findings (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            draw_id TEXT,
            journey_id TEXT,
            part TEXT,
            severity TEXT NOT NULL,
            words TEXT NOT NULL,
            opened_by TEXT NOT NULL,
            opened_at_ms BIGINT NOT NULL,
            responsible TEXT NOT NULL,
            due_day TEXT NOT NULL,
            state TEXT NOT NULL,
            done_words TEXT,
            done_by TEXT,
            done_at_ms BIGINT,
            returned_words TEXT,
            returned_by TEXT,
            returned_at_ms BIGINT,
            accepted_by TEXT,
            accepted_at_ms BIGINT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX rectification_findings_due ON rectification_findings (institution_id, state, due_day);
    ",
};

const CURSORS: Migration = Migration {
    name: "rectification_0002_cursors",
    sql: "
        CREATE TABLE rectification_cursors (
            institution_id TEXT NOT NULL,
            next_index BIGINT NOT NULL,
            PRIMARY KEY (institution_id)
        );
        CREATE INDEX rectification_findings_journey ON rectification_findings (institution_id, journey_id);
    ",
};

const HOLDS: Migration = Migration {
    name: "rectification_0003_holds",
    sql: "ALTER TABLE rectification_findings ADD COLUMN hold_id TEXT",
};

/// What was said to be put right, as it is agreed to: a destruction takes the words, not their digest.
const DIGESTS: Migration = Migration {
    name: "rectification_0004_digests",
    sql: "ALTER TABLE rectification_findings ADD COLUMN done_digest TEXT",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    draw_id: Option<String>,
    journey_id: Option<String>,
    part: Option<String>,
    severity: String,
    words: String,
    opened_by: String,
    opened_at_ms: i64,
    responsible: String,
    hold_id: Option<String>,
    due_day: String,
    state: String,
    done_words: Option<String>,
    done_digest: Option<String>,
    done_by: Option<String>,
    done_at_ms: Option<i64>,
    returned_words: Option<String>,
    returned_by: Option<String>,
    returned_at_ms: Option<i64>,
    accepted_by: Option<String>,
    accepted_at_ms: Option<i64>,
    version: i64,
}

const COLUMNS: &str = "id, draw_id, journey_id, part, severity, words, opened_by, opened_at_ms, responsible, hold_id, due_day, state,
    done_words, done_digest, done_by, done_at_ms, returned_words, returned_by, returned_at_ms, accepted_by, accepted_at_ms, version";

fn said(words: Option<String>, by: Option<String>, at_ms: Option<i64>) -> Option<Said> {
    match (words, by, at_ms) {
        (Some(words), Some(by), Some(at_ms)) => Some(Said { words, by, at_ms }),
        _ => None,
    }
}

impl Row {
    fn found(self) -> Result<Rectification> {
        let unknown = || Error::internal("an unknown word in a row of rectification");
        Ok(Rectification {
            id: RectificationId::stored(self.id),
            draw: self.draw_id,
            journey: self.journey_id,
            column: self.part,
            severity: Severity::parse(&self.severity).ok_or_else(unknown)?,
            found: Said {
                words: self.words,
                by: self.opened_by,
                at_ms: self.opened_at_ms,
            },
            responsible: self.responsible,
            hold: self.hold_id,
            due: self.due_day.parse().map_err(|_| unknown())?,
            state: State::parse(&self.state).ok_or_else(unknown)?,
            done_digest: self.done_digest,
            done: said(self.done_words, self.done_by, self.done_at_ms),
            returned: said(self.returned_words, self.returned_by, self.returned_at_ms),
            accepted_by: self.accepted_by,
            accepted_at_ms: self.accepted_at_ms,
            version: self.version,
        })
    }
}

pub async fn insert(tx: &mut impl Write, new: &Rectification) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO rectification_findings (institution_id, id, draw_id, journey_id, part, severity, words, opened_by, opened_at_ms,
           responsible, due_day, state, hold_id, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)",
        values![
            &institution,
            &new.id,
            new.draw.as_deref(),
            new.journey.as_deref(),
            new.column.as_deref(),
            new.severity.as_str(),
            new.found.words.as_str(),
            new.found.by.as_str(),
            new.found.at_ms,
            new.responsible.as_str(),
            new.due.to_string(),
            new.state.as_str(),
            new.hold.as_deref()
        ],
    )
    .await?;
    Ok(())
}

pub async fn find(view: &impl Read, id: &RectificationId) -> Result<Rectification> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rectification_findings WHERE institution_id = $1 AND id = $2"
    );
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .found()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &RectificationId) -> Result<Rectification> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rectification_findings WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .found()
}

/// Stores what may change; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, found: &Rectification) -> Result<()> {
    let institution = tx.institution()?.clone();
    let (done, returned) = (found.done.as_ref(), found.returned.as_ref());
    let saved = tx
        .exec(
            "UPDATE rectification_findings SET state = $4, done_words = $5, done_by = $6, done_at_ms = $7, returned_words = $8,
               returned_by = $9, returned_at_ms = $10, accepted_by = $11, accepted_at_ms = $12, responsible = $13, done_digest = $14,
               version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &found.id,
                found.version,
                found.state.as_str(),
                done.map(|said| said.words.as_str()),
                done.map(|said| said.by.as_str()),
                done.map(|said| said.at_ms),
                returned.map(|said| said.words.as_str()),
                returned.map(|said| said.by.as_str()),
                returned.map(|said| said.at_ms),
                found.accepted_by.as_deref(),
                found.accepted_at_ms,
                found.responsible.as_str(),
                found.done_digest.as_deref()
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
    /// Open, and due before this day.
    pub due_before: String,
    pub responsible: String,
    pub draw: String,
    pub journey: String,
}

/// Findings newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Rectification>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rectification_findings
         WHERE institution_id = $1 AND ($2 = '' OR id < $2) AND ($3 = '' OR state = $3)
           AND ($4 = '' OR (state = 'open' AND due_day < $4)) AND ($5 = '' OR responsible = $5)
           AND ($6 = '' OR draw_id = $6) AND ($7 = '' OR journey_id = $7)
         ORDER BY id DESC LIMIT $8"
    );
    let values = values![
        view.institution()?,
        after,
        filter.state.as_str(),
        filter.due_before.as_str(),
        filter.responsible.as_str(),
        filter.draw.as_str(),
        filter.journey.as_str(),
        limit
    ];
    let rows: Vec<Row> = view.all(&sql, values).await?;
    rows.into_iter().map(Row::found).collect()
}

/// The newest findings.
pub async fn newest(view: &impl Read, limit: i64) -> Result<Vec<Rectification>> {
    list(view, &Filter::default(), "", limit).await
}

async fn open_between(view: &impl Read, from: Date, to: Date) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(opened_at_ms) AS oldest_ms FROM (
               SELECT opened_at_ms FROM rectification_findings
               WHERE institution_id = $1 AND state = 'open' AND due_day >= $2 AND due_day < $3 ORDER BY due_day LIMIT $4) x",
            values![
                view.institution()?,
                from.to_string(),
                to.to_string(),
                Tally::MOST
            ],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

/// Findings whose day is over and that nobody put right.
pub async fn overdue(view: &impl Read, today: Date) -> Result<Tally> {
    open_between(view, Date::ZERO, today).await
}

/// Findings to be put right until a day, without it, from today on.
pub async fn soon(view: &impl Read, today: Date, until: Date) -> Result<Tally> {
    open_between(view, today, until).await
}

/// Findings that were put right, as somebody says, and wait for somebody else.
pub async fn to_accept(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(done_at_ms) AS oldest_ms FROM (
               SELECT done_at_ms FROM rectification_findings
               WHERE institution_id = $1 AND state = 'done' ORDER BY due_day LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

#[derive(FromQueryResult)]
struct Cursor {
    next_index: i64,
}

/// The first entry of the log that was not looked at yet.
pub async fn cursor(view: &impl Read) -> Result<i64> {
    let row: Option<Cursor> = view
        .one(
            "SELECT next_index FROM rectification_cursors WHERE institution_id = $1",
            values![view.institution()?],
        )
        .await?;
    Ok(row.map_or(0, |row| row.next_index))
}

/// Moves the cursor on; false when somebody else did.
pub async fn move_on(tx: &mut impl Write, from: i64, to: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let moved = tx
        .exec(
            "INSERT INTO rectification_cursors (institution_id, next_index) VALUES ($1, $3)
             ON CONFLICT (institution_id) DO UPDATE SET next_index = $3 WHERE rectification_cursors.next_index = $2",
            values![&institution, from, to],
        )
        .await?;
    Ok(moved == 1)
}

/// Removes the words of findings on a journey; who, when and how grave stays.
pub async fn forget(tx: &mut impl Write, journey: &JourneyId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE rectification_findings SET words = '***', version = version + 1,
           done_words = CASE WHEN done_words IS NULL THEN NULL ELSE '***' END,
           returned_words = CASE WHEN returned_words IS NULL THEN NULL ELSE '***' END
         WHERE institution_id = $1 AND journey_id = $2
           AND (words <> '***' OR COALESCE(done_words, '***') <> '***' OR COALESCE(returned_words, '***') <> '***')",
        values![&institution, journey],
    )
    .await?;
    Ok(())
}
