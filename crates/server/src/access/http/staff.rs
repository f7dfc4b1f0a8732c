//! Colleagues: list, one of them, invitations, roles, sessions, and changes that wait for a second person.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::account::SessionsView;
use crate::access::actions::invitations::Invited;
use crate::access::actions::{account, changes, factors, invitations, staff as verbs};
use crate::access::model::{
    CHANGE_MS, Change, ChangeId, ChangeKind, Factor, Invitee, Right, SessionId, StaffId, StaffState,
};
use crate::access::store::sessions::Which;
use crate::access::store::staff::{Filter, Row};
use crate::access::{Staff, staff_label, store};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, invite))
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(set_roles))
        .routes(routes!(invite_again))
        .routes(routes!(propose))
        .routes(routes!(sessions, end_all))
        .routes(routes!(end_one))
        .routes(routes!(open_changes))
        .routes(routes!(approve))
        .routes(routes!(refuse))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ColleagueRow)]
struct RowView {
    id: String,
    name: String,
    account: String,
    badge: String,
    state: StaffState,
    /// Codes of built-in roles, ids of own ones.
    roles: Vec<String>,
    second_factor: bool,
    added_at_ms: i64,
}

async fn row_view(view: &impl Read, row: Row) -> Result<RowView> {
    let id = StaffId::stored(row.id.clone());
    Ok(RowView {
        state: row.state(),
        roles: row.roles(),
        second_factor: factors::has_any(view, &id).await?,
        id: row.id,
        name: row.name,
        account: row.account,
        badge: row.badge,
        added_at_ms: row.added_at_ms,
    })
}

const TABLE: Table = Table {
    name: "staff",
    columns: &[
        "id",
        "account",
        "name",
        "badge",
        "state",
        "roles",
        "second_factor",
        "added_at_ms",
    ],
};

async fn rows(
    ctx: &Ctx,
    staff: &Staff,
    filter: &Filter,
    paging: Paging,
) -> Result<PageView<RowView>> {
    staff.must(Right::ViewStaff)?;
    let view = ctx.db.read(&staff.institution).await?;
    let page = store::staff::page(&view, filter, paging.after(), paging.limit()?).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        rows.push(row_view(&view, row).await?);
    }
    Ok(PageView {
        rows,
        next: page.next,
    })
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    #[serde(default)]
    state: String,
}

/// Colleagues.
#[utoipa::path(get, path = "/api/console/staff", params(Narrow, Paging, Form), responses((status = 200, body = PageView<RowView>, content_type = "application/json")))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(narrow): Query<Narrow>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    let filter = Filter {
        words: String::new(),
        state: narrow.state,
    };
    let page = |paging| rows(&ctx, &staff, &filter, paging);
    http::list(form, paging, TABLE, page).await
}

/// Words may be a colleague's name, so they travel in a body.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StaffSearch)]
struct Search {
    q: String,
    #[serde(default)]
    state: String,
}

const WORDS_MAX: usize = 50;

/// Colleagues found by part of name, account or badge.
#[utoipa::path(post, path = "/api/console/staff/search", params(Paging, Form), request_body = Search, responses((status = 200, body = PageView<RowView>, content_type = "application/json")))]
async fn search(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
    Body(body): Body<Search>,
) -> Result<Response> {
    if body.q.chars().count() > WORDS_MAX {
        return Err(Error::field(
            "q",
            "text_length",
            "最多 50 个字符。",
            "At most 50 characters.",
        ));
    }
    let filter = Filter {
        words: body.q.trim().to_owned(),
        state: body.state,
    };
    let page = |paging| rows(&ctx, &staff, &filter, paging);
    http::list(form, paging, TABLE, page).await
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = StaffChange)]
struct ChangeView {
    id: String,
    kind: ChangeKind,
    staff_id: String,
    staff: String,
    roles: Vec<String>,
    proposed_by: String,
    proposed_at_ms: i64,
    /// The person has not accepted their invitation, so nobody can agree yet.
    not_accepted_yet: bool,
    /// The reader may agree: they are neither who proposed nor whom it is about.
    may_approve: bool,
}

async fn change_view(
    ctx: &Ctx,
    view: &impl Read,
    reader: &Staff,
    one: Change,
) -> Result<ChangeView> {
    let about = store::staff::by_id(view, &one.staff).await?;
    let not_accepted_yet = about.is_some_and(|row| row.state() == StaffState::Invited);
    let may = reader.must(Right::ManageStaff).is_ok()
        && !not_accepted_yet
        && one.may_approve(&reader.id, ctx.clock.now_ms()).is_ok();
    Ok(ChangeView {
        id: one.id.to_string(),
        kind: one.kind,
        staff: staff_label(view, one.staff.as_str()).await?,
        staff_id: one.staff.to_string(),
        roles: one.roles,
        proposed_by: staff_label(view, one.proposed_by.as_str()).await?,
        proposed_at_ms: one.proposed_at_ms,
        not_accepted_yet,
        may_approve: may,
    })
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Colleague)]
struct OneView {
    #[serde(flatten)]
    row: RowView,
    rights: Vec<&'static str>,
    factors: Vec<Factor>,
    /// The reader themselves.
    own: bool,
    changes: Vec<ChangeView>,
}

/// One colleague.
#[utoipa::path(get, path = "/api/console/staff/{id}", responses((status = 200, body = OneView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<OneView>> {
    staff.must(Right::ViewStaff)?;
    let id = StaffId::parse(&id)?;
    let view = ctx.db.read(&staff.institution).await?;
    let row = store::staff::by_id(&view, &id)
        .await?
        .ok_or_else(Error::not_found)?;
    let mut waiting = Vec::new();
    for change in open(&ctx, &view).await? {
        if change.staff == id {
            waiting.push(change_view(&ctx, &view, &staff, change).await?);
        }
    }
    let rights = row.all_rights(&view).await?;
    Ok(Json(OneView {
        rights: rights.into_iter().map(Right::as_str).collect(),
        factors: factors::kinds(&view, &id).await?,
        own: staff.id == id,
        row: row_view(&view, row).await?,
        changes: waiting,
    }))
}

async fn open(ctx: &Ctx, view: &impl Read) -> Result<Vec<Change>> {
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
struct InvitedView {
    id: String,
    url: String,
    expires_at_ms: i64,
    /// A change that waits for a second person.
    change: Option<String>,
}

impl InvitedView {
    fn of(invited: &Invited, change: Option<Change>) -> Self {
        Self {
            id: invited.staff.to_string(),
            url: invited.url.expose().clone(),
            expires_at_ms: invited.expires_at_ms,
            change: change.map(|change| change.id.to_string()),
        }
    }
}

/// Invites a colleague; answers the link, this once.
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
    let (invited, change) = invitations::invite(&ctx, &staff, &new).await?;
    Ok(Json(InvitedView::of(&invited, change)))
}

/// Another link for someone who has no password yet.
#[utoipa::path(post, path = "/api/console/staff/{id}/invitation", responses((status = 200, body = InvitedView)))]
async fn invite_again(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<InvitedView>> {
    let invited = invitations::invite_again(&ctx, &staff, &StaffId::parse(&id)?).await?;
    Ok(Json(InvitedView::of(&invited, None)))
}

/// Keeps someone out at once.
#[utoipa::path(post, path = "/api/console/staff/{id}/disable", responses((status = 204)))]
async fn disable(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    verbs::disable(&ctx, &staff, &StaffId::parse(&id)?).await?;
    Ok(no_content())
}

/// Lets someone in again.
#[utoipa::path(post, path = "/api/console/staff/{id}/enable", responses((status = 204)))]
async fn enable(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    verbs::enable(&ctx, &staff, &StaffId::parse(&id)?).await?;
    Ok(no_content())
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RolesRequest {
    roles: Vec<String>,
}

/// What waits for a second person, if anything does.
#[derive(Serialize, utoipa::ToSchema)]
struct WaitingView {
    change: Option<String>,
}

/// Gives a colleague exactly these roles.
#[utoipa::path(post, path = "/api/console/staff/{id}/roles", request_body = RolesRequest, responses((status = 200, body = WaitingView)))]
async fn set_roles(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(body): Body<RolesRequest>,
) -> Result<Json<WaitingView>> {
    let id = StaffId::parse(&id)?;
    let change = verbs::set_roles(&ctx, &staff, &id, &body.roles).await?;
    Ok(Json(WaitingView {
        change: change.map(|change| change.id.to_string()),
    }))
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
    let change = changes::propose(&ctx, &staff, &StaffId::parse(&id)?, kind).await?;
    Ok(Json(WaitingView {
        change: Some(change.id.to_string()),
    }))
}

/// What agreeing brought: the link for a new password, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct ApprovedView {
    invitation: Option<InvitedView>,
}

/// Agrees to a change, which carries it out.
#[utoipa::path(post, path = "/api/console/staff-changes/{id}/approve", responses((status = 200, body = ApprovedView)))]
async fn approve(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<ApprovedView>> {
    let invited = changes::approve(&ctx, &staff, &ChangeId::parse(&id)?).await?;
    Ok(Json(ApprovedView {
        invitation: invited.map(|invited| InvitedView::of(&invited, None)),
    }))
}

/// Refuses a change, or takes a proposal back.
#[utoipa::path(post, path = "/api/console/staff-changes/{id}/refuse", responses((status = 204)))]
async fn refuse(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    changes::refuse(&ctx, &staff, &ChangeId::parse(&id)?).await?;
    Ok(no_content())
}

async fn known(ctx: &Ctx, staff: &Staff, id: &str) -> Result<StaffId> {
    let id = StaffId::parse(id)?;
    let view = ctx.db.read(&staff.institution).await?;
    store::staff::by_id(&view, &id)
        .await?
        .ok_or_else(Error::not_found)?;
    Ok(id)
}

/// Where a colleague is signed in.
#[utoipa::path(get, path = "/api/console/staff/{id}/sessions", responses((status = 200, body = SessionsView)))]
async fn sessions(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<SessionsView>> {
    staff.must(Right::ViewStaff)?;
    let id = known(&ctx, &staff, &id).await?;
    let shown = account::sessions_of(&ctx, &staff, &id).await?;
    Ok(Json(SessionsView::of(shown, &staff)))
}

/// Ends every session of a colleague.
#[utoipa::path(delete, path = "/api/console/staff/{id}/sessions", responses((status = 204)))]
async fn end_all(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    let id = known(&ctx, &staff, &id).await?;
    verbs::end_sessions(&ctx, &staff, &id, Which::All).await?;
    Ok(no_content())
}

/// Ends one session of a colleague.
#[utoipa::path(delete, path = "/api/console/staff/{id}/sessions/{session}", responses((status = 204)))]
async fn end_one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, session)): Path<(String, String)>,
) -> Result<Response> {
    let (id, session) = (StaffId::parse(&id)?, SessionId::parse(&session)?);
    verbs::end_sessions(&ctx, &staff, &id, Which::One(&session)).await?;
    Ok(no_content())
}
