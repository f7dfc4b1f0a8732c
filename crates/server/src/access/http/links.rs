//! The borrower's link before its code, and leaving.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::actions::codes::{self, CodeSent};
use crate::access::actions::links::resolve;
use crate::access::actor::Inside;
use crate::access::model::LinkState;
use crate::access::session::{CUSTOMER_COOKIE, CUSTOMER_PATH, leave};
use crate::access::{RightsHolder, institution};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes, Stranger, no_content, set_cookie};
use crate::vault::{self, Private};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show_link))
        .routes(routes!(ask_code))
        .routes(routes!(leave_h5))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkToken {
    token: Private<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct OpenedLink {
    institution: LinkInstitution,
    phone_masked: String,
    state: LinkState,
    code_wait_ms: i64,
    expires_at_ms: i64,
    /// Whether this browser's session is of this very link's case: nobody carries on with another one by it.
    inside: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct LinkInstitution {
    code: String,
    name: String,
    short_name: String,
    hotline: String,
}

/// What the page may show before the code.
#[utoipa::path(post, path = "/api/h5/link", request_body = LinkToken, responses((status = 200, body = OpenedLink)), security(()))]
async fn show_link(
    State(ctx): State<Ctx>,
    _: Stranger,
    Inside(inside): Inside,
    Body(body): Body<LinkToken>,
) -> Result<Json<OpenedLink>> {
    let link = resolve(&ctx, body.token.expose()).await?;
    let view = ctx.db.read(&link.institution).await?;
    let lender = institution(&view, &link.institution).await?;
    let subject = vault::subject_in(&ctx, &view, &link.subject, &link.case).await?;
    Ok(Json(OpenedLink {
        institution: LinkInstitution {
            code: lender.code,
            name: lender.name,
            short_name: lender.short_name,
            hotline: lender.hotline,
        },
        phone_masked: subject.phone_masked,
        state: link.state(ctx.clock.now_ms()),
        code_wait_ms: codes::wait_ms(&ctx, &view, &link).await?,
        expires_at_ms: link.expires_at_ms,
        inside: inside
            .is_some_and(|one| one.institution == link.institution && one.case == link.case),
    }))
}

/// Sends a code to the person's own phone.
#[utoipa::path(post, path = "/api/h5/link/code", request_body = LinkToken, responses((status = 200, body = CodeSent)), security(()))]
async fn ask_code(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(body): Body<LinkToken>,
) -> Result<Json<CodeSent>> {
    Ok(Json(codes::send_code(&ctx, body.token.expose()).await?))
}

/// Ends the borrower's session.
#[utoipa::path(post, path = "/api/h5/leave", responses((status = 204)))]
async fn leave_h5(State(ctx): State<Ctx>, holder: RightsHolder) -> Result<Response> {
    leave(&ctx, &holder.customer).await?;
    let mut response = no_content();
    set_cookie(&ctx, &mut response, CUSTOMER_COOKIE, "", CUSTOMER_PATH)?;
    Ok(response)
}
