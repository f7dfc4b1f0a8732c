//! The home of the console.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa_axum::routes;

use super::glance::Glances;
use super::tiles::{self, Tile};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::Routes;
use crate::journey::{DayCount, StepCount};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(workbench))
        .layer(Extension(Glances::default()))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Workbench {
    /// What waits, in the order in which it should be looked at; what the reader may not see is not there.
    tiles: Vec<Tile>,
    /// Loans of the last thirty days; with the right to see journeys.
    days: Option<Vec<DayCount>>,
    /// The newest 500 journeys under way, by step; with the right to see journeys.
    steps: Option<Vec<StepCount>>,
    /// As of when blocked releases, days and steps are; at most a minute back.
    glance_at_ms: Option<i64>,
    now_ms: i64,
}

/// What waits, and the whole at a glance.
#[utoipa::path(get, path = "/api/console/workbench", responses((status = 200, body = Workbench)))]
async fn workbench(
    State(ctx): State<Ctx>,
    Extension(glances): Extension<Glances>,
    staff: Staff,
) -> Result<Json<Workbench>> {
    let view = ctx.db.read(&staff.institution).await?;
    let glance = match staff.must(Right::ViewJourneys) {
        Ok(()) => Some(glances.of(&ctx, &view).await?),
        Err(_) => None,
    };
    let blocked = glance.as_ref().map(|glance| &glance.blocked);
    Ok(Json(Workbench {
        tiles: tiles::of(&ctx, &view, &staff, blocked).await?,
        days: glance.as_ref().map(|glance| glance.days.clone()),
        steps: glance.as_ref().map(|glance| glance.steps.clone()),
        glance_at_ms: glance.map(|glance| glance.at_ms),
        now_ms: ctx.clock.now_ms(),
    }))
}
