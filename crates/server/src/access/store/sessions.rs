//! Sessions by the digest of their token.

use sea_orm::FromQueryResult;

use crate::access::model::{LinkRow, SessionId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::values;

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Staff,
    Customer,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
        }
    }
}

/// Ended by a newer opening of the same case, or by a newer link to it.
pub const REPLACED: &str = "replaced";
/// Ended by its owner.
pub const LEFT: &str = "left";

#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub id: String,
    pub institution_id: String,
    /// The member of staff, or the link.
    pub actor_id: String,
    pub case_id: Option<String>,
    pub subject_id: Option<String>,
    pub last_seen_ms: i64,
    pub expires_at_ms: i64,
    pub ended_why: Option<String>,
}

/// A session on its way in.
pub struct NewSession<'a> {
    pub id: &'a SessionId,
    pub digest: Vec<u8>,
    pub kind: Kind,
    pub institution: &'a InstitutionId,
    pub actor: &'a str,
    pub link: Option<&'a LinkRow>,
    pub now_ms: i64,
    pub expires_at_ms: i64,
}

pub async fn insert(tx: &mut impl Write, new: NewSession<'_>) -> Result<()> {
    tx.exec(
        "INSERT INTO access_sessions
           (id, token_digest, kind, institution_id, actor_id, case_id, subject_id, created_at_ms, last_seen_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
        values![
            new.id,
            new.digest,
            new.kind.as_str(),
            new.institution,
            new.actor,
            new.link.map(|link| link.case.clone()),
            new.link.map(|link| link.subject.to_string()),
            new.now_ms,
            new.expires_at_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn by_digest(view: &impl Read, kind: Kind, digest: Vec<u8>) -> Result<Option<Row>> {
    view.one(
        "SELECT id, institution_id, actor_id, case_id, subject_id, last_seen_ms, expires_at_ms, ended_why
         FROM access_sessions WHERE token_digest = $1 AND kind = $2",
        values![digest, kind.as_str()],
    )
    .await
}

pub async fn seen(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET last_seen_ms = $2 WHERE id = $1 AND last_seen_ms < $2",
        values![id, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn end(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET ended_at_ms = $2, ended_why = $3 WHERE id = $1 AND ended_at_ms IS NULL",
        values![id, now_ms, LEFT],
    )
    .await?;
    Ok(())
}

/// Ends every borrower's session of a case.
pub async fn replace_customers(
    tx: &mut impl Write,
    institution: &InstitutionId,
    case: &str,
    now_ms: i64,
) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET ended_at_ms = $3, ended_why = $4
         WHERE institution_id = $1 AND case_id = $2 AND kind = 'customer' AND ended_at_ms IS NULL",
        values![institution, case, now_ms, REPLACED],
    )
    .await?;
    Ok(())
}

/// Deletes the sessions of the transaction's institution that expired before an instant.
pub async fn sweep(tx: &mut impl Write, before_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_sessions WHERE institution_id = $1 AND expires_at_ms < $2",
        values![&institution, before_ms],
    )
    .await?;
    Ok(())
}
