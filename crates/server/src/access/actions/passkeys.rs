//! Passkeys of a member of staff: added, given to sign in, as second factor or as proof, named, removed.

use url::Url;
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, CredentialID, DiscoverableAuthentication,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Uuid, Webauthn, WebauthnBuilder, WebauthnError, WebauthnResult,
};

use super::account::own;
use super::factors::{Checked, Proof, clear_recovery, first_recovery};
use super::settings::settings;
use super::sign_in::refused_factor;
use crate::access::Staff;
use crate::access::facts::{PasskeyRemoved, SecondFactorAdded};
use crate::access::model::{
    Ceremony, Factor, PASSKEYS_MAX, PasskeyId, StaffId, Stage, filled, passkey_site,
};
use crate::access::refusal::Refusal;
use crate::access::session::Visitor;
use crate::access::store::passkeys::{self, New, Row};
use crate::access::store::sessions;
use crate::ctx::Ctx;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::id::{self, InstitutionId};
use crate::ledger::{self, Fact, Tx};
use crate::vault::Private;

/// As browsers show it.
const HOUSE: &str = "Xiaobao 消保";

fn at(site: &Url) -> Result<Webauthn> {
    let host = site.host_str().ok_or(Refusal::PasskeyNoSite)?;
    WebauthnBuilder::new(host, site)
        .and_then(|builder| builder.rp_name(HOUSE).build())
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

async fn site_of(ctx: &Ctx, view: &impl Read, visitor: &Visitor) -> Result<Url> {
    let own = settings(view).await?.settings.own_domain;
    passkey_site(visitor.host(), own.as_deref(), &ctx.config.public_url())
        .ok_or_else(|| Refusal::PasskeyNoSite.into())
}

/// Who a device takes someone for: lasting, and nothing but a digest.
fn handle(institution: &InstitutionId, staff: &StaffId) -> Uuid {
    let words = format!("xiaobao/passkey/v1 {institution} {staff}");
    let digest = proof::digest::sha256(words.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(half)
}

/// Those that can be given: no copy of them is suspected.
pub async fn sound(view: &impl Read, staff: &StaffId) -> Result<Vec<Row>> {
    let mut known = passkeys::of_staff(view, staff).await?;
    known.retain(|row| row.suspected_at_ms.is_none());
    Ok(known)
}

/// What a browser needs to make a passkey.
pub async fn begin_adding(
    ctx: &Ctx,
    staff: &Staff,
    visitor: &Visitor,
) -> Result<CreationChallengeResponse> {
    let now_ms = ctx.clock.now_ms();
    staff.must_have_proved(now_ms)?;
    let mut tx = ctx
        .db
        .begin_unrecorded(
            &staff.institution,
            "a browser was asked and did nothing yet",
        )
        .await?;
    own(&tx, staff).await?;
    let site = site_of(ctx, &tx, visitor).await?;
    let known = passkeys::of_staff(&tx, &staff.id).await?;
    if known.len() >= PASSKEYS_MAX {
        return Err(Refusal::PasskeysTooMany.into());
    }
    let known = known
        .into_iter()
        .map(|row| CredentialID::from(row.credential));
    let (mut options, state) = at(&site)?
        .start_passkey_registration(
            handle(&staff.institution, &staff.id),
            &staff.account,
            &staff.name,
            Some(known.collect()),
        )
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    if let Some(wanted) = &mut options.public_key.authenticator_selection {
        // Kept on the device where it has room, so that it can be given without a name.
        wanted.resident_key = Some(serde_json::from_value("preferred".into())?);
    }
    let state = serde_json::to_string(&state)?;
    let held = (site.as_str(), state.as_str());
    let whose = staff.session.as_str();
    passkeys::begin(&mut tx, whose, Ceremony::Add, held, now_ms).await?;
    tx.commit().await?;
    Ok(options)
}

/// Keeps the passkey that a browser made; the first second factor of all comes with recovery codes.
pub async fn add(
    ctx: &Ctx,
    staff: &Staff,
    name: &str,
    made: &RegisterPublicKeyCredential,
) -> Result<(PasskeyId, Vec<Private<String>>)> {
    must_be_name(name)?;
    ledger::retrying(|| add_once(ctx, staff, name, made))
        .await?
        .ok_or_else(|| Refusal::SecondFactorWrong.into())
}

fn must_be_name(name: &str) -> Result<()> {
    if filled(name, 50) {
        return Ok(());
    }
    let (zh, en) = ("必填，且不能过长。", "Required, and not too long.");
    Err(Error::field("name", "text_length", zh, en))
}

async fn add_once(
    ctx: &Ctx,
    staff: &Staff,
    name: &str,
    made: &RegisterPublicKeyCredential,
) -> Result<Option<(PasskeyId, Vec<Private<String>>)>> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let now_ms = tx.now_ms();
    own(&tx, staff).await?;
    let held = passkeys::take(&mut tx, staff.session.as_str(), Ceremony::Add, now_ms)
        .await?
        .ok_or(Refusal::PasskeyTooLate)?;
    let state: PasskeyRegistration = serde_json::from_str(&held.state)?;
    let site = Url::parse(&held.site).map_err(|cause| Error::Internal(Box::new(cause)))?;
    let Ok(passkey) = at(&site)?.finish_passkey_registration(made, &state) else {
        ledger::commit(tx, refused_factor(staff)?).await?;
        return Ok(None);
    };
    let id = PasskeyId::fresh(now_ms, &ctx.random);
    let new = New {
        id: &id,
        name,
        site: site.host_str().ok_or(Refusal::PasskeyNoSite)?,
        passkey: &passkey,
    };
    if !passkeys::insert(&mut tx, &staff.id, new, now_ms).await? {
        return Err(Refusal::SecondFactorExists.into());
    }
    sessions::proved(&mut tx, &staff.session, now_ms).await?;
    sessions::set_stage(&mut tx, &staff.session, Stage::Full).await?;
    let codes = first_recovery(ctx, &mut tx, staff).await?;
    let fact = SecondFactorAdded {
        staff: staff.id.as_str(),
        factor: Factor::Passkey.as_str(),
    };
    ledger::commit(tx, Fact::of(&staff.id, &fact)?).await?;
    Ok(Some((id, codes)))
}

/// What a browser needs to give a passkey, as second step or to prove once more.
pub async fn begin_proving(
    ctx: &Ctx,
    staff: &Staff,
    visitor: &Visitor,
) -> Result<RequestChallengeResponse> {
    let mut tx = ctx
        .db
        .begin_unrecorded(
            &staff.institution,
            "a browser was asked and did nothing yet",
        )
        .await?;
    let site = site_of(ctx, &tx, visitor).await?;
    let here = sound(&tx, &staff.id).await?.into_iter();
    let here = here.filter(|row| Some(row.site.as_str()) == site.host_str());
    let here: Vec<_> = here.map(|row| row.passkey()).collect::<Result<_>>()?;
    if here.is_empty() {
        return Err(Refusal::PasskeyNoneHere.into());
    }
    let (options, state) = at(&site)?
        .start_passkey_authentication(&here)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let state = serde_json::to_string(&state)?;
    let held = (site.as_str(), state.as_str());
    let now_ms = ctx.clock.now_ms();
    let whose = staff.session.as_str();
    passkeys::begin(&mut tx, whose, Ceremony::Prove, held, now_ms).await?;
    tx.commit().await?;
    Ok(options)
}

/// What a browser needs to find a passkey of an institution's staff by itself, before anyone is known, and the id by which
/// it answers: no secret, for only a signature opens.
pub async fn begin_signing_in(
    ctx: &Ctx,
    visitor: &Visitor,
    institution: &InstitutionId,
) -> Result<(String, RequestChallengeResponse)> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "a browser was asked and did nothing yet")
        .await?;
    let site = site_of(ctx, &tx, visitor).await?;
    let (options, state) = at(&site)?
        .start_discoverable_authentication()
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let state = serde_json::to_string(&state)?;
    let held = (site.as_str(), state.as_str());
    let now_ms = ctx.clock.now_ms();
    let id = format!("cer_{}", id::body(now_ms, &ctx.random));
    passkeys::begin(&mut tx, &id, Ceremony::SignIn, held, now_ms).await?;
    tx.commit().await?;
    Ok((id, options))
}

/// Checks what a browser of a known person signed.
pub async fn check(
    ctx: &Ctx,
    tx: &mut impl Write,
    staff: &Staff,
    given: &PublicKeyCredential,
) -> Result<Checked> {
    let (now_ms, whose) = (ctx.clock.now_ms(), staff.session.as_str());
    let Some(held) = passkeys::take(tx, whose, Ceremony::Prove, now_ms).await? else {
        return Ok(Checked::Wrong);
    };
    let state: PasskeyAuthentication = serde_json::from_str(&held.state)?;
    checked(ctx, tx, &staff.id, given, &held.site, |here, _| {
        Ok(here.finish_passkey_authentication(given, &state))
    })
    .await
}

/// Checks what a browser signed of whom nothing else is known: the device made sure of the person and names them.
pub async fn check_alone(
    ctx: &Ctx,
    tx: &mut impl Write,
    staff: &StaffId,
    ceremony: &str,
    given: &PublicKeyCredential,
) -> Result<Checked> {
    let now_ms = ctx.clock.now_ms();
    let Some(held) = passkeys::take(tx, ceremony, Ceremony::SignIn, now_ms).await? else {
        return Ok(Checked::Wrong);
    };
    let expected = handle(tx.institution()?, staff);
    let state: DiscoverableAuthentication = serde_json::from_str(&held.state)?;
    checked(ctx, tx, staff, given, &held.site, |here, row| {
        let (named, _) = match here.identify_discoverable_authentication(given) {
            Ok(named) => named,
            Err(cause) => return Ok(Err(cause)),
        };
        if named != expected {
            return Ok(Err(WebauthnError::InvalidUserUniqueId));
        }
        Ok(here.finish_discoverable_authentication_v2(given, state, &row.passkey()?))
    })
    .await
}

/// Checks a signature as its ceremony does. A device that counted backwards was copied: it opens nothing from then on.
async fn checked(
    ctx: &Ctx,
    tx: &mut impl Write,
    staff: &StaffId,
    given: &PublicKeyCredential,
    site: &str,
    finish: impl FnOnce(&Webauthn, &Row) -> Result<WebauthnResult<AuthenticationResult>>,
) -> Result<Checked> {
    let now_ms = ctx.clock.now_ms();
    let row = passkeys::lock(tx, staff, &given.raw_id).await?;
    let Some(row) = row.filter(|row| row.suspected_at_ms.is_none()) else {
        return Ok(Checked::Wrong);
    };
    let site = Url::parse(site).map_err(|cause| Error::Internal(Box::new(cause)))?;
    let counted = match finish(&at(&site)?, &row)? {
        Ok(result) => {
            let mut passkey = row.passkey()?;
            passkey.update_credential(&result);
            let counter = i64::from(result.counter());
            // The ceremony knew the counter of its beginning; another may have ended meanwhile.
            (counter == 0 && row.counter == 0 || counter > row.counter)
                .then_some((passkey, counter))
        }
        Err(WebauthnError::CredentialPossibleCompromise) => None,
        Err(_) => return Ok(Checked::Wrong),
    };
    match counted {
        Some((passkey, counter)) => {
            passkeys::used(tx, &row.id, &passkey, counter, now_ms).await?;
            Ok(Checked::Right(Proof::Passkey))
        }
        None => {
            passkeys::suspect(tx, &row.id, now_ms).await?;
            Ok(Checked::Copied(PasskeyId::stored(row.id)))
        }
    }
}

/// Calls one's passkey otherwise; that is nobody's evidence.
pub async fn rename(ctx: &Ctx, staff: &Staff, id: &PasskeyId, name: &str) -> Result<()> {
    must_be_name(name)?;
    let mut tx = ctx
        .db
        .begin_unrecorded(
            &staff.institution,
            "a passkey's name is for its owner alone",
        )
        .await?;
    if !passkeys::rename(&mut tx, &staff.id, id, name).await? {
        return Err(Error::not_found());
    }
    tx.commit().await
}

/// Takes one's own passkey away.
pub async fn remove(ctx: &Ctx, staff: &Staff, id: &PasskeyId) -> Result<()> {
    staff.must_have_proved(ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        own(&tx, staff).await?;
        remove_in(&mut tx, &staff.id, id).await?;
        clear_recovery(&mut tx, &staff.id).await?;
        ledger::commit_recorded(tx).await
    })
    .await
}

async fn remove_in(tx: &mut Tx, staff: &StaffId, id: &PasskeyId) -> Result<()> {
    if !passkeys::remove(tx, staff, id).await? {
        return Err(Error::not_found());
    }
    let fact = PasskeyRemoved {
        staff: staff.as_str(),
        passkey: id.as_str(),
    };
    tx.record(Fact::of(staff, &fact)?);
    Ok(())
}

/// Takes every passkey of a person away.
pub async fn remove_all(tx: &mut Tx, staff: &StaffId) -> Result<()> {
    for row in passkeys::of_staff(tx, staff).await? {
        remove_in(tx, staff, &PasskeyId::stored(row.id)).await?;
    }
    Ok(())
}
