//! Signing in with the institution's own provider.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::session::{SignInView, answer};
use crate::access::actions::oidc;
use crate::access::model::{OidcProvider, Right};
use crate::access::refusal::Refusal;
use crate::access::session::{STAFF_PATH, Visitor};
use crate::access::{Staff, store};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes, Stranger, cookie, no_content, set_cookie};
use crate::vault::Private;

/// What a browser keeps while its person is at the provider.
const ATTEMPT_COOKIE: &str = "xb_provider";

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(begin))
        .routes(routes!(finish))
        .routes(routes!(show, set, remove))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProviderSignIn)]
struct Begin {
    /// The institution's code.
    institution: String,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ProviderWay)]
struct WayView {
    /// Where the browser goes.
    location: String,
}

/// Begins to sign in with the institution's provider.
#[utoipa::path(post, path = "/api/console/session/provider", request_body = Begin, responses((status = 200, body = WayView)), security(()))]
async fn begin(State(ctx): State<Ctx>, _: Stranger, Body(body): Body<Begin>) -> Result<Response> {
    let way = oidc::begin_signing_in(&ctx, &body.institution).await?;
    let view = WayView {
        location: way.location,
    };
    let mut response = Json(view).into_response();
    set_cookie(
        &ctx,
        &mut response,
        ATTEMPT_COOKIE,
        way.attempt.expose(),
        STAFF_PATH,
    )?;
    Ok(response)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProviderReturn)]
struct Finish {
    code: Private<String>,
    state: Private<String>,
}

/// Comes back from the provider, in the browser that went there.
#[utoipa::path(post, path = "/api/console/session/provider/finish", request_body = Finish, responses((status = 200, body = SignInView)), security(()))]
async fn finish(
    State(ctx): State<Ctx>,
    _: Stranger,
    visitor: Visitor,
    headers: HeaderMap,
    Body(body): Body<Finish>,
) -> Result<Response> {
    let attempt = cookie(&ctx, &headers, ATTEMPT_COOKIE).ok_or(Refusal::ProviderTooLate)?;
    let said = (&body.code, &body.state);
    let entered = oidc::finish_signing_in(&ctx, &visitor, &Private::new(attempt), said).await?;
    let mut response = answer(&ctx, entered).await?;
    set_cookie(&ctx, &mut response, ATTEMPT_COOKIE, "", STAFF_PATH)?;
    Ok(response)
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SignInProvider)]
struct ProviderView {
    provider: Option<OidcProvider>,
    /// The address to tell the provider: people come back to it.
    redirect_uri: String,
}

/// Who says who the institution's staff are, beside their passwords.
#[utoipa::path(get, path = "/api/console/sign-in-provider", responses((status = 200, body = ProviderView)))]
async fn show(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<ProviderView>> {
    staff.must(Right::ViewSettings)?;
    let view = ctx.db.read(&staff.institution).await?;
    let stored = store::oidc::find(&view).await?;
    Ok(Json(ProviderView {
        provider: stored.map(|stored| stored.provider),
        redirect_uri: oidc::redirect_uri(&ctx, &view).await?,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProviderChange)]
struct Change {
    provider: OidcProvider,
    /// Of our client there; left out it stays as it is.
    secret: Option<Private<String>>,
}

/// What waits for a second person.
#[derive(Serialize, utoipa::ToSchema)]
struct ProposedView {
    loosening: String,
}

/// Proposes a provider that says who the staff are; a second person agrees.
#[utoipa::path(put, path = "/api/console/sign-in-provider", request_body = Change, responses((status = 200, body = ProposedView)))]
async fn set(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(body): Body<Change>,
) -> Result<Json<ProposedView>> {
    let secret = body.secret.as_ref();
    let id = oidc::propose_provider(&ctx, &staff, &body.provider, secret).await?;
    Ok(Json(ProposedView {
        loosening: id.to_string(),
    }))
}

/// No provider: passwords only.
#[utoipa::path(delete, path = "/api/console/sign-in-provider", responses((status = 204)))]
async fn remove(State(ctx): State<Ctx>, staff: Staff) -> Result<Response> {
    oidc::remove_provider(&ctx, &staff).await?;
    Ok(no_content())
}
