//! The invitation as its holder meets it: who is invited, and the password they choose.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::session;
use crate::access::actions::invitations::{accept, find};
use crate::access::session::Visitor;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes, Stranger};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show))
        .routes(routes!(set_password))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationRequest {
    token: Private<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct InvitationView {
    institution: String,
    institution_code: String,
    name: String,
    account: String,
    expires_at_ms: i64,
}

/// Who is invited, by the token of a link.
#[utoipa::path(post, path = "/api/console/invitation", request_body = InvitationRequest, responses((status = 200, body = InvitationView)), security(()))]
async fn show(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(body): Body<InvitationRequest>,
) -> Result<Json<InvitationView>> {
    let found = find(&ctx, body.token.expose()).await?;
    Ok(Json(InvitationView {
        institution: found.lender.name,
        institution_code: found.lender.code,
        name: found.row.name,
        account: found.row.account,
        expires_at_ms: found.expires_at_ms,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptRequest {
    token: Private<String>,
    password: Private<String>,
}

/// Sets a password by a link, once, and signs in.
#[utoipa::path(post, path = "/api/console/invitation/accept", request_body = AcceptRequest, responses((status = 200, body = session::SignInView)), security(()))]
async fn set_password(
    State(ctx): State<Ctx>,
    _: Stranger,
    visitor: Visitor,
    Body(body): Body<AcceptRequest>,
) -> Result<Response> {
    let entered = accept(&ctx, &visitor, body.token.expose(), &body.password).await?;
    session::answer(&ctx, entered).await
}
