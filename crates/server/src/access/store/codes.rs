//! One-time codes: their lives, not their digits.

use sea_orm::FromQueryResult;

use crate::access::model::{CodeId, CodePurpose, LinkId, SentCodes};
use crate::clock::DAY_MS;
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub id: String,
    pub link_id: String,
    pub purpose: String,
    pub expires_at_ms: i64,
    pub tries: i64,
    pub sent_at_ms: Option<i64>,
    pub used_at_ms: Option<i64>,
    /// The digest of what it signs.
    pub bound_to: Option<String>,
    /// What its message says beside lender, digits and term: JSON.
    pub said: Option<String>,
}

impl Row {
    /// True while the code may still be entered (as far as time and use go).
    pub fn live(&self, now_ms: i64) -> bool {
        self.used_at_ms.is_none() && now_ms < self.expires_at_ms
    }
}

pub async fn insert(
    tx: &mut impl Write,
    id: &CodeId,
    link: &LinkId,
    purpose: CodePurpose,
    now_ms: i64,
    expires_at_ms: i64,
    (bound_to, said): (Option<&str>, Option<String>),
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_codes (institution_id, id, link_id, purpose, created_at_ms, expires_at_ms, tries, bound_to, said)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)",
        values![&institution, id, link, purpose.as_str(), now_ms, expires_at_ms, bound_to, said],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Sent {
    count: i64,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

/// Codes asked for within the last day.
pub async fn sent(
    view: &impl Read,
    link: &LinkId,
    purpose: CodePurpose,
    now_ms: i64,
) -> Result<SentCodes> {
    let row = view
        .one::<Sent>(
            "SELECT COUNT(*) AS count, MIN(created_at_ms) AS first_ms, MAX(created_at_ms) AS last_ms FROM access_codes
             WHERE institution_id = $1 AND link_id = $2 AND purpose = $3 AND created_at_ms > $4",
            values![view.institution()?, link, purpose.as_str(), now_ms - DAY_MS],
        )
        .await?;
    Ok(match row {
        Some(Sent {
            count,
            first_ms: Some(first_ms),
            last_ms: Some(last_ms),
        }) => SentCodes {
            count,
            first_ms,
            last_ms,
        },
        _ => SentCodes::default(),
    })
}

#[derive(FromQueryResult)]
struct Newest {
    id: String,
}

/// Which code of a link and purpose is the newest.
pub async fn newest(
    view: &impl Read,
    link: &LinkId,
    purpose: CodePurpose,
) -> Result<Option<CodeId>> {
    let row = view
        .one::<Newest>(
            "SELECT id FROM access_codes
             WHERE institution_id = $1 AND link_id = $2 AND purpose = $3 ORDER BY created_at_ms DESC, id DESC LIMIT 1",
            values![view.institution()?, link, purpose.as_str()],
        )
        .await?;
    Ok(row.map(|row| CodeId::stored(row.id)))
}

/// The newest code of a link and purpose, locked; older ones no longer count.
pub async fn lock_newest(
    tx: &impl Write,
    link: &LinkId,
    purpose: CodePurpose,
) -> Result<Option<Row>> {
    let sql = format!(
        "SELECT id, link_id, purpose, expires_at_ms, tries, sent_at_ms, used_at_ms, bound_to, said FROM access_codes
         WHERE institution_id = $1 AND link_id = $2 AND purpose = $3 ORDER BY created_at_ms DESC, id DESC LIMIT 1{}",
        tx.for_update()
    );
    tx.one(&sql, values![tx.institution()?, link, purpose.as_str()])
        .await
}

/// One code, locked until the transaction ends.
pub async fn lock(tx: &impl Write, id: &CodeId) -> Result<Option<Row>> {
    let sql = format!(
        "SELECT id, link_id, purpose, expires_at_ms, tries, sent_at_ms, used_at_ms, bound_to, said FROM access_codes
         WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one(&sql, values![tx.institution()?, id]).await
}

pub async fn tried(tx: &mut impl Write, id: &CodeId, tries: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_codes SET tries = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, tries],
    )
    .await?;
    Ok(())
}

pub async fn used(tx: &mut impl Write, id: &CodeId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_codes SET used_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn mark_sent(tx: &mut impl Write, id: &CodeId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_codes SET sent_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Deletes codes that ended before an instant.
pub async fn sweep(tx: &mut impl Write, before_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_codes WHERE institution_id = $1 AND expires_at_ms < $2",
        values![&institution, before_ms],
    )
    .await?;
    Ok(())
}
