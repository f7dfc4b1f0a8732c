//! Colleagues: list, one of them, roles and sessions.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::account::SessionsView;
use super::changes::{ChangeView, WaitingView, change_view, open};
use crate::access::actions::{account, factors, staff as verbs};
use crate::access::model::{Factor, Right, SessionId, StaffId, StaffState};
use crate::access::store::sessions::Which;
use crate::access::store::staff::{Filter, Row};
use crate::access::{Staff, store};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(set_roles))
        .routes(routes!(sessions, end_all))
        .routes(routes!(end_one))
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

/// Gives a colleague exactly these roles.
#[utoipa::path(post, path = "/api/console/staff/{id}/roles", request_body = RolesRequest, responses((status = 200, body = WaitingView)))]
async fn set_roles(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(body): Body<RolesRequest>,
) -> Result<Json<WaitingView>> {
    let id = StaffId::parse(&id)?;
    let (change, link) = verbs::set_roles(&ctx, &staff, &id, &body.roles).await?;
    Ok(Json(WaitingView::of(change, link)))
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
