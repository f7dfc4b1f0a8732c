//! Borrowers' links.

use sea_orm::FromQueryResult;

use crate::access::model::{Link, LinkId, LinkRow};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    institution_id: String,
    case_id: String,
    subject_id: String,
    expires_at_ms: i64,
    revoked_at_ms: Option<i64>,
}

impl From<Row> for LinkRow {
    fn from(row: Row) -> Self {
        Self {
            id: LinkId::stored(row.id),
            institution: InstitutionId::stored(row.institution_id),
            case: row.case_id,
            subject: SubjectId::stored(row.subject_id),
            expires_at_ms: row.expires_at_ms,
            revoked: row.revoked_at_ms.is_some(),
        }
    }
}

pub async fn insert(
    tx: &mut impl Write,
    link: &Link,
    case: &str,
    subject: &SubjectId,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_links (id, institution_id, case_id, subject_id, created_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![&link.id, &institution, case, subject, now_ms, link.expires_at_ms],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Replaced {
    id: String,
}

/// Revokes the living links of a case and names them.
pub async fn revoke_of_case(tx: &mut impl Write, case: &str, now_ms: i64) -> Result<Vec<String>> {
    let institution = tx.institution()?.clone();
    let rows: Vec<Replaced> = tx
        .all(
            "UPDATE access_links SET revoked_at_ms = $3
             WHERE institution_id = $1 AND case_id = $2 AND revoked_at_ms IS NULL AND expires_at_ms > $3 RETURNING id",
            values![&institution, case, now_ms],
        )
        .await?;
    let mut ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

pub async fn by_id(view: &impl Read, id: &LinkId) -> Result<Option<LinkRow>> {
    let sql = "SELECT id, institution_id, case_id, subject_id, expires_at_ms, revoked_at_ms FROM access_links WHERE id = $1";
    Ok(view.one::<Row>(sql, values![id]).await?.map(LinkRow::from))
}

/// Deletes every way in of a subject: links with their codes, tickets and ways back, and the sessions they began.
pub async fn forget(tx: &mut impl Write, subject: &SubjectId) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM access_codes WHERE institution_id = $1 AND link_id IN
            (SELECT id FROM access_links WHERE institution_id = $1 AND subject_id = $2)",
        "DELETE FROM access_tickets WHERE institution_id = $1 AND link_id IN
            (SELECT id FROM access_links WHERE institution_id = $1 AND subject_id = $2)",
        "DELETE FROM access_returns WHERE institution_id = $1 AND case_id IN
            (SELECT case_id FROM access_links WHERE institution_id = $1 AND subject_id = $2)",
        "DELETE FROM access_verified_cases WHERE institution_id = $1 AND case_id IN
            (SELECT case_id FROM access_links WHERE institution_id = $1 AND subject_id = $2)",
        "DELETE FROM access_sessions WHERE institution_id = $1 AND subject_id = $2",
        "DELETE FROM access_links WHERE institution_id = $1 AND subject_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, subject]).await?;
    }
    Ok(())
}

/// A link locked until the transaction ends: what happens around its codes happens one after the other.
pub async fn lock(tx: &impl Write, id: &LinkId) -> Result<Option<LinkRow>> {
    let sql = format!(
        "SELECT id, institution_id, case_id, subject_id, expires_at_ms, revoked_at_ms FROM access_links
         WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    Ok(tx
        .one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .map(LinkRow::from))
}

/// The link of a case that opens now.
pub async fn live_of_case(view: &impl Read, case: &str, now_ms: i64) -> Result<Option<Link>> {
    let row = view
        .one::<Row>(
            "SELECT id, institution_id, case_id, subject_id, expires_at_ms, revoked_at_ms FROM access_links
             WHERE institution_id = $1 AND case_id = $2 AND revoked_at_ms IS NULL AND expires_at_ms > $3
             ORDER BY id DESC LIMIT 1",
            values![view.institution()?, case, now_ms],
        )
        .await?;
    Ok(row.map(|row| Link {
        id: LinkId::stored(row.id),
        expires_at_ms: row.expires_at_ms,
    }))
}
