//! Invitations: made by an administrator, and as their holder meets them.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::session;
use crate::access::Staff;
use crate::access::actions::invitations::{self as verbs, Invited, accept, find};
use crate::access::model::{Change, Invitee, StaffId};
use crate::access::session::Visitor;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Path, Routes, Stranger};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(invite))
        .routes(routes!(invite_again))
        .routes(routes!(show))
        .routes(routes!(set_password))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InviteRequest)]
struct Invite {
    account: String,
    name: String,
    badge: String,
    #[serde(default)]
    roles: Vec<String>,
}

/// A link, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InvitedView {
    id: String,
    url: String,
    /// Without it the link opens nothing; none where whoever agrees to the change is shown it.
    word: Option<String>,
    expires_at_ms: i64,
    /// A change that waits for a second person.
    change: Option<String>,
}

impl InvitedView {
    pub fn of(invited: &Invited, change: Option<Change>) -> Self {
        Self {
            id: invited.staff.to_string(),
            url: invited.url.expose().clone(),
            word: invited.word.as_ref().map(|word| word.expose().clone()),
            expires_at_ms: invited.expires_at_ms,
            change: change.map(|change| change.id.to_string()),
        }
    }
}

/// Invites a colleague; answers the link, this once, and its word unless a second person is to give it.
#[utoipa::path(post, path = "/api/console/staff", request_body = Invite, responses((status = 200, body = InvitedView)))]
async fn invite(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(body): Body<Invite>,
) -> Result<Json<InvitedView>> {
    let new = Invitee {
        account: body.account,
        name: body.name,
        badge: body.badge,
        roles: body.roles,
    };
    let (invited, change) = verbs::invite(&ctx, &staff, &new).await?;
    Ok(Json(InvitedView::of(&invited, change)))
}

/// Another link for someone who has no password yet.
#[utoipa::path(post, path = "/api/console/staff/{id}/invitation", responses((status = 200, body = InvitedView)))]
async fn invite_again(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<InvitedView>> {
    let invited = verbs::invite_again(&ctx, &staff, &StaffId::parse(&id)?).await?;
    Ok(Json(InvitedView::of(&invited, None)))
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
    /// The word that belongs to the link was given to a colleague; before, a second one has to agree.
    word_given: bool,
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
        word_given: found.word_given,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptRequest {
    token: Private<String>,
    /// Comes by another way than the link; hyphens, blanks and case don't matter.
    word: Private<String>,
    password: Private<String>,
}

/// Sets a password by a link and its word, once, and signs in.
#[utoipa::path(post, path = "/api/console/invitation/accept", request_body = AcceptRequest, responses((status = 200, body = session::SignInView)), security(()))]
async fn set_password(
    State(ctx): State<Ctx>,
    _: Stranger,
    visitor: Visitor,
    Body(body): Body<AcceptRequest>,
) -> Result<Response> {
    let AcceptRequest {
        token,
        word,
        password,
    } = &body;
    let entered = accept(&ctx, &visitor, token.expose(), word, password).await?;
    session::answer(&ctx, entered).await
}
