//! Roles of an institution's own making.

use crate::access::Staff;
use crate::access::facts::{RoleRemoved, RoleSet};
use crate::access::model::{CHANGE_MS, NewRole, ROLES_MAX, Right, RoleId};
use crate::access::refusal::Refusal;
use crate::access::store::roles;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact};

/// Makes a role.
pub async fn make_role(ctx: &Ctx, actor: &Staff, new: &NewRole) -> Result<RoleId> {
    actor.must_now(Right::ManageRoles, ctx.clock.now_ms())?;
    new.check()?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        if i64::try_from(roles::all(&tx).await?.len())? >= ROLES_MAX {
            return Err(Refusal::RolesTooMany.into());
        }
        let id = RoleId::fresh(now_ms, &ctx.random);
        if !roles::insert(&mut tx, &id, new, now_ms).await? {
            return Err(Refusal::RoleNameTaken.into());
        }
        ledger::commit(tx, role_set(&id, new, 1)?).await?;
        Ok(id)
    })
    .await
}

fn role_set(id: &RoleId, new: &NewRole, version: i64) -> Result<Fact> {
    let fact = RoleSet {
        role: id.as_str(),
        rights: new.rights.iter().map(|right| right.as_str()).collect(),
        version,
    };
    Fact::of(id, &fact)
}

/// Changes a role as it was seen at `version`. Whoever has the role themselves can't add to it; while anyone has it or waits
/// for it nobody adds a right that two people give.
pub async fn change_role(
    ctx: &Ctx,
    actor: &Staff,
    id: &RoleId,
    version: i64,
    new: &NewRole,
) -> Result<()> {
    actor.must_now(Right::ManageRoles, ctx.clock.now_ms())?;
    new.check()?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        let known = roles::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
        if known.version != version {
            return Err(Error::Conflict);
        }
        let adds = new.rights.iter().any(|right| !known.rights.contains(right));
        if adds && actor.roles.iter().any(|held| held == known.id.as_str()) {
            return Err(Refusal::OwnRights.into());
        }
        let widens = new
            .rights
            .iter()
            .any(|right| right.takes_two() && !known.rights.contains(right));
        if widens && roles::held(&tx, id, now_ms - CHANGE_MS).await? {
            return Err(Refusal::RoleWidens.into());
        }
        if !roles::update(&mut tx, id, new, version + 1, now_ms).await? {
            return Err(Refusal::RoleNameTaken.into());
        }
        ledger::commit(tx, role_set(id, new, version + 1)?).await
    })
    .await
}

/// Removes a role that nobody has.
pub async fn remove_role(ctx: &Ctx, actor: &Staff, id: &RoleId) -> Result<()> {
    actor.must_now(Right::ManageRoles, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        roles::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
        let since_ms = tx.now_ms() - CHANGE_MS;
        if roles::held(&tx, id, since_ms).await? {
            return Err(Refusal::RoleHeld.into());
        }
        roles::delete(&mut tx, id).await?;
        let fact = RoleRemoved { role: id.as_str() };
        ledger::commit(tx, Fact::of(id, &fact)?).await
    })
    .await
}
