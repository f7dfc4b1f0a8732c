//! Signing in and out of the console.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::model::{Institution, Right};
use crate::access::session::{STAFF_COOKIE, STAFF_PATH};
use crate::access::{Staff, institution, sign_in, sign_out};
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes, Stranger, no_content, set_cookie};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(begin_session, show_session, end_session))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    institution: String,
    account: String,
    password: Private<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct StaffView {
    id: String,
    name: String,
    account: String,
    badge: String,
    institution: StaffInstitution,
    rights: Vec<&'static str>,
    demo: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct StaffInstitution {
    id: String,
    code: String,
    name: String,
    short_name: String,
}

/// Signs in.
#[utoipa::path(post, path = "/api/console/session", request_body = SignIn, responses((status = 200, body = StaffView)), security(()))]
async fn begin_session(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(body): Body<SignIn>,
) -> Result<Response> {
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

/// Who is signed in.
#[utoipa::path(get, path = "/api/console/session", responses((status = 200, body = StaffView)))]
async fn show_session(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<StaffView>> {
    Ok(Json(staff_view(&ctx, staff).await?))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/console/session", responses((status = 204)))]
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
