//! The table of the list.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use super::EntryId;
use super::model::{Draft, Entry, Kind, State};
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result, Text};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "roster_0001_entries",
    sql: "
        CREATE TABLE roster_entries (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            credit_code TEXT NOT NULL,
            role_zh TEXT NOT NULL,
            role_en TEXT NOT NULL,
            from_date TEXT NOT NULL,
            until_date TEXT,
            digest TEXT NOT NULL,
            state TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            approved_by TEXT,
            created_at_ms BIGINT NOT NULL,
            published_at_ms BIGINT,
            withdrawn_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX roster_entries_state ON roster_entries (institution_id, state, id);
    ",
}];

/// Entries of one list that count at the same time, at most; a lender works with tens.
pub const LIVE_MAX: i64 = 1_000;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    kind: String,
    credit_code: String,
    role_zh: String,
    role_en: String,
    from_date: String,
    until_date: Option<String>,
    digest: String,
    state: String,
    proposed_by: String,
    approved_by: Option<String>,
    created_at_ms: i64,
    published_at_ms: Option<i64>,
    withdrawn_at_ms: Option<i64>,
}

impl Row {
    fn entry(self) -> Result<Entry> {
        let date = |text: &str| {
            text.parse::<Date>()
                .map_err(|cause| Error::Internal(Box::new(cause)))
        };
        Ok(Entry {
            content: Draft {
                name: self.name,
                kind: Kind::parse(&self.kind)
                    .ok_or_else(|| Error::internal("unknown kind of entry"))?,
                credit_code: self.credit_code,
                role: Text::new(self.role_zh, self.role_en),
                from: date(&self.from_date)?,
                until: self.until_date.as_deref().map(date).transpose()?,
            },
            id: EntryId::stored(self.id),
            digest: self.digest,
            state: State::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown state of an entry"))?,
            proposed_by: self.proposed_by,
            approved_by: self.approved_by,
            created_at_ms: self.created_at_ms,
            published_at_ms: self.published_at_ms,
            withdrawn_at_ms: self.withdrawn_at_ms,
        })
    }
}

const COLUMNS: &str = "id, name, kind, credit_code, role_zh, role_en, from_date, until_date, digest, state, proposed_by,
    approved_by, created_at_ms, published_at_ms, withdrawn_at_ms";

pub async fn insert(tx: &mut impl Write, entry: &Entry) -> Result<()> {
    let institution = tx.institution()?.clone();
    let content = &entry.content;
    tx.exec(
        "INSERT INTO roster_entries (institution_id, id, name, kind, credit_code, role_zh, role_en, from_date, until_date,
            digest, state, proposed_by, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            &institution,
            &entry.id,
            content.name.as_str(),
            content.kind.as_str(),
            content.credit_code.as_str(),
            content.role.zh.as_ref(),
            content.role.en.as_ref(),
            content.from.to_string(),
            content.until.map(|day| day.to_string()),
            entry.digest.as_str(),
            entry.state.as_str(),
            entry.proposed_by.as_str(),
            entry.created_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// An entry, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &EntryId) -> Result<Option<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM roster_entries WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .map(Row::entry)
        .transpose()
}

/// Stores what may change; an entry that left the state it was read in is a conflict.
pub async fn save(tx: &mut impl Write, entry: &Entry, was: State) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE roster_entries SET state = $4, approved_by = $5, published_at_ms = $6, withdrawn_at_ms = $7
             WHERE institution_id = $1 AND id = $2 AND state = $3",
            values![
                &institution,
                &entry.id,
                was.as_str(),
                entry.state.as_str(),
                entry.approved_by.clone(),
                entry.published_at_ms,
                entry.withdrawn_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Entries that count on a day, by id, after a cursor.
pub async fn live(view: &impl Read, day: Date, after: &str, limit: i64) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM roster_entries
         WHERE institution_id = $1 AND state = 'published' AND from_date <= $2 AND (until_date IS NULL OR until_date >= $2)
           AND id > $3
         ORDER BY id LIMIT $4"
    );
    entries(
        view.all(
            &sql,
            values![view.institution()?, day.to_string(), after, limit],
        )
        .await?,
    )
}

/// What a list asks for; empty strings ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a name, or a whole credit code.
    pub q: String,
    pub kind: String,
    pub state: String,
}

/// Entries newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM roster_entries
         WHERE institution_id = $1 AND ($2 = '' OR name LIKE $3 ESCAPE '\\' OR credit_code = $2) AND ($4 = '' OR kind = $4)
           AND ($5 = '' OR state = $5) AND ($6 = '' OR id < $6)
         ORDER BY id DESC LIMIT $7"
    );
    let values = values![
        view.institution()?,
        filter.q.as_str(),
        containing(&filter.q),
        filter.kind.as_str(),
        filter.state.as_str(),
        after,
        limit
    ];
    entries(view.all(&sql, values).await?)
}

/// The pattern of texts that hold these words, whatever signs stand in them.
fn containing(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn entries(rows: Vec<Row>) -> Result<Vec<Entry>> {
    rows.into_iter().map(Row::entry).collect()
}

/// Entries that wait for the second person.
pub async fn drafts(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(created_at_ms) AS oldest_ms FROM (
               SELECT created_at_ms FROM roster_entries WHERE institution_id = $1 AND state = 'draft' ORDER BY id LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
