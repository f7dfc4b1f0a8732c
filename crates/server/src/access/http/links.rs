//! The borrower's link before its code, and leaving.

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::access::actions::codes::{self, CodeSent};
use crate::access::actions::links::resolve;
use crate::access::model::LinkState;
use crate::access::session::{CUSTOMER_COOKIE, CUSTOMER_PATH, leave};
use crate::access::{Customer, institution};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, no_content, set_cookie};
use crate::vault::{self, Private};

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/api/h5/link", post(show_link))
        .route("/api/h5/link/code", post(ask_code))
        .route("/api/h5/leave", post(leave_h5))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    token: Private<String>,
}

#[derive(Serialize)]
struct LinkView {
    institution: LinkInstitution,
    phone_masked: String,
    state: LinkState,
    code_wait_ms: i64,
    expires_at_ms: i64,
}

#[derive(Serialize)]
struct LinkInstitution {
    name: String,
    short_name: String,
    hotline: String,
}

async fn show_link(State(ctx): State<Ctx>, Body(body): Body<Token>) -> Result<Json<LinkView>> {
    let link = resolve(&ctx, body.token.expose()).await?;
    let view = ctx.db.read(&link.institution).await?;
    let lender = institution(&view, &link.institution).await?;
    let subject = vault::subject(&ctx, &view, &link.subject).await?;
    Ok(Json(LinkView {
        institution: LinkInstitution {
            name: lender.name,
            short_name: lender.short_name,
            hotline: lender.hotline,
        },
        phone_masked: subject.phone_masked,
        state: link.state(ctx.clock.now_ms()),
        code_wait_ms: codes::wait_ms(&ctx, &view, &link).await?,
        expires_at_ms: link.expires_at_ms,
    }))
}

async fn ask_code(State(ctx): State<Ctx>, Body(body): Body<Token>) -> Result<Json<CodeSent>> {
    Ok(Json(codes::send_code(&ctx, body.token.expose()).await?))
}

async fn leave_h5(State(ctx): State<Ctx>, customer: Customer) -> Result<Response> {
    leave(&ctx, &customer).await?;
    let mut response = no_content();
    set_cookie(&ctx, &mut response, CUSTOMER_COOKIE, "", CUSTOMER_PATH)?;
    Ok(response)
}
