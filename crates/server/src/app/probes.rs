//! Is it alive, is it ready?

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa_axum::routes;

use crate::ctx::Ctx;
use crate::db::Scope;
use crate::disk;
use crate::error::Result;
use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Health {
    status: &'static str,
}

impl Health {
    fn json(status: &'static str) -> Json<Self> {
        Json(Self { status })
    }
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health)))]
async fn healthz() -> Json<Health> {
    Health::json("alive")
}

/// The database answers, there is room to write, and nobody told the process to stop.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn readyz(State(ctx): State<Ctx>) -> (StatusCode, Json<Health>) {
    let status = match standing(&ctx).await {
        Ok("ready") => return (StatusCode::OK, Health::json("ready")),
        Ok(status) => status,
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            "not_ready"
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, Health::json(status))
}

async fn standing(ctx: &Ctx) -> Result<&'static str> {
    if ctx.stopping.load(Ordering::SeqCst) {
        return Ok("stopping");
    }
    if let Some(place) = disk::crowded(&ctx.config)? {
        tracing::warn!(of = place.what, "the disk is nearly full");
        return Ok("disk_full");
    }
    ctx.db.read(Scope::Unscoped).await?;
    Ok("ready")
}
