//! Links that let a member of staff set a password, by the digest of their token, and the words that belong to them.

use sea_orm::FromQueryResult;

use crate::access::model::{InvitationId, Lock, StaffId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
pub struct Row {
    pub id: String,
    pub staff_id: String,
    pub expires_at_ms: i64,
    pub closed_at_ms: Option<i64>,
    made_by: String,
    word_digest: Option<Vec<u8>>,
    word_by: Option<String>,
    word_failures: i64,
}

impl Row {
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.closed_at_ms.is_none() && self.expires_at_ms > now_ms
    }

    pub fn lock(self) -> Lock {
        Lock {
            made_by: self.made_by,
            word: self.word_digest.zip(self.word_by),
            failures: self.word_failures,
        }
    }

    pub fn has_word(&self) -> bool {
        self.word_digest.is_some() && self.word_by.is_some()
    }
}

/// A link without a word, made by the transaction's seat.
pub async fn insert(
    tx: &mut impl Write,
    (id, staff): (&InvitationId, &StaffId),
    made_by: &str,
    digest: Vec<u8>,
    (now_ms, expires_at_ms): (i64, i64),
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_invitations (institution_id, id, staff_id, token_digest, made_at_ms, expires_at_ms, made_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![&institution, id, staff, digest, now_ms, expires_at_ms, made_by],
    )
    .await?;
    Ok(())
}

pub async fn by_digest(view: &impl Read, digest: Vec<u8>) -> Result<Option<Row>> {
    view.one(
        "SELECT id, staff_id, expires_at_ms, closed_at_ms, made_by, word_digest, word_by, word_failures FROM access_invitations
         WHERE institution_id = $1 AND token_digest = $2",
        values![view.institution()?, digest],
    )
    .await
}

pub async fn by_id(view: &impl Read, id: &InvitationId) -> Result<Option<Row>> {
    view.one(
        "SELECT id, staff_id, expires_at_ms, closed_at_ms, made_by, word_digest, word_by, word_failures FROM access_invitations
         WHERE institution_id = $1 AND id = $2",
        values![view.institution()?, id],
    )
    .await
}

/// The one link of a member of staff that was neither used nor replaced; its time may be over.
pub async fn of_staff(view: &impl Read, staff: &StaffId) -> Result<Option<Row>> {
    view.one(
        "SELECT id, staff_id, expires_at_ms, closed_at_ms, made_by, word_digest, word_by, word_failures FROM access_invitations
         WHERE institution_id = $1 AND staff_id = $2 AND closed_at_ms IS NULL ORDER BY id DESC LIMIT 1",
        values![view.institution()?, staff],
    )
    .await
}

/// Gives a link another word, by the transaction's seat, and both the time from now.
pub async fn set_word(
    tx: &mut impl Write,
    id: &InvitationId,
    given_by: &str,
    digest: Vec<u8>,
    expires_at_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_invitations SET word_digest = $3, word_failures = 0, expires_at_ms = $4, word_by = $5
         WHERE institution_id = $1 AND id = $2",
        values![&institution, id, digest, expires_at_ms, given_by],
    )
    .await?;
    Ok(())
}

/// Counts a wrong word.
pub async fn count_wrong_word(tx: &mut impl Write, id: &InvitationId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_invitations SET word_failures = word_failures + 1 WHERE institution_id = $1 AND id = $2",
        values![&institution, id],
    )
    .await?;
    Ok(())
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
