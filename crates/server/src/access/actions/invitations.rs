//! Invitations: a link that lets a member of staff set a password, once.

use super::account::{end_in, set_password};
use super::changes;
use super::sign_in::{Entered, begin};
use super::staff::{checked_roles, other, taking_two, without};
use crate::access::facts::{InvitationAccepted, InvitationMade, StaffInvited};
use crate::access::model::{
    Change, ChangeKind, Institution, InvitationId, Invitee, Method, Right, StaffId, StaffState,
    check_password,
};
use crate::access::refusal::Refusal;
use crate::access::session::Visitor;
use crate::access::store::sessions::Which;
use crate::access::store::staff::Row;
use crate::access::store::{self, invitations};
use crate::access::{Staff, password, token};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat, SeatKind, Tx};
use crate::vault::Private;

/// How long an invitation can be used.
const VALID_MS: i64 = 3 * DAY_MS;

/// A link as its maker gets it, this once.
#[derive(Clone, Debug)]
pub struct Invited {
    pub staff: StaffId,
    pub url: Private<String>,
    pub expires_at_ms: i64,
}

/// Invites a colleague. Roles that take two people wait for the second, who can agree once the colleague accepted; the rest
/// is given at once.
pub async fn invite(ctx: &Ctx, actor: &Staff, new: &Invitee) -> Result<(Invited, Option<Change>)> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    new.check()?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        if store::staff::by_account(&tx, &new.account).await?.is_some() {
            return Err(Refusal::AccountTaken.into());
        }
        let wanted = checked_roles(&tx, &new.roles).await?;
        let waiting = taking_two(&tx, &wanted).await?;
        let at_once = without(&wanted, &waiting);
        let (id, now_ms) = (StaffId::fresh(tx.now_ms(), &ctx.random), tx.now_ms());
        store::staff::insert_invited(&mut tx, &id, new, &at_once, now_ms).await?;
        let fact = StaffInvited {
            staff: id.as_str(),
            roles: at_once.iter().map(String::as_str).collect(),
        };
        tx.record(Fact::of(&id, &fact)?);
        let link = make_link(ctx, &mut tx, &id).await?;
        let change = if at_once == wanted {
            None
        } else {
            Some(changes::open(&mut tx, actor, ChangeKind::Roles, &id, wanted).await?)
        };
        ledger::commit_recorded(tx).await?;
        Ok((link, change))
    })
    .await
}

/// Another link for someone who has not set a password yet; the older one ends.
pub async fn invite_again(ctx: &Ctx, actor: &Staff, id: &StaffId) -> Result<Invited> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let row = other(&tx, actor, id).await?;
        if row.state() != StaffState::Invited {
            return Err(Refusal::AlreadyActive.into());
        }
        // Whoever held such a link would hold what two people gave.
        if row.is_guarded() || !taking_two(&tx, &row.roles()).await?.is_empty() {
            return Err(Refusal::SecondPersonNeeded.into());
        }
        let link = make_link(ctx, &mut tx, id).await?;
        ledger::commit_recorded(tx).await?;
        Ok(link)
    })
    .await
}

/// Makes a link in the caller's transaction; older ones of the person end.
pub async fn make_link(ctx: &Ctx, tx: &mut Tx, staff: &StaffId) -> Result<Invited> {
    let now_ms = tx.now_ms();
    let institution = tx.seat().institution.clone();
    let lender = store::institutions::by_id(tx, &institution)
        .await?
        .ok_or_else(Error::not_found)?;
    let (id, secret) = (
        InvitationId::fresh(now_ms, &ctx.random),
        token::invitation_secret(&ctx.random),
    );
    let expires_at_ms = now_ms + VALID_MS;
    invitations::close_all(tx, staff, now_ms).await?;
    let digest = token::digest(secret.expose());
    invitations::insert(tx, &id, staff, digest, now_ms, expires_at_ms).await?;
    let fact = InvitationMade {
        staff: staff.as_str(),
        invitation: id.as_str(),
        expires_at_ms,
    };
    tx.record(Fact::of(staff, &fact)?);
    let token = token::invitation_token(&lender.code, &secret);
    Ok(Invited {
        staff: staff.clone(),
        // Behind `#`, so that no server log ever holds it.
        url: Private::new(format!(
            "{}/console/invitation#{token}",
            ctx.config.public_url()
        )),
        expires_at_ms,
    })
}

/// What a link that can still be used leads to.
pub struct Found {
    pub lender: Institution,
    pub row: Row,
    pub expires_at_ms: i64,
    id: InvitationId,
}

/// Finds an open invitation by its token.
pub async fn find(ctx: &Ctx, token: &str) -> Result<Found> {
    let (code, secret) = token::read_invitation_token(token).ok_or(Refusal::InvitationUnknown)?;
    let view = ctx.db.read(Scope::Unscoped).await?;
    let lender = store::institutions::by_code(&view, code)
        .await?
        .ok_or(Refusal::InvitationUnknown)?;
    drop(view);
    let view = ctx.db.read(&lender.id).await?;
    let invitation = invitations::by_digest(&view, token::digest(secret))
        .await?
        .ok_or(Refusal::InvitationUnknown)?;
    let row = store::staff::by_id(&view, &StaffId::stored(invitation.staff_id))
        .await?
        .ok_or(Refusal::InvitationUnknown)?;
    let over = invitation.expires_at_ms <= ctx.clock.now_ms();
    if invitation.closed_at_ms.is_some() || over || row.state() == StaffState::Disabled {
        return Err(Refusal::InvitationClosed.into());
    }
    Ok(Found {
        lender,
        row,
        expires_at_ms: invitation.expires_at_ms,
        id: InvitationId::stored(invitation.id),
    })
}

/// Sets the password by a link, once, and begins a session; older sessions of the person end.
pub async fn accept(
    ctx: &Ctx,
    visitor: &Visitor,
    token: &str,
    password: &Private<String>,
) -> Result<Entered> {
    let found = find(ctx, token).await?;
    if let Some(fault) = check_password(&found.row.account, password) {
        return Err(Error::Invalid(vec![fault]));
    }
    let hash = password::hash(password, ctx.random.bytes()).await?;
    let (institution, staff) = (found.lender.id.clone(), StaffId::stored(found.row.id));
    ledger::retrying(|| set_once(ctx, &institution, &staff, &found.id, &hash)).await?;
    let view = ctx.db.read(&institution).await?;
    let row = store::staff::by_id(&view, &staff)
        .await?
        .ok_or_else(Error::not_found)?;
    drop(view);
    ledger::retrying(|| begin(ctx, &institution, &row, visitor, Method::Invitation)).await
}

async fn set_once(
    ctx: &Ctx,
    institution: &InstitutionId,
    staff: &StaffId,
    invitation: &InvitationId,
    hash: &str,
) -> Result<()> {
    let seat = Seat {
        institution: institution.clone(),
        kind: SeatKind::Staff,
        id: staff.to_string(),
    };
    let mut tx = ledger::begin(ctx, &seat).await?;
    let now_ms = tx.now_ms();
    // Locked: of two uses at once the second finds the link closed.
    let row = store::staff::lock(&tx, staff)
        .await?
        .ok_or_else(Error::not_found)?;
    let open = invitations::is_open(&tx, invitation, now_ms).await?;
    if !open || row.state() == StaffState::Disabled {
        return Err(Refusal::InvitationClosed.into());
    }
    set_password(&mut tx, staff, hash, now_ms).await?;
    end_in(&mut tx, staff, Which::All).await?;
    let fact = InvitationAccepted {
        staff: staff.as_str(),
        invitation: invitation.as_str(),
    };
    ledger::commit(tx, Fact::of(staff, &fact)?).await
}
