//! Signing in and out of the console.

use webauthn_rs::prelude::{PublicKeyCredential, RequestChallengeResponse};

use super::account::own;
use super::factors::{self, Checked, Proof};
use super::passkeys;
use super::refusals::refuse_later;
use super::settings::settings;
use crate::access::actor::actor;
use crate::access::facts::{SecondFactorRefused, SignedIn};
use crate::access::model::{Factor, Given, Method, StaffId, StaffState, Stage};
use crate::access::refusal::Refusal;
use crate::access::session::{Started, Visitor};
use crate::access::store::{self, attempts};
use crate::access::token::{self, Guess};
use crate::access::{Staff, password, session};
use crate::ctx::Ctx;
use crate::db::{Read, Scope, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat, SeatKind};
use crate::vault::Private;

/// A member of staff who came in, perhaps only as far as the second factor.
#[derive(Debug)]
pub struct Entered {
    pub staff: Staff,
    pub token: Private<String>,
    /// Earlier sign-ins are known, none of them from here.
    pub elsewhere: bool,
}

/// Signs a member of staff in all the way; answers them and their session's token.
pub async fn sign_in(
    ctx: &Ctx,
    institution_code: &str,
    account: &str,
    password: &Private<String>,
) -> Result<(Staff, Private<String>)> {
    let visitor = Visitor::default();
    let entered = by_password(ctx, &visitor, institution_code, account, password).await?;
    match entered.staff.stage {
        Stage::Full => Ok((entered.staff, entered.token)),
        Stage::Enrol => Err(Refusal::SecondFactorMissing.into()),
        Stage::SecondFactor => Err(Refusal::SecondFactorNeeded.into()),
    }
}

/// The first step: account and password.
///
/// An unknown account takes the same work and the same writes as a wrong password, and pauses the same.
pub async fn by_password(
    ctx: &Ctx,
    visitor: &Visitor,
    institution_code: &str,
    account: &str,
    password: &Private<String>,
) -> Result<Entered> {
    let counted = token::attempts_digest(institution_code, account);
    count_attempt(ctx, &counted).await?;
    let found = find(ctx, institution_code, account).await?;
    let right = password::verify(found.password_hash(), password).await?;
    match found {
        Found::Staff(institution, row) if right => {
            clear_attempts(ctx, &counted).await?;
            ledger::retrying(|| begin(ctx, &institution, &row, visitor, Method::Password)).await
        }
        Found::Staff(institution, row) => {
            refuse_later(ctx, &institution, Some(row.id)).await?;
            Err(Refusal::LoginWrong.into())
        }
        Found::Nobody(institution) => {
            refuse_later(ctx, &institution, None).await?;
            Err(Refusal::LoginWrong.into())
        }
        // Which institutions there are is no secret.
        Found::Nowhere => Err(Refusal::LoginWrong.into()),
    }
}

/// Whom a sign-in is for.
enum Found {
    Staff(InstitutionId, Box<store::staff::Row>),
    Nobody(InstitutionId),
    Nowhere,
}

impl Found {
    fn password_hash(&self) -> Option<String> {
        match self {
            Self::Staff(_, row) => row.password_hash(),
            Self::Nobody(_) | Self::Nowhere => None,
        }
    }
}

async fn find(ctx: &Ctx, institution_code: &str, account: &str) -> Result<Found> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let Some(institution) = store::institutions::by_code(&view, institution_code).await? else {
        return Ok(Found::Nowhere);
    };
    drop(view);
    let view = ctx.db.read(&institution.id).await?;
    Ok(match store::staff::by_account(&view, account).await? {
        Some(row) => Found::Staff(institution.id, Box::new(row)),
        None => Found::Nobody(institution.id),
    })
}

/// The institution that a passkey is to open; which there are is no secret.
async fn house(ctx: &Ctx, institution_code: &str) -> Result<InstitutionId> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let found = store::institutions::by_code(&view, institution_code).await?;
    Ok(found.ok_or(Refusal::PasskeyUnknown)?.id)
}

/// What a browser needs to give a passkey and nothing else.
pub async fn begin_by_passkey(
    ctx: &Ctx,
    visitor: &Visitor,
    institution_code: &str,
) -> Result<(String, RequestChallengeResponse)> {
    let institution = house(ctx, institution_code).await?;
    passkeys::begin_signing_in(ctx, visitor, &institution).await
}

/// Signs in by a passkey alone, all the way: it is had, and its device made sure of the person.
pub async fn by_passkey(
    ctx: &Ctx,
    visitor: &Visitor,
    institution_code: &str,
    (ceremony, given): (&str, &PublicKeyCredential),
) -> Result<Entered> {
    let institution = house(ctx, institution_code).await?;
    let view = ctx.db.read(&institution).await?;
    let owner = store::passkeys::owner(&view, &given.raw_id).await?;
    drop(view);
    if let Some(staff) = &owner {
        let whom = (&institution, staff);
        let begun = ledger::retrying(|| alone(ctx, visitor, whom, (ceremony, given))).await?;
        if let Some((row, started)) = begun {
            return entered(ctx, &institution, row, Stage::Full, started).await;
        }
    }
    refuse_later(ctx, &institution, owner.map(|staff| staff.to_string())).await?;
    Err(Refusal::PasskeyUnknown.into())
}

async fn alone(
    ctx: &Ctx,
    visitor: &Visitor,
    whom: (&InstitutionId, &StaffId),
    given: (&str, &PublicKeyCredential),
) -> Result<Option<(store::staff::Row, Started)>> {
    let (institution, staff) = whom;
    if ctx.db.writes_closed(institution).is_some() {
        let mut tx = ctx
            .db
            .begin_unrecorded(institution, "sign-in while the log is sealed")
            .await?;
        let (_, begun) = alone_in(ctx, &mut tx, visitor, whom, given).await?;
        tx.commit().await?;
        return Ok(begun);
    }
    let mut tx = ledger::begin(ctx, &seat(institution, staff)).await?;
    match alone_in(ctx, &mut tx, visitor, whom, given).await? {
        (_, Some((row, started))) => {
            let fact = signed_in(staff, &started, Method::Passkey)?;
            ledger::commit(tx, fact).await?;
            Ok(Some((row, started)))
        }
        (Checked::Copied(passkey), None) => {
            ledger::commit(tx, factors::copied(staff, &passkey)?).await?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// Begins a whole session for an active person whose passkey is right.
async fn alone_in(
    ctx: &Ctx,
    tx: &mut impl Write,
    visitor: &Visitor,
    whom: (&InstitutionId, &StaffId),
    (ceremony, given): (&str, &PublicKeyCredential),
) -> Result<(Checked, Option<(store::staff::Row, Started)>)> {
    let row = store::staff::lock(tx, whom.1).await?;
    let Some(row) = row.filter(|row| row.state() == StaffState::Active) else {
        return Ok((Checked::Wrong, None));
    };
    let checked = passkeys::check_alone(ctx, tx, whom.1, ceremony, given).await?;
    let Checked::Right(_) = checked else {
        return Ok((checked, None));
    };
    let how = (Stage::Full, Method::Passkey);
    let started = session::start_staff(ctx, tx, whom, visitor, how).await?;
    Ok((checked, Some((row, started))))
}

/// How far someone gets whose first factor was right.
async fn stage_of(view: &impl Read, row: &store::staff::Row) -> Result<Stage> {
    if factors::has_any(view, &StaffId::stored(row.id.clone())).await? {
        return Ok(Stage::SecondFactor);
    }
    let rule = settings(view).await?.settings.second_factor;
    let asked = rule.asks(&row.all_rights(view).await?);
    Ok(if asked { Stage::Enrol } else { Stage::Full })
}

/// Begins a session for someone whose first factor was right, as far as it reaches. Whoever was disabled or got another
/// password since `found` is refused.
pub(super) async fn begin(
    ctx: &Ctx,
    institution: &InstitutionId,
    found: &store::staff::Row,
    visitor: &Visitor,
    method: Method,
) -> Result<Entered> {
    let (row, stage, started) = start(ctx, institution, found, visitor, method).await?;
    entered(ctx, institution, row, stage, started).await
}

async fn entered(
    ctx: &Ctx,
    institution: &InstitutionId,
    row: store::staff::Row,
    stage: Stage,
    started: Started,
) -> Result<Entered> {
    let view = ctx.db.read(institution).await?;
    let now_ms = ctx.clock.now_ms();
    let session = (started.id, stage);
    Ok(Entered {
        staff: actor(&view, row, institution.clone(), session, now_ms).await?,
        token: started.token,
        elsewhere: started.elsewhere,
    })
}

async fn start(
    ctx: &Ctx,
    institution: &InstitutionId,
    found: &store::staff::Row,
    visitor: &Visitor,
    method: Method,
) -> Result<(store::staff::Row, Stage, Started)> {
    let staff = StaffId::stored(found.id.clone());
    let whom = (institution, &staff);
    let sealed = ctx.db.writes_closed(institution).is_some();
    if !sealed {
        let mut tx = ledger::begin(ctx, &seat(institution, &staff)).await?;
        let (row, stage) = still(&tx, found, method).await?;
        if stage != Stage::SecondFactor {
            let started =
                session::start_staff(ctx, &mut tx, whom, visitor, (stage, method)).await?;
            let fact = signed_in(&staff, &started, method)?;
            ledger::commit(tx, fact).await?;
            return Ok((row, stage, started));
        }
    }
    // Reading goes on while the log is sealed, so staff must get in; nothing can be sworn to then.
    let mut tx = ctx
        .db
        .begin_unrecorded(
            institution,
            "half a sign-in opens nothing, and a sealed log takes nothing",
        )
        .await?;
    let (row, stage) = still(&tx, found, method).await?;
    let stage = if sealed { stage } else { Stage::SecondFactor };
    let started = session::start_staff(ctx, &mut tx, whom, visitor, (stage, method)).await?;
    tx.commit().await?;
    Ok((row, stage, started))
}

/// A person whose first factor was right, locked, and how far they get.
async fn still(
    tx: &impl Write,
    found: &store::staff::Row,
    method: Method,
) -> Result<(store::staff::Row, Stage)> {
    let row = store::staff::lock(tx, &StaffId::stored(found.id.clone()))
        .await?
        .filter(|row| row.is_still(found))
        .ok_or(Refusal::LoginWrong)?;
    let stage = match method {
        Method::OidcAssured => Stage::Full,
        _ => stage_of(tx, &row).await?,
    };
    Ok((row, stage))
}

fn seat(institution: &InstitutionId, staff: &StaffId) -> Seat {
    Seat {
        institution: institution.clone(),
        kind: SeatKind::Staff,
        id: staff.to_string(),
    }
}

fn signed_in(staff: &StaffId, started: &Started, method: Method) -> Result<Fact> {
    let fact = SignedIn {
        staff: staff.as_str(),
        session: started.id.as_str(),
        method: method.as_str(),
        elsewhere: started.elsewhere,
    };
    Fact::of(staff, &fact)
}

/// The second step: a code of the authenticator app or a recovery code. The half session ends, a whole one begins.
pub async fn second_factor(
    ctx: &Ctx,
    visitor: &Visitor,
    half: &Staff,
    given: &Given,
) -> Result<Entered> {
    let counted = token::guess_digest(Guess::SecondFactor, &half.id);
    count_attempt(ctx, &counted).await?;
    let (row, started) = ledger::retrying(|| second_once(ctx, visitor, half, given))
        .await?
        .ok_or(Refusal::SecondFactorWrong)?;
    clear_attempts(ctx, &counted).await?;
    entered(ctx, &half.institution, row, Stage::Full, started).await
}

async fn second_once(
    ctx: &Ctx,
    visitor: &Visitor,
    half: &Staff,
    given: &Given,
) -> Result<Option<(store::staff::Row, Started)>> {
    if ctx.db.writes_closed(&half.institution).is_some() {
        let mut tx = ctx
            .db
            .begin_unrecorded(&half.institution, "sign-in while the log is sealed")
            .await?;
        let row = own(&tx, half).await?;
        let Checked::Right(proof) = factors::check(ctx, &mut tx, half, given).await? else {
            tx.commit().await?;
            return Ok(None);
        };
        let (started, _) = whole(ctx, &mut tx, visitor, half, proof).await?;
        tx.commit().await?;
        return Ok(Some((row, started)));
    }
    let mut tx = ledger::begin(ctx, &half.seat()).await?;
    let row = own(&tx, half).await?;
    let proof = match factors::check(ctx, &mut tx, half, given).await? {
        Checked::Right(proof) => proof,
        wrong => {
            factors::refuse(tx, half, &wrong).await?;
            return Ok(None);
        }
    };
    if let Proof::Recovery { left } = proof {
        tx.record(factors::recovery_used(half, left)?);
    }
    let (started, method) = whole(ctx, &mut tx, visitor, half, proof).await?;
    let fact = signed_in(&half.id, &started, method)?;
    ledger::commit(tx, fact).await?;
    Ok(Some((row, started)))
}

/// Ends a half session and begins the whole one; a half one that was ended meanwhile brings nothing.
async fn whole(
    ctx: &Ctx,
    tx: &mut impl Write,
    visitor: &Visitor,
    half: &Staff,
    proof: Proof,
) -> Result<(Started, Method)> {
    let now_ms = ctx.clock.now_ms();
    let first = store::sessions::method(tx, &half.session)
        .await?
        .ok_or(Refusal::SessionMissing)?;
    if !store::sessions::end(tx, half.session.as_str(), now_ms).await? {
        return Err(Refusal::SessionEnded.into());
    }
    let method = Method::and(&first, proof.factor());
    let whom = (&half.institution, &half.id);
    let started = session::start_staff(ctx, tx, whom, visitor, (Stage::Full, method)).await?;
    Ok((started, method))
}

pub(super) fn refused_factor(staff: &Staff) -> Result<Fact> {
    let fact = SecondFactorRefused {
        staff: staff.id.as_str(),
    };
    Fact::of(&staff.id, &fact)
}

pub(super) async fn count_attempt(ctx: &Ctx, digest: &[u8]) -> Result<()> {
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

pub(super) async fn clear_attempts(ctx: &Ctx, digest: &[u8]) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "attempts are a counter")
        .await?;
    attempts::clear(&mut tx, digest).await?;
    tx.commit().await
}

/// Ends the session of a member of staff.
pub async fn sign_out(ctx: &Ctx, staff: &Staff) -> Result<()> {
    session::end(ctx, &staff.session).await
}

/// Kinds of second factors someone can be asked for.
pub async fn factors_of(ctx: &Ctx, staff: &Staff) -> Result<Vec<Factor>> {
    let view = ctx.db.read(&staff.institution).await?;
    factors::kinds(&view, &staff.id).await
}
