//! What loosens who gets in, and waits for a second person.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::actions::loosenings;
use crate::access::model::{Loosening, LooseningId};
use crate::access::{Right, Staff, staff_label};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Path, Routes, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(open))
        .routes(routes!(approve))
        .routes(routes!(refuse))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = LooseningRow)]
struct Row {
    id: String,
    loosening: Loosening,
    proposed_by: String,
    proposed_at_ms: i64,
    /// The reader may agree: somebody else proposed.
    may_approve: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Loosenings)]
struct Rows {
    rows: Vec<Row>,
}

/// What waits for a second person; one of a kind at the most.
#[utoipa::path(get, path = "/api/console/settings/loosenings", responses((status = 200, body = Rows)))]
async fn open(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<Rows>> {
    staff.must(Right::ViewSettings)?;
    let now_ms = ctx.clock.now_ms();
    let view = ctx.db.read(&staff.institution).await?;
    let mut rows = Vec::new();
    for one in loosenings::open(&ctx, &view).await? {
        let may_approve =
            staff.must(Right::ManageSettings).is_ok() && one.may_approve(&staff.id, now_ms).is_ok();
        rows.push(Row {
            id: one.id.to_string(),
            proposed_by: staff_label(&view, one.proposed_by.as_str()).await?,
            proposed_at_ms: one.proposed_at_ms,
            loosening: one.loosening,
            may_approve,
        });
    }
    Ok(Json(Rows { rows }))
}

/// Agrees, which puts it in force.
#[utoipa::path(post, path = "/api/console/settings/loosenings/{id}/approve", responses((status = 204)))]
async fn approve(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    loosenings::approve(&ctx, &staff, &LooseningId::parse(&id)?).await?;
    Ok(no_content())
}

/// Refuses, or takes a proposal back.
#[utoipa::path(post, path = "/api/console/settings/loosenings/{id}/refuse", responses((status = 204)))]
async fn refuse(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    loosenings::refuse(&ctx, &staff, &LooseningId::parse(&id)?).await?;
    Ok(no_content())
}
