//! Adding staff, signing in and out.

use crate::access::facts::{SignInRefused, SignedIn, StaffAdded};
use crate::access::model::{NewStaff, Right, SessionId, StaffId};
use crate::access::refusal::Refusal;
use crate::access::store::{self, attempts};
use crate::access::{Staff, password, session, token};
use crate::ctx::Ctx;
use crate::db::{Read, Scope};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat, SeatKind};
use crate::vault::Private;

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
            rights: new
                .rights
                .iter()
                .map(|&right| Right::as_str(right))
                .collect(),
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(id)
}

/// Signs a member of staff in; answers them and their session's token.
///
/// An unknown account takes the same work as a wrong password, and pauses the same.
pub async fn sign_in(
    ctx: &Ctx,
    institution_code: &str,
    account: &str,
    password: &Private<String>,
) -> Result<(Staff, Private<String>)> {
    let counted = token::attempts_digest(institution_code, account);
    count_attempt(ctx, &counted).await?;
    let found = find(ctx, institution_code, account).await?;
    let stored = found.as_ref().map(|(_, row)| row.password_hash.clone());
    let right = password::verify(stored, password).await?;
    match found {
        Some((institution, row)) if right => {
            clear_attempts(ctx, &counted).await?;
            let staff = StaffId::stored(row.id.clone());
            let (session, token) =
                ledger::retrying(|| begin_session(ctx, &institution, &staff)).await?;
            Ok((row.actor(institution, session), token))
        }
        Some((institution, row)) => {
            refuse(ctx, &institution, &StaffId::stored(row.id)).await?;
            Err(Refusal::LoginWrong.into())
        }
        None => {
            // As much waiting for the disk as a refusal that is sworn to.
            forget_old_attempts(ctx).await?;
            Err(Refusal::LoginWrong.into())
        }
    }
}

async fn find(
    ctx: &Ctx,
    institution_code: &str,
    account: &str,
) -> Result<Option<(InstitutionId, store::staff::Row)>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let Some(institution) = store::institutions::by_code(&view, institution_code).await? else {
        return Ok(None);
    };
    drop(view);
    let view = ctx.db.read(&institution.id).await?;
    Ok(store::staff::by_account(&view, account)
        .await?
        .map(|row| (institution.id, row)))
}

async fn begin_session(
    ctx: &Ctx,
    institution: &InstitutionId,
    staff: &StaffId,
) -> Result<(SessionId, Private<String>)> {
    if ctx.db.writes_closed(institution).is_some() {
        // Reading goes on while the log is sealed, so staff must get in; nothing can be sworn to then.
        let mut tx = ctx
            .db
            .begin_unrecorded(Scope::Unscoped, "sign-in while the log is sealed")
            .await?;
        let started = session::start_staff(ctx, &mut tx, institution, staff).await?;
        tx.commit().await?;
        return Ok(started);
    }
    let seat = Seat {
        institution: institution.clone(),
        kind: SeatKind::Staff,
        id: staff.to_string(),
    };
    let mut tx = ledger::begin(ctx, &seat).await?;
    let started = session::start_staff(ctx, &mut tx, institution, staff).await?;
    let fact = Fact::of(
        staff,
        &SignedIn {
            staff: staff.as_str(),
            session: started.0.as_str(),
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(started)
}

async fn refuse(ctx: &Ctx, institution: &InstitutionId, staff: &StaffId) -> Result<()> {
    if ctx.db.writes_closed(institution).is_some() {
        return Ok(());
    }
    ledger::retrying(|| async {
        let tx = ledger::begin(ctx, &Seat::system(institution, "access")).await?;
        let fact = Fact::of(
            staff,
            &SignInRefused {
                staff: staff.as_str(),
            },
        )?;
        ledger::commit(tx, fact).await
    })
    .await
}

async fn count_attempt(ctx: &Ctx, digest: &[u8]) -> Result<()> {
    let (now_ms, limits) = (ctx.clock.now_ms(), &ctx.config.access);
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "attempts are a counter")
        .await?;
    let so_far = attempts::lock(&mut tx, digest, now_ms).await?;
    let counted = so_far.count(
        now_ms,
        limits.login_failures_max,
        limits.login_pause_seconds * 1000,
    )?;
    attempts::save(&mut tx, digest, counted, now_ms).await?;
    tx.commit().await
}

async fn clear_attempts(ctx: &Ctx, digest: &[u8]) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "attempts are a counter")
        .await?;
    attempts::clear(&mut tx, digest).await?;
    tx.commit().await
}

async fn forget_old_attempts(ctx: &Ctx) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "attempts are a counter")
        .await?;
    attempts::sweep(&mut tx, ctx.clock.now_ms()).await?;
    tx.commit().await
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

/// Ends the session of a member of staff.
pub async fn sign_out(ctx: &Ctx, staff: &Staff) -> Result<()> {
    session::end(ctx, &staff.session).await
}
