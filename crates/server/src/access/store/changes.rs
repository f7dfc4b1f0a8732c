//! Changes that wait for a second person.

use sea_orm::FromQueryResult;

use crate::access::model::{Change, ChangeId, ChangeKind, ChangeState, StaffId};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    kind: String,
    staff_id: String,
    roles: String,
    proposed_by: String,
    proposed_at_ms: i64,
    state: String,
}

impl Row {
    fn change(self) -> Result<Change> {
        let kind = ChangeKind::parse(&self.kind)
            .ok_or_else(|| Error::internal("a change of unknown kind"))?;
        let state = ChangeState::parse(&self.state)?;
        let roles = self.roles.split(' ').filter(|role| !role.is_empty());
        Ok(Change {
            id: ChangeId::stored(self.id),
            kind,
            staff: StaffId::stored(self.staff_id),
            roles: roles.map(str::to_owned).collect(),
            proposed_by: StaffId::stored(self.proposed_by),
            proposed_at_ms: self.proposed_at_ms,
            state,
        })
    }
}

/// Open changes of one institution, at most.
const OPEN_MAX: i64 = 200;

pub async fn insert(tx: &mut impl Write, change: &Change) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_changes (institution_id, id, kind, staff_id, roles, proposed_by, proposed_at_ms, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            &change.id,
            change.kind.as_str(),
            &change.staff,
            change.roles.join(" "),
            &change.proposed_by,
            change.proposed_at_ms,
            change.state.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// Closes the open proposals of a kind about a member of staff.
pub async fn close_open(
    tx: &mut impl Write,
    staff: &StaffId,
    kind: ChangeKind,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_changes SET state = 'refused', decided_at_ms = $4
         WHERE institution_id = $1 AND staff_id = $2 AND kind = $3 AND state = 'open'",
        values![&institution, staff, kind.as_str(), now_ms],
    )
    .await?;
    Ok(())
}

/// Closes every open proposal about a member of staff or by them.
pub async fn close_all(tx: &mut impl Write, staff: &StaffId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_changes SET state = 'refused', decided_at_ms = $3
         WHERE institution_id = $1 AND (staff_id = $2 OR proposed_by = $2) AND state = 'open'",
        values![&institution, staff, now_ms],
    )
    .await?;
    Ok(())
}

pub async fn lock(tx: &impl Write, id: &ChangeId) -> Result<Option<Change>> {
    let sql = format!(
        "SELECT id, kind, staff_id, roles, proposed_by, proposed_at_ms, state FROM access_changes
         WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .map(Row::change)
        .transpose()
}

/// Changes that still wait, oldest first.
pub async fn open(view: &impl Read, since_ms: i64) -> Result<Vec<Change>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT id, kind, staff_id, roles, proposed_by, proposed_at_ms, state FROM access_changes
             WHERE institution_id = $1 AND state = 'open' AND proposed_at_ms > $2 ORDER BY id LIMIT $3",
            values![view.institution()?, since_ms, OPEN_MAX],
        )
        .await?;
    rows.into_iter().map(Row::change).collect()
}

pub async fn decide(
    tx: &mut impl Write,
    id: &ChangeId,
    state: ChangeState,
    by: &StaffId,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_changes SET state = $3, decided_by = $4, decided_at_ms = $5 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, state.as_str(), by, now_ms],
    )
    .await?;
    Ok(())
}
