//! The wire of access: signing in and out, the borrower's link before its code, the demo's outbox.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::actions::codes::{self, CodeSent};
use super::actions::links::resolve;
use super::model::{Institution, LinkState, Right};
use super::session::{CUSTOMER_COOKIE, CUSTOMER_PATH, STAFF_COOKIE, STAFF_PATH, leave};
use super::{Customer, Staff, institution, sign_in, sign_out};
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Body, PageView, Paging, Query, no_content, set_cookie};
use crate::vault::{self, Private};
use crate::{http, notify};

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route(
            "/api/console/session",
            post(begin_session).get(show_session).delete(end_session),
        )
        .route("/api/console/outbox", get(outbox))
        .route("/api/h5/link", post(show_link))
        .route("/api/h5/link/code", post(ask_code))
        .route("/api/h5/leave", post(leave_h5))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    institution: String,
    account: String,
    password: Private<String>,
}

#[derive(Serialize)]
struct StaffView {
    id: String,
    name: String,
    account: String,
    badge: String,
    institution: StaffInstitution,
    rights: Vec<&'static str>,
    demo: bool,
}

#[derive(Serialize)]
struct StaffInstitution {
    id: String,
    code: String,
    name: String,
    short_name: String,
}

async fn begin_session(State(ctx): State<Ctx>, Body(body): Body<SignIn>) -> Result<Response> {
    let (staff, token) = sign_in(&ctx, &body.institution, &body.account, &body.password).await?;
    let mut response = Json(staff_view(&ctx, staff).await?).into_response();
    set_cookie(
        &ctx,
        &mut response,
        STAFF_COOKIE,
        token.expose(),
        STAFF_PATH,
    )?;
    Ok(response)
}

async fn show_session(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<StaffView>> {
    Ok(Json(staff_view(&ctx, staff).await?))
}

async fn end_session(State(ctx): State<Ctx>, staff: Staff) -> Result<Response> {
    sign_out(&ctx, &staff).await?;
    let mut response = no_content();
    set_cookie(&ctx, &mut response, STAFF_COOKIE, "", STAFF_PATH)?;
    Ok(response)
}

async fn staff_view(ctx: &Ctx, staff: Staff) -> Result<StaffView> {
    let view = ctx.db.read(&staff.institution).await?;
    let Institution {
        id,
        code,
        name,
        short_name,
        ..
    } = institution(&view, &staff.institution).await?;
    Ok(StaffView {
        id: staff.id.to_string(),
        name: staff.name,
        account: staff.account,
        badge: staff.badge,
        institution: StaffInstitution {
            id: id.to_string(),
            code,
            name,
            short_name,
        },
        rights: staff.rights.into_iter().map(Right::as_str).collect(),
        demo: ctx.config.server.mode == Mode::Demo,
    })
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

#[derive(Serialize)]
struct MessageView {
    id: String,
    at_ms: i64,
    to_masked: String,
    template: String,
    text: String,
    journey_id: Option<String>,
}

/// The demo's sent messages; elsewhere there is no such page, because they show codes.
async fn outbox(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
) -> Result<Json<http::PageView<MessageView>>> {
    if ctx.config.server.mode != Mode::Demo {
        return Err(Error::not_found());
    }
    staff.must(Right::ViewOutbox)?;
    let page = notify::kept(&ctx, &staff.institution, paging.after(), paging.limit()?).await?;
    Ok(Json(PageView::from(page.map(|kept| MessageView {
        id: kept.id,
        at_ms: kept.at_ms,
        to_masked: kept.to_masked,
        template: kept.template,
        text: kept.text,
        journey_id: Some(kept.case_id).filter(|case| case.starts_with("jny_")),
    }))))
}
