//! Links that let a member of staff set a password, by the digest of their token.

use sea_orm::FromQueryResult;

use crate::access::model::{InvitationId, StaffId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
pub struct Row {
    pub id: String,
    pub staff_id: String,
    pub expires_at_ms: i64,
    pub closed_at_ms: Option<i64>,
}

pub async fn insert(
    tx: &mut impl Write,
    id: &InvitationId,
    staff: &StaffId,
    digest: Vec<u8>,
    now_ms: i64,
    expires_at_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_invitations (institution_id, id, staff_id, token_digest, made_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![&institution, id, staff, digest, now_ms, expires_at_ms],
    )
    .await?;
    Ok(())
}

pub async fn by_digest(view: &impl Read, digest: Vec<u8>) -> Result<Option<Row>> {
    view.one(
        "SELECT id, staff_id, expires_at_ms, closed_at_ms FROM access_invitations WHERE institution_id = $1 AND token_digest = $2",
        values![view.institution()?, digest],
    )
    .await
}

/// Closes every open invitation of a member of staff.
pub async fn close_all(tx: &mut impl Write, staff: &StaffId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_invitations SET closed_at_ms = $3 WHERE institution_id = $1 AND staff_id = $2 AND closed_at_ms IS NULL",
        values![&institution, staff, now_ms],
    )
    .await?;
    Ok(())
}

/// Whether an invitation can be used at an instant.
pub async fn is_open(view: &impl Read, id: &InvitationId, now_ms: i64) -> Result<bool> {
    let row: Option<Row> = view
        .one(
            "SELECT id, staff_id, expires_at_ms, closed_at_ms FROM access_invitations
             WHERE institution_id = $1 AND id = $2 AND closed_at_ms IS NULL AND expires_at_ms > $3",
            values![view.institution()?, id, now_ms],
        )
        .await?;
    Ok(row.is_some())
}
