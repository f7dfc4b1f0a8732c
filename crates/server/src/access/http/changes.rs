//! Changes to colleagues that wait for a second person.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::invitations::InvitedView;
use crate::access::actions::changes;
use crate::access::actions::invitations::Invited;
use crate::access::model::{CHANGE_MS, Change, ChangeId, ChangeKind, Right, StaffId};
use crate::access::store::invitations;
use crate::access::{Staff, staff_label, store};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::http::{Body, Path, Routes, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(propose))
        .routes(routes!(open_changes))
        .routes(routes!(approve))
        .routes(routes!(refuse))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = StaffChange)]
pub struct ChangeView {
    id: String,
    kind: ChangeKind,
    staff_id: String,
    staff: String,
    roles: Vec<String>,
    proposed_by: String,
    proposed_at_ms: i64,
    /// The person sets a password by a link first: whoever agrees is shown its word.
    gives_word: bool,
    /// The reader may agree: they are neither who proposed, nor whom it is about, nor who holds the link.
    may_approve: bool,
}

pub async fn change_view(
    ctx: &Ctx,
    view: &impl Read,
    reader: &Staff,
    one: Change,
) -> Result<ChangeView> {
    let about = store::staff::by_id(view, &one.staff).await?;
    let gives_word = about.is_some_and(|row| row.sets_password(one.kind));
    let link = invitations::of_staff(view, &one.staff).await?;
    let held = link.is_some_and(|link| link.lock().may_give_word(&reader.id).is_err());
    let may = reader.must(Right::ManageStaff).is_ok()
        && !(gives_word && held)
        && one.may_approve(&reader.id, ctx.clock.now_ms()).is_ok();
    Ok(ChangeView {
        id: one.id.to_string(),
        kind: one.kind,
        staff: staff_label(view, one.staff.as_str()).await?,
        staff_id: one.staff.to_string(),
        roles: one.roles,
        proposed_by: staff_label(view, one.proposed_by.as_str()).await?,
        proposed_at_ms: one.proposed_at_ms,
        gives_word,
        may_approve: may,
    })
}

/// What waits, oldest first.
pub async fn open(ctx: &Ctx, view: &impl Read) -> Result<Vec<Change>> {
    store::changes::open(view, ctx.clock.now_ms() - CHANGE_MS).await
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = StaffChanges)]
struct ChangesView {
    rows: Vec<ChangeView>,
}

/// Changes that wait for a second person.
#[utoipa::path(get, path = "/api/console/staff-changes", responses((status = 200, body = ChangesView)))]
async fn open_changes(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<ChangesView>> {
    staff.must(Right::ViewStaff)?;
    let view = ctx.db.read(&staff.institution).await?;
    let mut rows = Vec::new();
    for change in open(&ctx, &view).await? {
        rows.push(change_view(&ctx, &view, &staff, change).await?);
    }
    Ok(Json(ChangesView { rows }))
}

/// What waits for a second person, if anything does.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WaitingView {
    change: Option<String>,
    /// The link for a new password, where one is to be set, shown this once; its word comes from whoever agrees.
    invitation: Option<InvitedView>,
}

impl WaitingView {
    pub fn of(change: Option<Change>, link: Option<Invited>) -> Self {
        Self {
            change: change.map(|change| change.id.to_string()),
            invitation: link.map(|link| InvitedView::of(&link, None)),
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposeRequest {
    kind: String,
}

/// Proposes a new password or the end of the second factor.
#[utoipa::path(post, path = "/api/console/staff/{id}/changes", request_body = ProposeRequest, responses((status = 200, body = WaitingView)))]
async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(body): Body<ProposeRequest>,
) -> Result<Json<WaitingView>> {
    let kind = ChangeKind::parse(&body.kind).ok_or_else(|| {
        Error::field(
            "kind",
            "unknown_value",
            "不是允许的取值。",
            "Not one of the allowed values.",
        )
    })?;
    let (change, link) = changes::propose(&ctx, &staff, &StaffId::parse(&id)?, kind).await?;
    Ok(Json(WaitingView::of(Some(change), link)))
}

/// The word of a colleague's link, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct WordView {
    word: String,
    expires_at_ms: i64,
}

/// What agreeing brought: where the person sets a password by a link, its word.
#[derive(Serialize, utoipa::ToSchema)]
struct ApprovedView {
    word: Option<WordView>,
}

/// Agrees to a change, which carries it out.
#[utoipa::path(post, path = "/api/console/staff-changes/{id}/approve", responses((status = 200, body = ApprovedView)))]
async fn approve(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<ApprovedView>> {
    let word = changes::approve(&ctx, &staff, &ChangeId::parse(&id)?).await?;
    Ok(Json(ApprovedView {
        word: word.map(|given| WordView {
            word: given.word.expose().clone(),
            expires_at_ms: given.expires_at_ms,
        }),
    }))
}

/// Refuses a change, or takes a proposal back.
#[utoipa::path(post, path = "/api/console/staff-changes/{id}/refuse", responses((status = 204)))]
async fn refuse(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    changes::refuse(&ctx, &staff, &ChangeId::parse(&id)?).await?;
    Ok(no_content())
}
