//! My account: password, authenticator app, recovery codes, sessions.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::passkeys::PasskeyView;
use super::session::ProofRequest;
use crate::access::Staff;
use crate::access::actions::{account, factors};
use crate::access::actor::Own;
use crate::access::model::{SecondFactorRule, SessionId, Stage};
use crate::access::store::sessions::Shown;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Path, Routes, no_content};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show))
        .routes(routes!(prove))
        .routes(routes!(password))
        .routes(routes!(begin_totp, remove_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(renew_recovery))
        .routes(routes!(sessions))
        .routes(routes!(end_session))
        .routes(routes!(end_others))
}

#[derive(Serialize, utoipa::ToSchema)]
struct AccountView {
    name: String,
    account: String,
    badge: String,
    stage: Stage,
    /// Whom the institution asks for a second factor.
    second_factor_rule: SecondFactorRule,
    totp_since_ms: Option<i64>,
    recovery_codes_left: i64,
    passkeys: Vec<PasskeyView>,
}

/// My account.
#[utoipa::path(get, path = "/api/console/account", responses((status = 200, body = AccountView)))]
async fn show(State(ctx): State<Ctx>, Own(staff): Own) -> Result<Json<AccountView>> {
    let standing = factors::standing(&ctx, &staff).await?;
    Ok(Json(AccountView {
        name: staff.name,
        account: staff.account,
        badge: staff.badge,
        stage: staff.stage,
        second_factor_rule: standing.rule,
        totp_since_ms: standing.totp_since_ms,
        recovery_codes_left: standing.recovery_left,
        passkeys: standing.passkeys.into_iter().map(Into::into).collect(),
    }))
}

/// Proves once more who they are; good for five minutes.
#[utoipa::path(post, path = "/api/console/account/proof", request_body = ProofRequest, responses((status = 204)))]
async fn prove(
    State(ctx): State<Ctx>,
    Own(staff): Own,
    Body(body): Body<ProofRequest>,
) -> Result<Response> {
    factors::prove_again(&ctx, &staff, &body.given()?).await?;
    Ok(no_content())
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    current: Private<String>,
    password: Private<String>,
}

/// Changes my password; my other sessions end.
#[utoipa::path(post, path = "/api/console/account/password", request_body = PasswordRequest, responses((status = 204)))]
async fn password(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(body): Body<PasswordRequest>,
) -> Result<Response> {
    account::change_password(&ctx, &staff, &body.current, &body.password).await?;
    Ok(no_content())
}

#[derive(Serialize, utoipa::ToSchema)]
struct EnrolmentView {
    /// `otpauth://…`, for typing the secret in by hand.
    uri: String,
    /// The same as a picture, SVG.
    picture: String,
}

/// Begins to set up an authenticator app.
#[utoipa::path(post, path = "/api/console/account/totp", responses((status = 200, body = EnrolmentView)))]
async fn begin_totp(State(ctx): State<Ctx>, Own(staff): Own) -> Result<Json<EnrolmentView>> {
    let enrolment = factors::begin_totp(&ctx, &staff).await?;
    Ok(Json(EnrolmentView {
        uri: enrolment.uri.expose().clone(),
        picture: enrolment.picture.expose().clone(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstCode {
    code: Private<String>,
}

/// Shown once.
#[derive(Serialize, utoipa::ToSchema)]
struct RecoveryView {
    codes: Vec<String>,
}

impl RecoveryView {
    fn of(codes: Vec<Private<String>>) -> Self {
        Self {
            codes: codes.iter().map(|code| code.expose().clone()).collect(),
        }
    }
}

/// The first code of a new authenticator; answers recovery codes, this once.
#[utoipa::path(post, path = "/api/console/account/totp/confirm", request_body = FirstCode, responses((status = 200, body = RecoveryView)))]
async fn confirm_totp(
    State(ctx): State<Ctx>,
    Own(staff): Own,
    Body(body): Body<FirstCode>,
) -> Result<Json<RecoveryView>> {
    let codes = factors::confirm_totp(&ctx, &staff, body.code.expose()).await?;
    Ok(Json(RecoveryView::of(codes)))
}

/// Removes my authenticator.
#[utoipa::path(delete, path = "/api/console/account/totp", responses((status = 204)))]
async fn remove_totp(State(ctx): State<Ctx>, staff: Staff) -> Result<Response> {
    factors::remove_totp(&ctx, &staff).await?;
    Ok(no_content())
}

/// Fresh recovery codes; the old ones no longer count.
#[utoipa::path(post, path = "/api/console/account/recovery-codes", responses((status = 200, body = RecoveryView)))]
async fn renew_recovery(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<RecoveryView>> {
    let codes = factors::renew_recovery(&ctx, &staff).await?;
    Ok(Json(RecoveryView::of(codes)))
}

/// A signed-in browser.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionView {
    id: String,
    /// Browser and system in words; empty when unknown.
    device: String,
    /// The address's network; the rest of it isn't kept.
    network: String,
    method: String,
    /// No earlier sign-in came from this device and network.
    elsewhere: bool,
    /// The reader's own.
    current: bool,
    created_at_ms: i64,
    last_seen_ms: i64,
}

impl SessionView {
    pub fn of(shown: Shown, reader: &Staff) -> Self {
        Self {
            current: shown.id == reader.session.as_str(),
            elsewhere: shown.elsewhere != 0,
            id: shown.id,
            device: shown.device,
            network: shown.network,
            method: shown.method,
            created_at_ms: shown.created_at_ms,
            last_seen_ms: shown.last_seen_ms,
        }
    }
}

/// A list that is never longer than one page.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionsView {
    rows: Vec<SessionView>,
}

impl SessionsView {
    pub fn of(shown: Vec<Shown>, reader: &Staff) -> Self {
        let rows = shown.into_iter();
        Self {
            rows: rows.map(|one| SessionView::of(one, reader)).collect(),
        }
    }
}

/// Where I am signed in.
#[utoipa::path(get, path = "/api/console/account/sessions", responses((status = 200, body = SessionsView)))]
async fn sessions(State(ctx): State<Ctx>, Own(staff): Own) -> Result<Json<SessionsView>> {
    let shown = account::sessions_of(&ctx, &staff, &staff.id).await?;
    Ok(Json(SessionsView::of(shown, &staff)))
}

/// Ends one of my sessions.
#[utoipa::path(delete, path = "/api/console/account/sessions/{id}", responses((status = 204)))]
async fn end_session(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response> {
    account::end_own(&ctx, &staff, &SessionId::parse(&id)?).await?;
    Ok(no_content())
}

/// Ends all my sessions but this one.
#[utoipa::path(post, path = "/api/console/account/sessions/end-others", responses((status = 204)))]
async fn end_others(State(ctx): State<Ctx>, staff: Staff) -> Result<Response> {
    account::end_others(&ctx, &staff).await?;
    Ok(no_content())
}
