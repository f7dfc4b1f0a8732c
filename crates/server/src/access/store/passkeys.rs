//! Passkeys by their credential, and the ceremonies that browsers are in the middle of.

use sea_orm::FromQueryResult;
use webauthn_rs::prelude::Passkey;

use crate::access::model::{CEREMONY_MS, Ceremony, PASSKEYS_MAX, PasskeyId, StaffId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    pub id: String,
    pub name: String,
    /// The host it belongs to.
    pub site: String,
    pub credential: Vec<u8>,
    passkey: String,
    /// Signatures so far; 0 where the device doesn't count.
    pub counter: i64,
    pub added_at_ms: i64,
    pub last_used_ms: Option<i64>,
    /// Since when a copy of it is suspected.
    pub suspected_at_ms: Option<i64>,
}

impl Row {
    pub fn passkey(&self) -> Result<Passkey> {
        Ok(serde_json::from_str(&self.passkey)?)
    }
}

/// A passkey on its way in.
pub struct New<'a> {
    pub id: &'a PasskeyId,
    pub name: &'a str,
    pub site: &'a str,
    pub passkey: &'a Passkey,
}

/// Keeps a passkey; false when its credential is known already.
pub async fn insert(
    tx: &mut impl Write,
    staff: &StaffId,
    new: New<'_>,
    now_ms: i64,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let kept = tx
        .exec_unique(
            "INSERT INTO access_passkeys (institution_id, id, staff_id, name, site, credential, passkey, counter, added_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
            values![
                &institution,
                new.id,
                staff,
                new.name,
                new.site,
                new.passkey.cred_id().to_vec(),
                serde_json::to_string(new.passkey)?,
                now_ms
            ],
        )
        .await?;
    Ok(kept.is_some())
}

pub async fn of_staff(view: &impl Read, staff: &StaffId) -> Result<Vec<Row>> {
    view.all(
        "SELECT id, name, site, credential, passkey, counter, added_at_ms, last_used_ms, suspected_at_ms FROM access_passkeys
         WHERE institution_id = $1 AND staff_id = $2 ORDER BY id LIMIT $3",
        values![view.institution()?, staff, i64::try_from(PASSKEYS_MAX)?],
    )
    .await
}

/// A person's passkey, locked: of two answers at once the second finds the counter of the first.
pub async fn lock(tx: &impl Write, staff: &StaffId, credential: &[u8]) -> Result<Option<Row>> {
    let sql = format!(
        "SELECT id, name, site, credential, passkey, counter, added_at_ms, last_used_ms, suspected_at_ms FROM access_passkeys
         WHERE institution_id = $1 AND staff_id = $2 AND credential = $3{}",
        tx.for_update()
    );
    let values = values![tx.institution()?, staff, credential.to_vec()];
    tx.one(&sql, values).await
}

#[derive(FromQueryResult)]
struct Owner {
    staff_id: String,
}

/// Whose a credential is.
pub async fn owner(view: &impl Read, credential: &[u8]) -> Result<Option<StaffId>> {
    let row: Option<Owner> = view
        .one(
            "SELECT staff_id FROM access_passkeys WHERE institution_id = $1 AND credential = $2",
            values![view.institution()?, credential.to_vec()],
        )
        .await?;
    Ok(row.map(|row| StaffId::stored(row.staff_id)))
}

pub async fn used(
    tx: &mut impl Write,
    id: &str,
    passkey: &Passkey,
    counter: i64,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_passkeys SET passkey = $3, counter = $4, last_used_ms = $5 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, serde_json::to_string(passkey)?, counter, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn suspect(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_passkeys SET suspected_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Calls it otherwise; false when the person has no such passkey.
pub async fn rename(
    tx: &mut impl Write,
    staff: &StaffId,
    id: &PasskeyId,
    name: &str,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let renamed = tx
        .exec(
            "UPDATE access_passkeys SET name = $4 WHERE institution_id = $1 AND staff_id = $2 AND id = $3",
            values![&institution, staff, id, name],
        )
        .await?;
    Ok(renamed == 1)
}

/// Forgets it; false when the person has no such passkey.
pub async fn remove(tx: &mut impl Write, staff: &StaffId, id: &PasskeyId) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let removed = tx
        .exec(
            "DELETE FROM access_passkeys WHERE institution_id = $1 AND staff_id = $2 AND id = $3",
            values![&institution, staff, id],
        )
        .await?;
    Ok(removed == 1)
}

/// What was asked of a browser, kept here until its answer comes.
#[derive(Debug, FromQueryResult)]
pub struct Held {
    /// The origin that was asked.
    pub site: String,
    pub state: String,
    expires_at_ms: i64,
}

/// Begins a ceremony of a session, or one of nobody's by its own id; an older one of the same kind ends.
pub async fn begin(
    tx: &mut impl Write,
    whose: &str,
    what: Ceremony,
    (site, state): (&str, &str),
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_ceremonies WHERE institution_id = $1 AND (expires_at_ms <= $4 OR (session_id = $2 AND kind = $3))",
        values![&institution, whose, what.as_str(), now_ms],
    )
    .await?;
    tx.exec(
        "INSERT INTO access_ceremonies (institution_id, session_id, kind, site, state, expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        values![&institution, whose, what.as_str(), site, state, now_ms + CEREMONY_MS],
    )
    .await?;
    Ok(())
}

/// Takes a ceremony away, so that it is answered once.
pub async fn take(
    tx: &mut impl Write,
    whose: &str,
    what: Ceremony,
    now_ms: i64,
) -> Result<Option<Held>> {
    let values = values![tx.institution()?, whose, what.as_str()];
    let held: Option<Held> = tx
        .one(
            "DELETE FROM access_ceremonies WHERE institution_id = $1 AND session_id = $2 AND kind = $3
             RETURNING site, state, expires_at_ms",
            values,
        )
        .await?;
    Ok(held.filter(|held| held.expires_at_ms > now_ms))
}
