//! Roles of an institution's own making.

use sea_orm::FromQueryResult;

use crate::access::model::{NewRole, ROLES_MAX, Right, Role, RoleId, built_in};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    rights: String,
    version: i64,
    updated_at_ms: i64,
}

impl From<Row> for Role {
    fn from(row: Row) -> Self {
        Self {
            id: RoleId::stored(row.id),
            name: row.name,
            rights: Right::parse_list(&row.rights),
            version: row.version,
            updated_at_ms: row.updated_at_ms,
        }
    }
}

/// All own roles of an institution, by name.
pub async fn all(view: &impl Read) -> Result<Vec<Role>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT id, name, rights, version, updated_at_ms FROM access_roles WHERE institution_id = $1 ORDER BY name LIMIT $2",
            values![view.institution()?, ROLES_MAX + 1],
        )
        .await?;
    Ok(rows.into_iter().map(Role::from).collect())
}

/// Rights of roles named by code or id. A role that is gone gives none.
pub async fn rights(view: &impl Read, roles: &[String]) -> Result<Vec<Right>> {
    let mut found: Vec<Right> = roles
        .iter()
        .filter_map(|role| built_in(role))
        .flat_map(|role| role.rights.iter().copied())
        .collect();
    if roles.iter().any(|role| built_in(role).is_none()) {
        let own = all(view).await?;
        let held = own
            .into_iter()
            .filter(|role| roles.iter().any(|held| held == role.id.as_str()));
        found.extend(held.flat_map(|role| role.rights));
    }
    Ok(found)
}

pub async fn lock(tx: &impl Write, id: &RoleId) -> Result<Option<Role>> {
    let sql = format!(
        "SELECT id, name, rights, version, updated_at_ms FROM access_roles WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    Ok(tx
        .one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .map(Role::from))
}

/// False when the name is taken.
pub async fn insert(tx: &mut impl Write, id: &RoleId, new: &NewRole, now_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO access_roles (institution_id, id, name, rights, version, updated_at_ms) VALUES ($1, $2, $3, $4, 1, $5)",
            values![&institution, id, new.name.as_str(), Right::list(&new.rights), now_ms],
        )
        .await?;
    Ok(inserted.is_some())
}

/// False when the name is taken.
pub async fn update(
    tx: &mut impl Write,
    id: &RoleId,
    new: &NewRole,
    version: i64,
    now_ms: i64,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let updated = tx
        .exec_unique(
            "UPDATE access_roles SET name = $3, rights = $4, version = $5, updated_at_ms = $6 WHERE institution_id = $1 AND id = $2",
            values![&institution, id, new.name.as_str(), Right::list(&new.rights), version, now_ms],
        )
        .await?;
    Ok(updated.is_some())
}

pub async fn delete(tx: &mut impl Write, id: &RoleId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_roles WHERE institution_id = $1 AND id = $2",
        values![&institution, id],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Held {
    count: i64,
}

/// Whether anyone has a role, or is proposed for it since an instant.
pub async fn held(view: &impl Read, id: &RoleId, since_ms: i64) -> Result<bool> {
    let row: Option<Held> = view
        .one(
            "SELECT (SELECT COUNT(*) FROM access_staff WHERE institution_id = $1 AND roles LIKE $2)
                  + (SELECT COUNT(*) FROM access_changes WHERE institution_id = $1 AND state = 'open' AND proposed_at_ms > $3 AND roles LIKE $2) AS count",
            values![view.institution()?, format!("%{id}%"), since_ms],
        )
        .await?;
    Ok(row.is_some_and(|row| row.count > 0))
}
