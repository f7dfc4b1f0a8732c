//! Invitations: a link and a word that together let a member of staff set a password, once.

use super::account::{end_in, set_password};
use super::changes;
use super::factors::key;
use super::sign_in::{Entered, begin};
use super::staff::{checked_roles, other, taking_two, without};
use crate::access::facts::{
    InvitationAccepted, InvitationMade, InvitationWordGiven, InvitationWordRefused, StaffInvited,
};
use crate::access::model::{
    CHANGE_MS, Change, ChangeKind, INVITATION_MS, Institution, InvitationId, Invitee, Lock, Method,
    Right, StaffId, StaffState, check_password, fresh_word, plain_word,
};
use crate::access::refusal::Refusal;
use crate::access::session::Visitor;
use crate::access::store::sessions::Which;
use crate::access::store::staff::Row;
use crate::access::store::{self, invitations};
use crate::access::{Staff, password, token};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Seat, SeatKind, Tx};
use crate::vault::Private;

/// A link as its maker gets it, this once.
#[derive(Clone, Debug)]
pub struct Invited {
    pub staff: StaffId,
    pub url: Private<String>,
    /// Without it the link opens nothing; none where somebody else is to give it.
    pub word: Option<Private<String>>,
    pub expires_at_ms: i64,
}

/// The word of a link that another made, shown this once.
#[derive(Clone, Debug)]
pub struct Word {
    pub word: Private<String>,
    pub expires_at_ms: i64,
}

/// Invites a colleague. Roles that take two people wait for the second, whose word the link then takes; the rest is given
/// at once.
pub async fn invite(ctx: &Ctx, actor: &Staff, new: &Invitee) -> Result<(Invited, Option<Change>)> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    new.check()?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let wanted = checked_roles(&tx, &new.roles).await?;
        let waiting = taking_two(&tx, &wanted).await?;
        let at_once = without(&wanted, &waiting);
        let id = add_invited(ctx, &mut tx, new, &at_once).await?;
        let mut link = make_link(ctx, &mut tx, &id).await?;
        let change = if at_once == wanted {
            link.word = Some(give_word(ctx, &mut tx, &id).await?.word);
            None
        } else {
            Some(changes::open(&mut tx, actor, ChangeKind::Roles, &id, wanted).await?)
        };
        ledger::commit_recorded(tx).await?;
        Ok((link, change))
    })
    .await
}

/// Invites a member of staff in the operator's name, with all their roles: the first administrators come this way.
pub async fn invite_by_operator(ctx: &Ctx, seat: &Seat, new: &Invitee) -> Result<Invited> {
    new.check()?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        let link = invite_in(ctx, &mut tx, new).await?;
        ledger::commit_recorded(tx).await?;
        Ok(link)
    })
    .await
}

/// The same in the caller's transaction.
pub(super) async fn invite_in(ctx: &Ctx, tx: &mut Tx, new: &Invitee) -> Result<Invited> {
    let roles = checked_roles(tx, &new.roles).await?;
    let id = add_invited(ctx, tx, new, &roles).await?;
    make_link_with_word(ctx, tx, &id).await
}

/// A new member of staff who has no password yet.
async fn add_invited(ctx: &Ctx, tx: &mut Tx, new: &Invitee, roles: &[String]) -> Result<StaffId> {
    if store::staff::by_account(tx, &new.account).await?.is_some() {
        return Err(Refusal::AccountTaken.into());
    }
    let (id, now_ms) = (StaffId::fresh(tx.now_ms(), &ctx.random), tx.now_ms());
    store::staff::insert_invited(tx, &id, new, roles, now_ms).await?;
    let fact = StaffInvited {
        staff: id.as_str(),
        roles: roles.iter().map(String::as_str).collect(),
    };
    tx.record(Fact::of(&id, &fact)?);
    Ok(id)
}

/// Another link for someone who has not set a password yet; the older one ends. Its word comes from whoever agrees to
/// their roles, where that waits.
pub async fn invite_again(ctx: &Ctx, actor: &Staff, id: &StaffId) -> Result<Invited> {
    actor.must_now(Right::ManageStaff, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let row = other(&tx, actor, id).await?;
        if row.state() != StaffState::Invited {
            return Err(Refusal::AlreadyActive.into());
        }
        // Whoever held such a link and its word would hold what two people gave.
        if row.is_guarded() || !taking_two(&tx, &row.roles()).await?.is_empty() {
            return Err(Refusal::SecondPersonNeeded.into());
        }
        let since_ms = tx.now_ms() - CHANGE_MS;
        let waiting = store::changes::open(&tx, since_ms).await?;
        let link = if waiting.iter().any(|change| change.staff == *id) {
            make_link(ctx, &mut tx, id).await?
        } else {
            make_link_with_word(ctx, &mut tx, id).await?
        };
        ledger::commit_recorded(tx).await?;
        Ok(link)
    })
    .await
}

/// Makes a link without a word in the caller's transaction; older ones of the person end.
pub async fn make_link(ctx: &Ctx, tx: &mut Tx, staff: &StaffId) -> Result<Invited> {
    let now_ms = tx.now_ms();
    let maker = tx.seat().id.clone();
    let institution = tx.seat().institution.clone();
    let lender = store::institutions::by_id(tx, &institution)
        .await?
        .ok_or_else(Error::not_found)?;
    let (id, secret) = (
        InvitationId::fresh(now_ms, &ctx.random),
        token::invitation_secret(&ctx.random),
    );
    let expires_at_ms = now_ms + INVITATION_MS;
    invitations::close_all(tx, staff, now_ms).await?;
    let digest = token::digest(secret.expose());
    let times = (now_ms, expires_at_ms);
    invitations::insert(tx, (&id, staff), &maker, digest, times).await?;
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
        word: None,
        expires_at_ms,
    })
}

/// Makes a link and its word for one and the same person, who hands them over by two ways.
pub(super) async fn make_link_with_word(
    ctx: &Ctx,
    tx: &mut Tx,
    staff: &StaffId,
) -> Result<Invited> {
    let link = make_link(ctx, tx, staff).await?;
    let word = give_word(ctx, tx, staff).await?.word;
    Ok(Invited {
        word: Some(word),
        ..link
    })
}

/// Gives the word for a link that somebody else made, in the caller's transaction.
pub async fn give_second_word(
    ctx: &Ctx,
    tx: &mut Tx,
    giver: &Staff,
    staff: &StaffId,
) -> Result<Word> {
    let link = invitations::of_staff(tx, staff)
        .await?
        .ok_or(Refusal::InvitationClosed)?;
    link.lock().may_give_word(&giver.id)?;
    give_word(ctx, tx, staff).await
}

/// Another word for a person's link: the older one no longer counts, and both are good from now on.
async fn give_word(ctx: &Ctx, tx: &mut Tx, staff: &StaffId) -> Result<Word> {
    let link = invitations::of_staff(tx, staff)
        .await?
        .ok_or(Refusal::InvitationClosed)?;
    let id = InvitationId::stored(link.id);
    let word = fresh_word(&ctx.random);
    let plain = plain_word(word.expose()).ok_or_else(|| Error::internal("a word of no form"))?;
    let expires_at_ms = tx.now_ms() + INVITATION_MS;
    let digest = token::word_digest(&key(ctx)?, &id, &plain);
    let giver = tx.seat().id.clone();
    invitations::set_word(tx, &id, &giver, digest, expires_at_ms).await?;
    let fact = InvitationWordGiven {
        staff: staff.as_str(),
        invitation: id.as_str(),
        expires_at_ms,
    };
    tx.record(Fact::of(staff, &fact)?);
    Ok(Word {
        word,
        expires_at_ms,
    })
}

/// What a link that can still be used leads to.
pub struct Found {
    pub lender: Institution,
    pub row: Row,
    pub expires_at_ms: i64,
    /// Its word was given to somebody.
    pub word_given: bool,
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
    let open = invitation.is_open(ctx.clock.now_ms());
    let word_given = invitation.has_word();
    let row = store::staff::by_id(&view, &StaffId::stored(invitation.staff_id))
        .await?
        .ok_or(Refusal::InvitationUnknown)?;
    if !open || row.state() == StaffState::Disabled {
        return Err(Refusal::InvitationClosed.into());
    }
    Ok(Found {
        lender,
        row,
        expires_at_ms: invitation.expires_at_ms,
        word_given,
        id: InvitationId::stored(invitation.id),
    })
}

/// Sets the password by a link and its word, once, and begins a session; older sessions of the person end.
pub async fn accept(
    ctx: &Ctx,
    visitor: &Visitor,
    token: &str,
    word: &Private<String>,
    password: &Private<String>,
) -> Result<Entered> {
    let found = find(ctx, token).await?;
    if let Some(fault) = check_password(&found.row.account, password) {
        return Err(Error::Invalid(vec![fault]));
    }
    let Some(word) = plain_word(word.expose()) else {
        return Err(Error::field(
            "word",
            "word_format",
            "口令是 8 位字母和数字。",
            "A word is 8 letters and digits.",
        ));
    };
    let digest = token::word_digest(&key(ctx)?, &found.id, &word);
    let hash = password::hash(password, ctx.random.bytes()).await?;
    let (institution, staff) = (found.lender.id.clone(), StaffId::stored(found.row.id));
    let seat = Seat {
        institution: institution.clone(),
        kind: SeatKind::Staff,
        id: staff.to_string(),
    };
    ledger::retrying(|| set_once(ctx, &seat, &found.id, &digest, &hash)).await?;
    let view = ctx.db.read(&institution).await?;
    let row = store::staff::by_id(&view, &staff)
        .await?
        .ok_or_else(Error::not_found)?;
    drop(view);
    ledger::retrying(|| begin(ctx, &institution, &row, visitor, Method::Invitation)).await
}

async fn set_once(
    ctx: &Ctx,
    seat: &Seat,
    invitation: &InvitationId,
    word: &[u8],
    hash: &str,
) -> Result<()> {
    let staff = StaffId::stored(seat.id.clone());
    let mut tx = ledger::begin(ctx, seat).await?;
    let now_ms = tx.now_ms();
    // Locked: of two uses at once the second finds the link closed.
    let row = store::staff::lock(&tx, &staff)
        .await?
        .ok_or_else(Error::not_found)?;
    let link = invitations::by_id(&tx, invitation)
        .await?
        .filter(|link| link.is_open(now_ms) && row.state() != StaffState::Disabled)
        .ok_or(Refusal::InvitationClosed)?
        .lock();
    let (expected, _) = link.word.as_ref().ok_or(Refusal::InvitationWordAwaited)?;
    if !token::equal_bytes(expected, word) {
        return refuse_word(tx, &staff, invitation, &link).await;
    }
    let from = colleague(&tx, link.one_hand()).await?;
    set_password(&mut tx, &staff, (hash, &from), now_ms).await?;
    end_in(&mut tx, &staff, Which::All).await?;
    let fact = InvitationAccepted {
        staff: staff.as_str(),
        invitation: invitation.as_str(),
    };
    ledger::commit(tx, Fact::of(&staff, &fact)?).await
}

/// Whoever had both link and word, if it is a colleague: the operator's people are none.
async fn colleague(tx: &Tx, hand: Option<&str>) -> Result<String> {
    let Some(hand) = hand.and_then(|id| StaffId::parse(id).ok()) else {
        return Ok(String::new());
    };
    let row = store::staff::by_id(tx, &hand).await?;
    Ok(row.map(|row| row.id).unwrap_or_default())
}

/// Counts a wrong word and swears to it; with the last try the link ends.
async fn refuse_word(
    mut tx: Tx,
    staff: &StaffId,
    invitation: &InvitationId,
    link: &Lock,
) -> Result<()> {
    let (now_ms, tries_left) = (tx.now_ms(), link.tries_left());
    invitations::count_wrong_word(&mut tx, invitation).await?;
    if tries_left == 0 {
        invitations::close_all(&mut tx, staff, now_ms).await?;
    }
    let fact = InvitationWordRefused {
        staff: staff.as_str(),
        invitation: invitation.as_str(),
        tries_left,
    };
    ledger::commit(tx, Fact::of(staff, &fact)?).await?;
    Err(Refusal::InvitationWordWrong { tries_left }.into())
}
