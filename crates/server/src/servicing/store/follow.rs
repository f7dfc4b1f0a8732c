//! How far each log was followed.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
struct Cursor {
    next_index: i64,
}

/// The first entry of the log that was not looked at yet.
pub async fn cursor(view: &impl Read) -> Result<i64> {
    let row: Option<Cursor> = view
        .one(
            "SELECT next_index FROM servicing_cursors WHERE institution_id = $1",
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
            "INSERT INTO servicing_cursors (institution_id, next_index) VALUES ($1, $3)
             ON CONFLICT (institution_id) DO UPDATE SET next_index = $3 WHERE servicing_cursors.next_index = $2",
            values![&institution, from, to],
        )
        .await?;
    Ok(moved == 1)
}
