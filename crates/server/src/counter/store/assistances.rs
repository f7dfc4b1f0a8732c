//! Assistances by case.

use sea_orm::FromQueryResult;

use crate::counter::model::{Assistance, AssistanceId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    staff_id: String,
    started_at_ms: i64,
    expires_at_ms: i64,
    entered_at_ms: Option<i64>,
    session_id: Option<String>,
}

impl From<Row> for Assistance {
    fn from(row: Row) -> Self {
        Self {
            id: AssistanceId::stored(row.id),
            case: row.case_id,
            staff: row.staff_id,
            started_at_ms: row.started_at_ms,
            expires_at_ms: row.expires_at_ms,
            entered_at_ms: row.entered_at_ms,
            session: row.session_id,
        }
    }
}

const COLUMNS: &str =
    "id, case_id, staff_id, started_at_ms, expires_at_ms, entered_at_ms, session_id";

pub async fn insert(
    tx: &mut impl Write,
    assistance: &Assistance,
    token_digest: Vec<u8>,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO counter_assistances
           (institution_id, id, case_id, staff_id, token_digest, started_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            &institution,
            &assistance.id,
            assistance.case.as_str(),
            assistance.staff.as_str(),
            token_digest,
            assistance.started_at_ms,
            assistance.expires_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// The assistance of a case with this token.
pub async fn by_token(
    view: &impl Read,
    case: &str,
    token_digest: Vec<u8>,
) -> Result<Option<Assistance>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM counter_assistances
         WHERE institution_id = $1 AND case_id = $2 AND token_digest = $3"
    );
    let found: Option<Row> = view
        .one(&sql, values![view.institution()?, case, token_digest])
        .await?;
    Ok(found.map(Assistance::from))
}

/// The assistance a session was opened with.
pub async fn of_session(view: &impl Read, case: &str, session: &str) -> Result<Option<Assistance>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM counter_assistances
         WHERE institution_id = $1 AND case_id = $2 AND session_id = $3"
    );
    let found: Option<Row> = view
        .one(&sql, values![view.institution()?, case, session])
        .await?;
    Ok(found.map(Assistance::from))
}

/// Marks an assistance as opened by a session; no row when another session was first.
pub async fn entered(
    tx: &mut impl Write,
    id: &AssistanceId,
    session: &str,
    now_ms: i64,
) -> Result<u64> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE counter_assistances SET entered_at_ms = $3, session_id = $4
         WHERE institution_id = $1 AND id = $2 AND entered_at_ms IS NULL",
        values![&institution, id, now_ms, session],
    )
    .await
}
