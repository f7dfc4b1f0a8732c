//! Members of staff: added by the operator, listed, disabled, given roles.

use super::account::end_in;
use super::changes;
use crate::access::Staff;
use crate::access::facts::{RolesChanged, StaffAdded, StaffDisabled, StaffEnabled};
use crate::access::model::{Change, ChangeKind, NewStaff, Right, StaffId, StaffState, built_in};
use crate::access::password;
use crate::access::refusal::Refusal;
use crate::access::store::sessions::Which;
use crate::access::store::staff::Row;
use crate::access::store::{self, roles};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Seat, Tx};

/// Adds a member of staff to the seat's institution.
pub async fn add_staff(ctx: &Ctx, seat: &Seat, new: NewStaff) -> Result<StaffId> {
    new.check()?;
    // Slow on purpose, so outside of the transaction.
    let hash = password::hash(&new.password, ctx.random.bytes()).await?;
    ledger::retrying(|| add_once(ctx, seat, &new, &hash)).await
}

async fn add_once(ctx: &Ctx, seat: &Seat, new: &NewStaff, hash: &str) -> Result<StaffId> {
    let mut tx = ledger::begin(ctx, seat).await?;
    if store::staff::by_account(&tx, &new.account).await?.is_some() {
        return Err(Refusal::AccountTaken.into());
    }
    let (id, now_ms) = (StaffId::fresh(ctx.clock.now_ms(), &ctx.random), tx.now_ms());
    store::staff::insert(&mut tx, &id, new, hash, now_ms).await?;
    let fact = Fact::of(
        &id,
        &StaffAdded {
            staff: id.as_str(),
            roles: new.roles.iter().map(String::as_str).collect(),
            rights: new.rights.iter().map(|right| right.as_str()).collect(),
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(id)
}

/// How colleagues know a member of staff: name and badge. Anyone else is shown by their id.
pub async fn staff_label(view: &impl Read, id: &str) -> Result<String> {
    let Ok(staff) = StaffId::parse(id) else {
        return Ok(id.to_owned());
    };
    Ok(match store::staff::by_id(view, &staff).await? {
        Some(row) => format!("{} {}", row.name, row.badge),
        None => id.to_owned(),
    })
}

/// Someone else's row, locked.
pub(super) async fn other(tx: &Tx, actor: &Staff, id: &StaffId) -> Result<Row> {
    let row = store::staff::lock(tx, id)
        .await?
        .ok_or_else(Error::not_found)?;
    if actor.id == *id {
        return Err(Refusal::OwnAccount.into());
    }
    Ok(row)
}

/// Refuses to take the last administrator away.
async fn must_leave_one(tx: &Tx, going: &StaffId) -> Result<()> {
    let administrators = store::staff::lock_administrators(tx).await?;
    if administrators.iter().any(|id| id != going) {
        Ok(())
    } else {
        Err(Refusal::LastAdministrator.into())
    }
}

/// Keeps someone out at once: no sign-in, and every session ends.
pub async fn disable(ctx: &Ctx, actor: &Staff, id: &StaffId) -> Result<()> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        let row = other(&tx, actor, id).await?;
        if row.state() == StaffState::Disabled {
            return Ok(());
        }
        if row.is_guarded() && row.state() == StaffState::Active {
            must_leave_one(&tx, id).await?;
        }
        store::staff::set_state(&mut tx, id, StaffState::Disabled).await?;
        store::invitations::close_all(&mut tx, id, now_ms).await?;
        end_in(&mut tx, id, Which::All).await?;
        let fact = StaffDisabled { staff: id.as_str() };
        ledger::commit(tx, Fact::of(id, &fact)?).await
    })
    .await
}

/// Lets someone in again who was disabled; whoever never set a password is invited again.
pub async fn enable(ctx: &Ctx, actor: &Staff, id: &StaffId) -> Result<()> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let row = other(&tx, actor, id).await?;
        if row.state() != StaffState::Disabled {
            return Ok(());
        }
        let state = if row.has_password() {
            StaffState::Active
        } else {
            StaffState::Invited
        };
        store::staff::set_state(&mut tx, id, state).await?;
        let fact = StaffEnabled { staff: id.as_str() };
        ledger::commit(tx, Fact::of(id, &fact)?).await
    })
    .await
}

/// Roles one person has, at most.
const ROLES_EACH_MAX: usize = 10;

/// Known roles, each once, in order.
pub(super) async fn checked_roles(view: &impl Read, given: &[String]) -> Result<Vec<String>> {
    let unknown = || {
        Error::field(
            "roles",
            "role_unknown",
            "没有这个角色。",
            "There is no such role.",
        )
    };
    let mut wanted = given.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let own = roles::all(view).await?;
    let known =
        |role: &String| built_in(role).is_some() || own.iter().any(|one| one.id.as_str() == role);
    if wanted.len() > ROLES_EACH_MAX || !wanted.iter().all(known) {
        return Err(unknown());
    }
    Ok(wanted)
}

/// Whether a role holds rights that two people must give.
pub(super) fn is_guarded(role: &str) -> bool {
    built_in(role).is_some_and(|role| role.rights.iter().any(|right| right.is_guarded()))
}

/// Gives a member of staff exactly these roles. When that adds guarded rights nothing changes yet: a second person must
/// agree, and the change that waits is answered.
pub async fn set_roles(
    ctx: &Ctx,
    actor: &Staff,
    id: &StaffId,
    given: &[String],
) -> Result<Option<Change>> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let row = store::staff::lock(&tx, id)
            .await?
            .ok_or_else(Error::not_found)?;
        let (held, wanted) = (row.roles(), checked_roles(&tx, given).await?);
        if held == wanted {
            return Ok(None);
        }
        if actor.id == *id && wanted.iter().any(|role| !held.contains(role)) {
            return Err(Refusal::OwnRights.into());
        }
        let gained = wanted.iter().filter(|role| !held.contains(*role));
        if gained.into_iter().any(|role| is_guarded(role)) {
            let change = changes::open(&mut tx, actor, ChangeKind::Roles, id, wanted).await?;
            ledger::commit_recorded(tx).await?;
            return Ok(Some(change));
        }
        write_roles(&mut tx, id, &row, &wanted, None).await?;
        ledger::commit_recorded(tx).await?;
        Ok(None)
    })
    .await
}

/// Writes roles that may be given, and swears to them.
pub(super) async fn write_roles(
    tx: &mut Tx,
    id: &StaffId,
    row: &Row,
    wanted: &[String],
    proposed_by: Option<&StaffId>,
) -> Result<()> {
    let loses = row.is_guarded() && !wanted.iter().any(|role| is_guarded(role));
    if loses && row.state() == StaffState::Active {
        must_leave_one(tx, id).await?;
    }
    store::staff::set_roles(tx, id, wanted).await?;
    let fact = RolesChanged {
        staff: id.as_str(),
        roles: wanted.iter().map(String::as_str).collect(),
        proposed_by: proposed_by.map(StaffId::as_str),
    };
    tx.record(Fact::of(id, &fact)?);
    Ok(())
}

/// Ends sessions of a colleague.
pub async fn end_sessions(ctx: &Ctx, actor: &Staff, id: &StaffId, which: Which<'_>) -> Result<()> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    super::account::end(ctx, actor, id, which).await
}
