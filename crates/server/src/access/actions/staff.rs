//! Members of staff: added by the operator, listed, disabled, given roles.

use super::account::end_in;
use super::changes;
use super::factors::ask_where_missing;
use super::invitations::{Invited, make_link};
use crate::access::Staff;
use crate::access::facts::{RolesChanged, StaffAdded, StaffDisabled, StaffEnabled};
use crate::access::model::{
    Change, ChangeKind, NewStaff, Right, RoleId, StaffId, StaffState, built_in,
};
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

/// Colleagues that a list of them holds, at most.
const COLLEAGUES_MAX: i64 = 500;

/// Who works here and holds a right, with their labels.
pub async fn colleagues_with(view: &impl Read, right: Right) -> Result<Vec<(StaffId, String)>> {
    let filter = store::staff::Filter {
        state: StaffState::Active.as_str().to_owned(),
        ..store::staff::Filter::default()
    };
    let mut found = Vec::new();
    for row in store::staff::page(view, &filter, None, COLLEAGUES_MAX)
        .await?
        .rows
    {
        if row.all_rights(view).await?.contains(&right) {
            let label = format!("{} {}", row.name, row.badge);
            found.push((StaffId::stored(row.id), label));
        }
    }
    Ok(found)
}

/// Whether a colleague works here and holds a right.
pub async fn may(view: &impl Read, id: &str, right: Right) -> Result<bool> {
    let Ok(id) = StaffId::parse(id) else {
        return Ok(false);
    };
    Ok(match store::staff::by_id(view, &id).await? {
        Some(row) if row.state() == StaffState::Active => {
            row.all_rights(view).await?.contains(&right)
        }
        _ => false,
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

/// Refuses to take an administrator away when fewer than this many would be left.
async fn must_leave(tx: &Tx, going: &StaffId, least: usize) -> Result<()> {
    let administrators = store::staff::lock_administrators(tx).await?;
    if administrators.iter().filter(|id| *id != going).count() >= least {
        Ok(())
    } else {
        Err(Refusal::LastAdministrator.into())
    }
}

/// Administrators who stay when one is kept out, which may be urgent.
const LEFT_BY_DISABLING: usize = 1;
/// Administrators who stay when one is demoted: what takes two people must go on.
const LEFT_BY_DEMOTION: usize = 2;

/// Keeps someone out at once: no sign-in, every session ends, and so does what they proposed or what was proposed for them.
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
            must_leave(&tx, id, LEFT_BY_DISABLING).await?;
        }
        store::staff::set_state(&mut tx, id, StaffState::Disabled).await?;
        store::invitations::close_all(&mut tx, id, now_ms).await?;
        store::changes::close_all(&mut tx, id, now_ms).await?;
        end_in(&mut tx, id, Which::All).await?;
        let fact = StaffDisabled { staff: id.as_str() };
        ledger::commit(tx, Fact::of(id, &fact)?).await
    })
    .await
}

/// Lets someone in again who was disabled; whoever never set a password is invited again. Roles that take two people wait
/// for the second.
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
        let (held, waiting) = (row.roles(), taking_two(&tx, &row.roles()).await?);
        if !waiting.is_empty() {
            write_roles(&mut tx, id, &row, &without(&held, &waiting), None).await?;
            changes::open(&mut tx, actor, ChangeKind::Roles, id, held).await?;
        }
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

/// Whether a role makes an administrator.
fn is_guarded(role: &str) -> bool {
    built_in(role).is_some_and(|role| role.rights.iter().any(|right| right.is_guarded()))
}

/// Which of these roles take two people. Own ones are locked, lest one gain such a right before it is given.
pub(super) async fn taking_two(tx: &Tx, given: &[String]) -> Result<Vec<String>> {
    let mut taking = Vec::new();
    for role in given {
        let rights = match built_in(role) {
            Some(role) => role.rights.to_vec(),
            None => {
                roles::lock(tx, &RoleId::stored(role.clone()))
                    .await?
                    // Nobody's role can be removed, so it went away between two looks.
                    .ok_or(Error::Conflict)?
                    .rights
            }
        };
        if rights.iter().any(|right| right.takes_two()) {
            taking.push(role.clone());
        }
    }
    Ok(taking)
}

/// Roles but some of them.
pub(super) fn without(all: &[String], some: &[String]) -> Vec<String> {
    let rest = all.iter().filter(|role| !some.contains(role));
    rest.cloned().collect()
}

/// Gives a member of staff exactly these roles. When that adds one that takes two people nothing changes yet: a second
/// person must agree, and the change that waits is answered; with a link for a password of two people's where one
/// colleague may have set it. Otherwise older proposals of roles for them end.
pub async fn set_roles(
    ctx: &Ctx,
    actor: &Staff,
    id: &StaffId,
    given: &[String],
) -> Result<(Option<Change>, Option<Invited>)> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let row = store::staff::lock(&tx, id)
            .await?
            .ok_or_else(Error::not_found)?;
        let (held, wanted) = (row.roles(), checked_roles(&tx, given).await?);
        if held == wanted {
            return Ok((None, None));
        }
        if actor.id == *id && wanted.iter().any(|role| !held.contains(role)) {
            return Err(Refusal::OwnRights.into());
        }
        if !taking_two(&tx, &without(&wanted, &held)).await?.is_empty() {
            let change = changes::open(&mut tx, actor, ChangeKind::Roles, id, wanted).await?;
            let link = if row.password_is_ones() {
                Some(make_link(ctx, &mut tx, id).await?)
            } else {
                None
            };
            ledger::commit_recorded(tx).await?;
            return Ok((Some(change), link));
        }
        let now_ms = tx.now_ms();
        store::changes::close_open(&mut tx, id, ChangeKind::Roles, now_ms).await?;
        write_roles(&mut tx, id, &row, &wanted, None).await?;
        ledger::commit_recorded(tx).await?;
        Ok((None, None))
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
        must_leave(tx, id, LEFT_BY_DEMOTION).await?;
    }
    store::staff::set_roles(tx, id, wanted).await?;
    let fact = RolesChanged {
        staff: id.as_str(),
        roles: wanted.iter().map(String::as_str).collect(),
        proposed_by: proposed_by.map(StaffId::as_str),
    };
    tx.record(Fact::of(id, &fact)?);
    ask_where_missing(tx, id).await
}

/// Ends sessions of a colleague.
pub async fn end_sessions(ctx: &Ctx, actor: &Staff, id: &StaffId, which: Which<'_>) -> Result<()> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    super::account::end(ctx, actor, id, which).await
}
