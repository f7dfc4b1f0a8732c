//! What members of staff do with their own account: password and sessions.

use super::factors::remove_all;
use super::sign_in::{clear_attempts, count_attempt};
use crate::access::facts::{PasswordChanged, PasswordTaken, SessionsEnded};
use crate::access::model::{ChangeKind, SessionId, StaffId, StaffState, check_password};
use crate::access::refusal::Refusal;
use crate::access::store::sessions::{Shown, Which};
use crate::access::store::staff::Row;
use crate::access::store::{self, changes, invitations, sessions};
use crate::access::token::{self, Guess};
use crate::access::{Staff, password};
use crate::ctx::Ctx;
use crate::db::Write;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Tx};
use crate::vault::Private;

/// The actor's own row, locked, while they may act in their session: they are active and nobody ended it meanwhile.
pub(super) async fn own(tx: &impl Write, staff: &Staff) -> Result<Row> {
    let row = store::staff::lock(tx, &staff.id).await?;
    match row {
        Some(row)
            if row.state() == StaffState::Active
                && sessions::is_open(tx, &staff.session).await? =>
        {
            Ok(row)
        }
        _ => Err(Refusal::SessionEnded.into()),
    }
}

/// Changes one's own password. One's other sessions end, and so does whatever would set another: links and proposals.
pub async fn change_password(
    ctx: &Ctx,
    staff: &Staff,
    current: &Private<String>,
    new: &Private<String>,
) -> Result<()> {
    staff.must_have_proved(ctx.clock.now_ms())?;
    if let Some(fault) = check_password(&staff.account, new) {
        return Err(Error::Invalid(vec![fault]));
    }
    if current.expose() == new.expose() {
        return Err(Error::field(
            "password",
            "password_unchanged",
            "新密码不能与当前密码相同。",
            "The new password can't be the present one.",
        ));
    }
    let counted = token::guess_digest(Guess::Password, &staff.id);
    count_attempt(ctx, &counted).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = store::staff::by_id(&view, &staff.id)
        .await?
        .ok_or(Refusal::SessionEnded)?;
    drop(view);
    if !password::verify(found.password_hash(), current).await? {
        return Err(Refusal::SecondFactorWrong.into());
    }
    let hash = password::hash(new, ctx.random.bytes()).await?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        let now_ms = tx.now_ms();
        let row = own(&tx, staff).await?;
        if !row.is_still(&found) {
            return Err(Refusal::SessionEnded.into());
        }
        // Whoever may have set the one before may be setting this one.
        set_password(&mut tx, &staff.id, (&hash, row.password_from()), now_ms).await?;
        end_in(&mut tx, &staff.id, Which::AllBut(&staff.session)).await?;
        let fact = PasswordChanged {
            staff: staff.id.as_str(),
        };
        ledger::commit(tx, Fact::of(&staff.id, &fact)?).await
    })
    .await?;
    clear_attempts(ctx, &counted).await
}

/// Sets a password in the caller's transaction; links and proposals to set another end. `from`: the one colleague who may
/// have set it, or empty.
pub(super) async fn set_password(
    tx: &mut Tx,
    staff: &StaffId,
    (hash, from): (&str, &str),
    now_ms: i64,
) -> Result<()> {
    invitations::close_all(tx, staff, now_ms).await?;
    changes::close_open(tx, staff, ChangeKind::Password, now_ms).await?;
    if !from.is_empty() {
        // Its link, or the one it counted on, is closed.
        changes::close_open(tx, staff, ChangeKind::Roles, now_ms).await?;
    }
    store::staff::set_password(tx, staff, hash, from).await
}

/// Takes a password away that one colleague may have set, with all that they could have left behind by it.
pub(super) async fn take_password(tx: &mut Tx, staff: &StaffId) -> Result<()> {
    store::staff::take_password(tx, staff).await?;
    remove_all(tx, staff).await?;
    end_in(tx, staff, Which::All).await?;
    let fact = PasswordTaken {
        staff: staff.as_str(),
    };
    tx.record(Fact::of(staff, &fact)?);
    Ok(())
}

/// Live sessions of a member of staff of the reader's institution, newest first.
pub async fn sessions_of(ctx: &Ctx, reader: &Staff, whose: &StaffId) -> Result<Vec<Shown>> {
    let view = ctx.db.read(&reader.institution).await?;
    let idle_ms = ctx.config.access.staff_idle_minutes * 60_000;
    let now_ms = ctx.clock.now_ms();
    sessions::live_of_staff(&view, &reader.institution, whose, now_ms, idle_ms).await
}

/// Ends one's own session, wherever it is.
pub async fn end_own(ctx: &Ctx, staff: &Staff, session: &SessionId) -> Result<()> {
    end(ctx, staff, &staff.id, Which::One(session)).await
}

/// Ends all one's sessions but this one.
pub async fn end_others(ctx: &Ctx, staff: &Staff) -> Result<()> {
    end(ctx, staff, &staff.id, Which::AllBut(&staff.session)).await
}

/// Ends sessions and swears to it; one that isn't there is not found.
pub async fn end(ctx: &Ctx, actor: &Staff, whose: &StaffId, which: Which<'_>) -> Result<()> {
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &actor.seat()).await?;
        let ended = end_in(&mut tx, whose, which).await?;
        match (ended, which) {
            (0, Which::One(_)) => Err(Error::not_found()),
            // Nothing happened, so nothing is sworn to.
            (0, _) => Ok(()),
            _ => ledger::commit_recorded(tx).await,
        }
    })
    .await
}

/// Ends sessions in the caller's transaction; answers how many.
pub async fn end_in(tx: &mut Tx, whose: &StaffId, which: Which<'_>) -> Result<usize> {
    let (institution, now_ms) = (tx.seat().institution.clone(), tx.now_ms());
    let ended = sessions::end_of_staff(tx, &institution, whose, which, now_ms).await?;
    if !ended.is_empty() {
        let fact = SessionsEnded {
            staff: whose.as_str(),
            sessions: ended.iter().map(String::as_str).collect(),
        };
        tx.record(Fact::of(whose, &fact)?);
    }
    Ok(ended.len())
}
