//! Second factors of a member of staff: set up, checked, taken away.

use super::account::own;
use super::passkeys;
use super::settings::settings;
use super::sign_in::{clear_attempts, count_attempt, refused_factor};
use crate::access::facts::{
    PasskeyCopied, ProvedAgain, RecoveryCodeUsed, RecoveryCodesMade, SecondFactorAdded,
    SecondFactorRemoved,
};
use crate::access::model::{
    Factor, Given, PasskeyId, SecondFactorRule, StaffId, Stage, code_step, enrolment_uri,
    fresh_recovery_codes, plain_recovery_code,
};
use crate::access::refusal::Refusal;
use crate::access::store::passkeys::Row;
use crate::access::store::{self, factors};
use crate::access::token::{self, Guess};
use crate::access::{Staff, password};
use crate::ctx::Ctx;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::keys::{self, Key};
use crate::ledger::{self, Fact, Tx};
use crate::qr;
use crate::vault::Private;

/// The key file that seals authenticators' secrets and digests recovery codes.
pub const STAFF_KEY: &str = "staff";
const SECRET_BYTES: usize = 20;

pub(super) fn key(ctx: &Ctx) -> Result<Key> {
    ctx.keys.get_or_create(STAFF_KEY, &ctx.random)
}

/// What proved that someone is who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Passkey,
    Totp,
    Recovery { left: i64 },
}

impl Proof {
    pub fn factor(self) -> Factor {
        match self {
            Self::Passkey => Factor::Passkey,
            Self::Totp => Factor::Totp,
            Self::Recovery { .. } => Factor::Recovery,
        }
    }
}

/// How a check ended.
#[derive(Clone, Debug)]
pub enum Checked {
    Right(Proof),
    Wrong,
    /// The passkey's device counted backwards.
    Copied(PasskeyId),
}

/// Kinds of second factors that can be given.
pub async fn kinds(view: &impl Read, staff: &StaffId) -> Result<Vec<Factor>> {
    let mut kinds = Vec::new();
    if !passkeys::sound(view, staff).await?.is_empty() {
        kinds.push(Factor::Passkey);
    }
    if has_totp(view, staff).await? {
        kinds.push(Factor::Totp);
    }
    if has_any(view, staff).await? && factors::recovery_left(view, staff).await? > 0 {
        kinds.push(Factor::Recovery);
    }
    Ok(kinds)
}

async fn has_totp(view: &impl Read, staff: &StaffId) -> Result<bool> {
    let totp = factors::totp(view, staff).await?;
    Ok(totp.is_some_and(|totp| totp.confirmed_at_ms.is_some()))
}

/// Whether a second factor is set up: also when the only one is a passkey that was copied, lest a copy make the password
/// enough.
pub async fn has_any(view: &impl Read, staff: &StaffId) -> Result<bool> {
    let passkeys = store::passkeys::of_staff(view, staff).await?;
    Ok(!passkeys.is_empty() || has_totp(view, staff).await?)
}

/// Checks a second factor and uses it up. A password is none.
pub async fn check(
    ctx: &Ctx,
    tx: &mut impl Write,
    staff: &Staff,
    given: &Given,
) -> Result<Checked> {
    let now_ms = ctx.clock.now_ms();
    match given {
        Given::Password(_) => Ok(Checked::Wrong),
        Given::Passkey(passkey) => passkeys::check(ctx, tx, staff, passkey).await,
        Given::Code(code) => {
            let totp = factors::lock_totp(tx, &staff.id).await?;
            let Some(totp) = totp.filter(|totp| totp.confirmed_at_ms.is_some()) else {
                return Ok(Checked::Wrong);
            };
            let secret = unsealed(ctx, staff, &totp.secret_sealed)?;
            match code_step(&secret, code.expose(), now_ms, totp.last_step)? {
                None => Ok(Checked::Wrong),
                Some(step) => {
                    factors::use_step(tx, &staff.id, step).await?;
                    Ok(Checked::Right(Proof::Totp))
                }
            }
        }
        Given::Recovery(code) => {
            let Some(plain) = plain_recovery_code(code.expose()) else {
                return Ok(Checked::Wrong);
            };
            let digest = token::recovery_digest(&key(ctx)?, &staff.id, &plain);
            if !factors::use_recovery(tx, &staff.id, digest, now_ms).await? {
                return Ok(Checked::Wrong);
            }
            let left = factors::recovery_left(tx, &staff.id).await?;
            Ok(Checked::Right(Proof::Recovery { left }))
        }
    }
}

fn place(staff: &Staff) -> [&[u8]; 3] {
    [
        b"totp",
        staff.institution.as_str().as_bytes(),
        staff.id.as_str().as_bytes(),
    ]
}

fn unsealed(ctx: &Ctx, staff: &Staff, sealed: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    keys::unseal(&key(ctx)?, &place(staff), sealed)
}

/// Swears to a check that did not end well.
pub async fn refuse(mut tx: Tx, staff: &Staff, checked: &Checked) -> Result<()> {
    if let Checked::Copied(passkey) = checked {
        tx.record(copied(&staff.id, passkey)?);
    }
    ledger::commit(tx, refused_factor(staff)?).await
}

pub fn copied(staff: &StaffId, passkey: &PasskeyId) -> Result<Fact> {
    let fact = PasskeyCopied {
        staff: staff.as_str(),
        passkey: passkey.as_str(),
    };
    Fact::of(staff, &fact)
}

pub fn recovery_used(staff: &Staff, left: i64) -> Result<Fact> {
    let fact = RecoveryCodeUsed {
        staff: staff.id.as_str(),
        left,
    };
    Fact::of(&staff.id, &fact)
}

/// What an authenticator app needs, shown while it is set up and never again.
pub struct Enrolment {
    pub uri: Private<String>,
    /// The same as a picture, SVG.
    pub picture: Private<String>,
}

/// Begins to set up an authenticator app; nothing counts before its first code.
pub async fn begin_totp(ctx: &Ctx, staff: &Staff) -> Result<Enrolment> {
    staff.must_have_proved(ctx.clock.now_ms())?;
    let secret = Private::new(ctx.random.bytes::<SECRET_BYTES>().to_vec());
    let sealed = keys::seal(&key(ctx)?, &ctx.random, &place(staff), secret.expose())?;
    let mut tx = ctx
        .db
        .begin_unrecorded(
            &staff.institution,
            "an authenticator that was not tried yet",
        )
        .await?;
    own(&tx, staff).await?;
    let known = factors::lock_totp(&tx, &staff.id).await?;
    if known.is_some_and(|totp| totp.confirmed_at_ms.is_some()) {
        return Err(Refusal::SecondFactorExists.into());
    }
    factors::begin_totp(&mut tx, &staff.id, sealed, ctx.clock.now_ms()).await?;
    let lender = store::institutions::by_id(&tx, &staff.institution)
        .await?
        .ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let uri = enrolment_uri(secret.expose(), &staff.account, &lender.code);
    let picture = qr::svg(&uri).map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(Enrolment {
        uri: Private::new(uri),
        picture: Private::new(picture),
    })
}

/// The first code of a new authenticator: from here on it is asked for. Answers fresh recovery codes.
pub async fn confirm_totp(ctx: &Ctx, staff: &Staff, code: &str) -> Result<Vec<Private<String>>> {
    let counted = token::guess_digest(Guess::FirstCode, &staff.id);
    count_attempt(ctx, &counted).await?;
    let codes = ledger::retrying(|| confirm_once(ctx, staff, code)).await?;
    clear_attempts(ctx, &counted).await?;
    Ok(codes)
}

async fn confirm_once(ctx: &Ctx, staff: &Staff, code: &str) -> Result<Vec<Private<String>>> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let now_ms = tx.now_ms();
    own(&tx, staff).await?;
    let totp = factors::lock_totp(&tx, &staff.id)
        .await?
        .ok_or(Refusal::SecondFactorNone)?;
    if totp.confirmed_at_ms.is_some() {
        return Err(Refusal::SecondFactorExists.into());
    }
    let secret = unsealed(ctx, staff, &totp.secret_sealed)?;
    let step =
        code_step(&secret, code, now_ms, totp.last_step)?.ok_or(Refusal::SecondFactorWrong)?;
    factors::confirm_totp(&mut tx, &staff.id, step, now_ms).await?;
    store::sessions::proved(&mut tx, &staff.session, now_ms).await?;
    store::sessions::set_stage(&mut tx, &staff.session, Stage::Full).await?;
    let codes = first_recovery(ctx, &mut tx, staff).await?;
    let fact = SecondFactorAdded {
        staff: staff.id.as_str(),
        factor: Factor::Totp.as_str(),
    };
    ledger::commit(tx, Fact::of(&staff.id, &fact)?).await?;
    Ok(codes)
}

/// Recovery codes for whoever has none that can be used.
pub async fn first_recovery(ctx: &Ctx, tx: &mut Tx, staff: &Staff) -> Result<Vec<Private<String>>> {
    if factors::recovery_left(tx, &staff.id).await? > 0 {
        return Ok(vec![]);
    }
    make_recovery(ctx, tx, staff).await
}

/// Where no second factor is left, recovery codes stand for nothing, and whoever is asked for one sets one up again.
pub async fn clear_recovery(tx: &mut Tx, staff: &StaffId) -> Result<()> {
    let now_ms = tx.now_ms();
    if has_any(tx, staff).await? {
        return Ok(());
    }
    factors::set_recovery(tx, staff, vec![], now_ms).await?;
    ask_where_missing(tx, staff).await
}

/// Whoever is asked for a second factor by their rights and has none goes no further in any session before one is set up.
pub async fn ask_where_missing(tx: &mut Tx, staff: &StaffId) -> Result<()> {
    let Some(row) = store::staff::by_id(tx, staff).await? else {
        return Ok(());
    };
    let rule = settings(tx).await?.settings.second_factor;
    if rule.asks(&row.all_rights(tx).await?) && !has_any(tx, staff).await? {
        let institution = tx.seat().institution.clone();
        store::sessions::back_to_enrol(tx, &institution, staff).await?;
    }
    Ok(())
}

/// Replaces the recovery codes and says so; the codes are shown this once.
async fn make_recovery(ctx: &Ctx, tx: &mut Tx, staff: &Staff) -> Result<Vec<Private<String>>> {
    let (key, now_ms) = (key(ctx)?, tx.now_ms());
    let codes = fresh_recovery_codes(&ctx.random);
    let digests = codes
        .iter()
        .filter_map(|code| plain_recovery_code(code.expose()))
        .map(|plain| token::recovery_digest(&key, &staff.id, &plain))
        .collect();
    factors::set_recovery(tx, &staff.id, digests, now_ms).await?;
    let fact = RecoveryCodesMade {
        staff: staff.id.as_str(),
        count: i64::try_from(codes.len())?,
    };
    tx.record(Fact::of(&staff.id, &fact)?);
    Ok(codes)
}

/// Fresh recovery codes; the old ones no longer count.
pub async fn renew_recovery(ctx: &Ctx, staff: &Staff) -> Result<Vec<Private<String>>> {
    staff.must_have_proved(ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        own(&tx, staff).await?;
        if !has_any(&tx, &staff.id).await? {
            return Err(Refusal::SecondFactorNone.into());
        }
        let codes = make_recovery(ctx, &mut tx, staff).await?;
        ledger::commit_recorded(tx).await?;
        Ok(codes)
    })
    .await
}

/// Takes one's own authenticator away. Where the institution asks for one, the next sign-in asks to set it up again.
pub async fn remove_totp(ctx: &Ctx, staff: &Staff) -> Result<()> {
    staff.must_have_proved(ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        own(&tx, staff).await?;
        if factors::lock_totp(&tx, &staff.id).await?.is_none() {
            return Err(Refusal::SecondFactorNone.into());
        }
        remove_totp_in(&mut tx, &staff.id).await?;
        clear_recovery(&mut tx, &staff.id).await?;
        ledger::commit_recorded(tx).await
    })
    .await
}

/// Takes every second factor of a person away and says so.
pub async fn remove_all(tx: &mut Tx, staff: &StaffId) -> Result<()> {
    let now_ms = tx.now_ms();
    passkeys::remove_all(tx, staff).await?;
    remove_totp_in(tx, staff).await?;
    factors::set_recovery(tx, staff, vec![], now_ms).await
}

async fn remove_totp_in(tx: &mut Tx, staff: &StaffId) -> Result<()> {
    factors::remove_totp(tx, staff).await?;
    let fact = SecondFactorRemoved {
        staff: staff.as_str(),
        factor: Factor::Totp.as_str(),
    };
    tx.record(Fact::of(staff, &fact)?);
    Ok(())
}

/// Proves once more who they are: by a second factor where there is one, by the password where there is none.
pub async fn prove_again(ctx: &Ctx, staff: &Staff, given: &Given) -> Result<()> {
    let counted = token::guess_digest(Guess::SecondFactor, &staff.id);
    count_attempt(ctx, &counted).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = store::staff::by_id(&view, &staff.id)
        .await?
        .ok_or(Refusal::SessionEnded)?;
    drop(view);
    let by_password = match given {
        Given::Password(password) => password::verify(found.password_hash(), password).await?,
        _ => false,
    };
    let right = ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        let now_ms = tx.now_ms();
        let row = own(&tx, staff).await?;
        // A password alone proves nothing where there is a second factor.
        let by_password = by_password && row.is_still(&found) && !has_any(&tx, &staff.id).await?;
        let method = match check(ctx, &mut tx, staff, given).await? {
            Checked::Right(proof) => {
                if let Proof::Recovery { left } = proof {
                    tx.record(recovery_used(staff, left)?);
                }
                proof.factor().as_str()
            }
            _ if by_password => "password",
            wrong => {
                refuse(tx, staff, &wrong).await?;
                return Ok(false);
            }
        };
        store::sessions::proved(&mut tx, &staff.session, now_ms).await?;
        let fact = ProvedAgain {
            staff: staff.id.as_str(),
            session: staff.session.as_str(),
            method,
        };
        ledger::commit(tx, Fact::of(&staff.id, &fact)?).await?;
        Ok(true)
    })
    .await?;
    if !right {
        return Err(Refusal::SecondFactorWrong.into());
    }
    clear_attempts(ctx, &counted).await
}

/// How a member of staff's second factors stand.
#[derive(Clone, Debug)]
pub struct Standing {
    pub totp_since_ms: Option<i64>,
    pub recovery_left: i64,
    pub rule: SecondFactorRule,
    pub passkeys: Vec<Row>,
}

pub async fn standing(ctx: &Ctx, staff: &Staff) -> Result<Standing> {
    let view = ctx.db.read(&staff.institution).await?;
    let totp = factors::totp(&view, &staff.id).await?;
    Ok(Standing {
        totp_since_ms: totp.and_then(|totp| totp.confirmed_at_ms),
        recovery_left: factors::recovery_left(&view, &staff.id).await?,
        passkeys: store::passkeys::of_staff(&view, &staff.id).await?,
        rule: settings(&view).await?.settings.second_factor,
    })
}
