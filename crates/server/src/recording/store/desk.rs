//! Which colleagues are at their desks, ready to lead.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "recording_0011_desks",
    sql: "
        CREATE TABLE recording_desks (
            institution_id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            seen_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, staff_id)
        );
    ",
};

#[derive(FromQueryResult)]
struct Seated {
    staff_id: String,
}

/// Who was at the desk since then.
pub async fn since(view: &impl Read, since_ms: i64) -> Result<Vec<String>> {
    let sql = "SELECT staff_id FROM recording_desks WHERE institution_id = $1 AND seen_at_ms >= $2 ORDER BY staff_id LIMIT 500";
    let rows: Vec<Seated> = view
        .all(sql, values![view.institution()?, since_ms])
        .await?;
    Ok(rows.into_iter().map(|row| row.staff_id).collect())
}

/// A colleague is at the desk.
pub async fn seen(tx: &mut impl Write, staff: &str, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO recording_desks (institution_id, staff_id, seen_at_ms) VALUES ($1, $2, $3)
         ON CONFLICT (institution_id, staff_id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms",
        values![&institution, staff, now_ms],
    )
    .await?;
    Ok(())
}
