//! Passkeys: what browsers are asked, and what they answer.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::routes;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::session::{SignInView, answer};
use crate::access::actions::{passkeys, sign_in};
use crate::access::actor::{Halfway, Own};
use crate::access::model::PasskeyId;
use crate::access::session::Visitor;
use crate::access::store::passkeys::Row;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Path, Routes, Stranger, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(begin_adding))
        .routes(routes!(add))
        .routes(routes!(rename, remove))
        .routes(routes!(begin_proving))
        .routes(routes!(begin_second_step))
        .routes(routes!(begin_signing_in))
        .routes(routes!(sign_in_alone))
}

/// A passkey as its owner sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PasskeyView {
    id: String,
    name: String,
    /// The host it belongs to.
    site: String,
    added_at_ms: i64,
    last_used_ms: Option<i64>,
    /// A copy of it is suspected: it opens nothing any more.
    suspected: bool,
}

impl From<Row> for PasskeyView {
    fn from(row: Row) -> Self {
        Self {
            suspected: row.suspected_at_ms.is_some(),
            id: row.id,
            name: row.name,
            site: row.site,
            added_at_ms: row.added_at_ms,
            last_used_ms: row.last_used_ms,
        }
    }
}

/// What WebAuthn wants of the browser.
#[derive(Serialize, utoipa::ToSchema)]
struct CeremonyView {
    /// `{"publicKey":{…}}`, bytes in base64url.
    #[schema(value_type = Object)]
    options: Value,
}

fn asked(options: impl Serialize) -> Result<Json<CeremonyView>> {
    let options = serde_json::to_value(options)?;
    Ok(Json(CeremonyView { options }))
}

/// Begins to add a passkey to my account.
#[utoipa::path(post, path = "/api/console/account/passkeys/begin", responses((status = 200, body = CeremonyView)))]
async fn begin_adding(
    State(ctx): State<Ctx>,
    visitor: Visitor,
    Own(staff): Own,
) -> Result<Json<CeremonyView>> {
    asked(passkeys::begin_adding(&ctx, &staff, &visitor).await?)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasskeyMade)]
struct Made {
    /// What the owner calls it.
    name: String,
    /// The browser's `PublicKeyCredential`, bytes in base64url.
    #[schema(value_type = Object)]
    credential: RegisterPublicKeyCredential,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PasskeyAdded)]
struct Added {
    id: String,
    /// Recovery codes, shown this once: with the first second factor of all, else none.
    codes: Vec<String>,
}

/// Adds the passkey that the browser made.
#[utoipa::path(post, path = "/api/console/account/passkeys", request_body = Made, responses((status = 200, body = Added)))]
async fn add(
    State(ctx): State<Ctx>,
    Own(staff): Own,
    Body(body): Body<Made>,
) -> Result<Json<Added>> {
    let (id, codes) = passkeys::add(&ctx, &staff, body.name.trim(), &body.credential).await?;
    Ok(Json(Added {
        id: id.to_string(),
        codes: codes.iter().map(|code| code.expose().clone()).collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasskeyNaming)]
struct Naming {
    name: String,
}

/// Calls my passkey otherwise.
#[utoipa::path(post, path = "/api/console/account/passkeys/{id}", request_body = Naming, responses((status = 204)))]
async fn rename(
    State(ctx): State<Ctx>,
    Own(staff): Own,
    Path(id): Path<String>,
    Body(body): Body<Naming>,
) -> Result<Response> {
    passkeys::rename(&ctx, &staff, &PasskeyId::parse(&id)?, body.name.trim()).await?;
    Ok(no_content())
}

/// Removes my passkey.
#[utoipa::path(delete, path = "/api/console/account/passkeys/{id}", responses((status = 204)))]
async fn remove(
    State(ctx): State<Ctx>,
    Own(staff): Own,
    Path(id): Path<String>,
) -> Result<Response> {
    passkeys::remove(&ctx, &staff, &PasskeyId::parse(&id)?).await?;
    Ok(no_content())
}

/// Begins to prove by passkey once more who I am.
#[utoipa::path(post, path = "/api/console/account/proof/passkey", responses((status = 200, body = CeremonyView)))]
async fn begin_proving(
    State(ctx): State<Ctx>,
    visitor: Visitor,
    Own(staff): Own,
) -> Result<Json<CeremonyView>> {
    asked(passkeys::begin_proving(&ctx, &staff, &visitor).await?)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasskeySignInBegin)]
struct Begin {
    /// The institution's code.
    institution: String,
}

/// What the browser is asked, and by which id it answers.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PasskeySignInAsked)]
struct SignInAsked {
    ceremony: String,
    /// `{"publicKey":{…}}`, bytes in base64url.
    #[schema(value_type = Object)]
    options: Value,
}

/// Begins to sign in by a passkey alone.
#[utoipa::path(post, path = "/api/console/session/passkey/begin", request_body = Begin, responses((status = 200, body = SignInAsked)), security(()))]
async fn begin_signing_in(
    State(ctx): State<Ctx>,
    _: Stranger,
    visitor: Visitor,
    Body(body): Body<Begin>,
) -> Result<Json<SignInAsked>> {
    let (ceremony, options) = sign_in::begin_by_passkey(&ctx, &visitor, &body.institution).await?;
    Ok(Json(SignInAsked {
        ceremony,
        options: serde_json::to_value(options)?,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasskeySignIn)]
struct SignIn {
    institution: String,
    ceremony: String,
    /// The browser's `PublicKeyCredential`, bytes in base64url.
    #[schema(value_type = Object)]
    passkey: Box<PublicKeyCredential>,
}

/// Signs in by a passkey alone.
#[utoipa::path(post, path = "/api/console/session/passkey", request_body = SignIn, responses((status = 200, body = SignInView)), security(()))]
async fn sign_in_alone(
    State(ctx): State<Ctx>,
    _: Stranger,
    visitor: Visitor,
    Body(body): Body<SignIn>,
) -> Result<Response> {
    let given = (body.ceremony.as_str(), &*body.passkey);
    let entered = sign_in::by_passkey(&ctx, &visitor, &body.institution, given).await?;
    answer(&ctx, entered).await
}

/// Begins the second step of signing in by passkey.
#[utoipa::path(post, path = "/api/console/session/second-factor/passkey", responses((status = 200, body = CeremonyView)))]
async fn begin_second_step(
    State(ctx): State<Ctx>,
    visitor: Visitor,
    Halfway(half): Halfway,
) -> Result<Json<CeremonyView>> {
    asked(passkeys::begin_proving(&ctx, &half, &visitor).await?)
}
