//! Notices: every version that was ever drafted.

use sea_orm::FromQueryResult;

use crate::consent::model::NoticeId;
use crate::consent::notice::{Notice, NoticeState};
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    state: String,
    document: Vec<u8>,
    digest: String,
    proposed_by: String,
    published_by: Option<String>,
    created_at_ms: i64,
    valid_from_ms: Option<i64>,
    published_at_ms: Option<i64>,
}

impl Row {
    fn notice(self) -> Result<Notice> {
        Ok(Notice {
            id: NoticeId::stored(self.id),
            state: NoticeState::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown notice state"))?,
            document: serde_json::from_slice(&self.document)?,
            digest: self.digest,
            proposed_by: self.proposed_by,
            published_by: self.published_by,
            created_at_ms: self.created_at_ms,
            valid_from_ms: self.valid_from_ms,
            published_at_ms: self.published_at_ms,
        })
    }
}

const COLUMNS: &str = "id, state, document, digest, proposed_by, published_by, created_at_ms, valid_from_ms, published_at_ms";

fn notices(rows: Vec<Row>) -> Result<Vec<Notice>> {
    rows.into_iter().map(Row::notice).collect()
}

pub async fn find(view: &impl Read, id: &NoticeId) -> Result<Notice> {
    let sql =
        format!("SELECT {COLUMNS} FROM consent_notices WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .notice()
}

/// One version, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &NoticeId) -> Result<Notice> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_notices WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .notice()
}

/// The versions of a code, newest first.
pub async fn versions(view: &impl Read, code: &str, limit: i64) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_notices WHERE institution_id = $1 AND code = $2 ORDER BY number DESC LIMIT $3"
    );
    notices(
        view.all(&sql, values![view.institution()?, code, limit])
            .await?,
    )
}

/// The version of a code that was in force at an instant.
pub async fn in_force(view: &impl Read, code: &str, at_ms: i64) -> Result<Option<Notice>> {
    let mut found = all_in_force(view, &[code.to_owned()], at_ms).await?;
    Ok(found.pop())
}

/// Of each code the version that was in force at an instant, in no order.
pub async fn all_in_force(view: &impl Read, codes: &[String], at_ms: i64) -> Result<Vec<Notice>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![view.institution()?, at_ms];
    let mut places = Vec::new();
    for code in codes {
        values.extend(values![code.as_str()]);
        places.push(format!("${}", values.len()));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_notices n
         WHERE institution_id = $1 AND state = 'published' AND valid_from_ms <= $2 AND code IN ({})
           AND NOT EXISTS (SELECT 1 FROM consent_notices later
             WHERE later.institution_id = $1 AND later.code = n.code AND later.state = 'published'
               AND later.valid_from_ms <= $2 AND (later.valid_from_ms, later.number) > (n.valid_from_ms, n.number))",
        places.join(",")
    );
    notices(view.all(&sql, values).await?)
}

/// Every version, newest first, after a cursor.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_notices
         WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    notices(
        view.all(&sql, values![view.institution()?, after, limit])
            .await?,
    )
}

pub async fn insert(tx: &mut impl Write, notice: &Notice, document: &[u8]) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO consent_notices (institution_id, id, code, number, kind, state, document, digest, proposed_by, created_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                &institution,
                &notice.id,
                notice.code(),
                notice.document.version,
                notice.kind().as_str(),
                notice.state.as_str(),
                document.to_vec(),
                notice.digest.as_str(),
                notice.proposed_by.as_str(),
                notice.created_at_ms
            ],
        )
        .await?;
    // Two drafts at once: the loser looks again and takes the next number.
    if inserted.is_some() {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Puts a draft into force; nothing else about it changes, ever.
pub async fn publish(tx: &mut impl Write, notice: &Notice) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE consent_notices SET state = $3, published_by = $4, valid_from_ms = $5, published_at_ms = $6
             WHERE institution_id = $1 AND id = $2 AND state = 'draft'",
            values![
                &institution,
                &notice.id,
                notice.state.as_str(),
                notice.published_by.clone(),
                notice.valid_from_ms,
                notice.published_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

pub const DRAFTS: Migration = Migration {
    name: "consent_0006_notice_drafts",
    sql: "CREATE INDEX consent_notices_drafts ON consent_notices (institution_id, created_at_ms) WHERE state = 'draft';",
};

/// Newest versions that wait for the second person.
pub async fn drafts(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(created_at_ms) AS oldest_ms FROM (
               SELECT v.created_at_ms FROM consent_notices v WHERE v.institution_id = $1 AND v.state = 'draft' AND NOT EXISTS (
                 SELECT 1 FROM consent_notices n WHERE n.institution_id = $1 AND n.code = v.code AND n.number > v.number)
               ORDER BY v.created_at_ms LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
