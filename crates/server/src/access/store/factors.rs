//! Second factors: the sealed secret of an authenticator app, recovery codes by their digests.

use sea_orm::FromQueryResult;

use crate::access::model::StaffId;
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Totp {
    pub secret_sealed: Vec<u8>,
    /// The step of the last code used; each is good once.
    pub last_step: i64,
    pub confirmed_at_ms: Option<i64>,
}

pub async fn totp(view: &impl Read, staff: &StaffId) -> Result<Option<Totp>> {
    view.one(
        "SELECT secret_sealed, last_step, confirmed_at_ms FROM access_totp WHERE institution_id = $1 AND staff_id = $2",
        values![view.institution()?, staff],
    )
    .await
}

/// As [`totp`], locked: of two uses of one code at once the second finds it used.
pub async fn lock_totp(tx: &impl Write, staff: &StaffId) -> Result<Option<Totp>> {
    let sql = format!(
        "SELECT secret_sealed, last_step, confirmed_at_ms FROM access_totp WHERE institution_id = $1 AND staff_id = $2{}",
        tx.for_update()
    );
    tx.one(&sql, values![tx.institution()?, staff]).await
}

/// Keeps a secret that waits for its first code; an older waiting one is replaced.
pub async fn begin_totp(
    tx: &mut impl Write,
    staff: &StaffId,
    sealed: Vec<u8>,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_totp (institution_id, staff_id, secret_sealed, last_step, begun_at_ms) VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (institution_id, staff_id)
         DO UPDATE SET secret_sealed = excluded.secret_sealed, last_step = 0, begun_at_ms = excluded.begun_at_ms, confirmed_at_ms = NULL",
        values![&institution, staff, sealed, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn confirm_totp(
    tx: &mut impl Write,
    staff: &StaffId,
    step: i64,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_totp SET confirmed_at_ms = $4, last_step = $3 WHERE institution_id = $1 AND staff_id = $2",
        values![&institution, staff, step, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn use_step(tx: &mut impl Write, staff: &StaffId, step: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_totp SET last_step = $3 WHERE institution_id = $1 AND staff_id = $2",
        values![&institution, staff, step],
    )
    .await?;
    Ok(())
}

pub async fn remove_totp(tx: &mut impl Write, staff: &StaffId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_totp WHERE institution_id = $1 AND staff_id = $2",
        values![&institution, staff],
    )
    .await?;
    Ok(())
}

/// Replaces all recovery codes; an empty list takes them away.
pub async fn set_recovery(
    tx: &mut impl Write,
    staff: &StaffId,
    digests: Vec<Vec<u8>>,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_recovery_codes WHERE institution_id = $1 AND staff_id = $2",
        values![&institution, staff],
    )
    .await?;
    for digest in digests {
        tx.exec(
            "INSERT INTO access_recovery_codes (institution_id, staff_id, digest, made_at_ms) VALUES ($1, $2, $3, $4)",
            values![&institution, staff, digest, now_ms],
        )
        .await?;
    }
    Ok(())
}

/// True when a code with this digest was unused until now.
pub async fn use_recovery(
    tx: &mut impl Write,
    staff: &StaffId,
    digest: Vec<u8>,
    now_ms: i64,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let used = tx
        .exec(
            "UPDATE access_recovery_codes SET used_at_ms = $4
             WHERE institution_id = $1 AND staff_id = $2 AND digest = $3 AND used_at_ms IS NULL",
            values![&institution, staff, digest, now_ms],
        )
        .await?;
    Ok(used == 1)
}

#[derive(FromQueryResult)]
struct Left {
    count: i64,
}

/// Recovery codes that can still be used.
pub async fn recovery_left(view: &impl Read, staff: &StaffId) -> Result<i64> {
    let row: Option<Left> = view
        .one(
            "SELECT COUNT(*) AS count FROM access_recovery_codes WHERE institution_id = $1 AND staff_id = $2 AND used_at_ms IS NULL",
            values![view.institution()?, staff],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}
