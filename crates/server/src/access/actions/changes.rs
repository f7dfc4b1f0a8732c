//! Changes to a member of staff that take two people: one proposes, another agrees.

use super::account::{end_in, take_password};
use super::factors::remove_all;
use super::invitations::{Invited, Word, give_second_word, make_link};
use super::staff::{other, write_roles};
use crate::access::Staff;
use crate::access::facts::{ChangeApproved, ChangeProposed, ChangeRefused};
use crate::access::model::{
    CHANGE_MS, Change, ChangeId, ChangeKind, ChangeState, Right, StaffId, StaffState,
};
use crate::access::refusal::Refusal;
use crate::access::store::sessions::Which;
use crate::access::store::{self, changes, invitations};
use crate::ctx::Ctx;
use crate::db::{Read, Tally};
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Tx};

/// Proposes a change in the caller's transaction; an older open one of the same kind ends.
pub async fn open(
    tx: &mut Tx,
    actor: &Staff,
    kind: ChangeKind,
    staff: &StaffId,
    roles: Vec<String>,
) -> Result<Change> {
    let change = Change {
        id: ChangeId::fresh(tx.now_ms(), &tx.ctx().random),
        kind,
        staff: staff.clone(),
        roles,
        proposed_by: actor.id.clone(),
        proposed_at_ms: tx.now_ms(),
        state: ChangeState::Open,
    };
    changes::close_open(tx, staff, kind, change.proposed_at_ms).await?;
    changes::insert(tx, &change).await?;
    let fact = ChangeProposed {
        change: change.id.as_str(),
        staff: staff.as_str(),
        kind: kind.as_str(),
        roles: change.roles.iter().map(String::as_str).collect(),
    };
    tx.record(Fact::of(staff, &fact)?);
    Ok(change)
}

/// Proposes a new password or the end of all second factors for someone who can't get in any more. A new password's link
/// is answered this once; its word comes from whoever agrees.
pub async fn propose(
    ctx: &Ctx,
    actor: &Staff,
    staff: &StaffId,
    kind: ChangeKind,
) -> Result<(Change, Option<Invited>)> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    if kind == ChangeKind::Roles {
        return Err(Error::field(
            "kind",
            "unknown_value",
            "角色请在人员页修改。",
            "Roles are changed where they stand.",
        ));
    }
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let row = other(&tx, actor, staff).await?;
        let link = match (kind, row.state()) {
            (ChangeKind::Password, StaffState::Active | StaffState::Invited) => {
                Some(make_link(ctx, &mut tx, staff).await?)
            }
            (_, StaffState::Active) => None,
            _ => return Err(Refusal::ChangeClosed.into()),
        };
        let change = open(&mut tx, actor, kind, staff, vec![]).await?;
        ledger::commit_recorded(tx).await?;
        Ok((change, link))
    })
    .await
}

/// Agrees to a colleague's proposal, which carries it out. Where the person sets a password by a colleague's link, its word
/// is answered this once.
pub async fn approve(ctx: &Ctx, actor: &Staff, id: &ChangeId) -> Result<Option<Word>> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        let change = changes::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
        change.may_approve(&actor.id, now_ms)?;
        let row = other(&tx, actor, &change.staff).await?;
        if row.state() == StaffState::Disabled {
            return Err(Refusal::ChangeClosed.into());
        }
        proposer_must_stand(&tx, &change.proposed_by, Right::ManageStaff).await?;
        changes::decide(&mut tx, id, ChangeState::Approved, &actor.id, now_ms).await?;
        let fact = ChangeApproved {
            change: id.as_str(),
            staff: change.staff.as_str(),
            kind: change.kind.as_str(),
            proposed_by: change.proposed_by.as_str(),
        };
        tx.record(Fact::of(&change.staff, &fact)?);
        let sets_password = row.sets_password(change.kind);
        if sets_password && row.password_is_ones() {
            take_password(&mut tx, &change.staff).await?;
        }
        match change.kind {
            ChangeKind::Roles => {
                let proposer = Some(&change.proposed_by);
                write_roles(&mut tx, &change.staff, &row, &change.roles, proposer).await?;
            }
            ChangeKind::Password => {}
            ChangeKind::SecondFactor => {
                remove_all(&mut tx, &change.staff).await?;
                end_in(&mut tx, &change.staff, Which::All).await?;
            }
        }
        // The link passed through one person's hands: without a word of the second one it opens nothing.
        let word = if sets_password {
            Some(give_second_word(ctx, &mut tx, actor, &change.staff).await?)
        } else {
            None
        };
        ledger::commit_recorded(tx).await?;
        Ok(word)
    })
    .await
}

/// A proposal falls with the standing of whoever made it.
pub(super) async fn proposer_must_stand(tx: &Tx, proposer: &StaffId, by: Right) -> Result<()> {
    match stands(tx, proposer, by).await? {
        true => Ok(()),
        false => Err(Refusal::ChangeClosed.into()),
    }
}

/// Whether a member of staff is there and holds a right at the end of this transaction: their row is locked until then.
pub async fn stands(tx: &Tx, staff: &StaffId, by: Right) -> Result<bool> {
    let row = store::staff::lock(tx, staff)
        .await?
        .filter(|row| row.state() == StaffState::Active);
    Ok(match row {
        Some(row) => row.all_rights(tx).await?.contains(&by),
        None => false,
    })
}

/// Refuses a proposal, or takes one's own back.
pub async fn refuse(ctx: &Ctx, actor: &Staff, id: &ChangeId) -> Result<()> {
    actor.must(Right::ManageStaff)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let now_ms = tx.now_ms();
        let change = changes::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
        change.must_be_open(now_ms)?;
        changes::decide(&mut tx, id, ChangeState::Refused, &actor.id, now_ms).await?;
        let row = store::staff::lock(&tx, &change.staff)
            .await?
            .ok_or_else(Error::not_found)?;
        let replaces = row.has_password() && row.sets_password(change.kind);
        if replaces || change.kind == ChangeKind::Password {
            invitations::close_all(&mut tx, &change.staff, now_ms).await?;
        }
        let fact = ChangeRefused {
            change: id.as_str(),
            staff: change.staff.as_str(),
            kind: change.kind.as_str(),
        };
        ledger::commit(tx, Fact::of(&change.staff, &fact)?).await
    })
    .await
}

/// Changes to colleagues that wait for a second person.
pub async fn changes_waiting(view: &impl Read, now_ms: i64) -> Result<Tally> {
    let waiting = store::changes::open(view, now_ms - CHANGE_MS).await?;
    Ok(Tally {
        count: i64::try_from(waiting.len())?,
        oldest_ms: waiting.iter().map(|change| change.proposed_at_ms).min(),
    })
}
