//! Is it alive, is it ready?

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa_axum::routes;

use crate::ctx::Ctx;
use crate::db::Scope;
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

/// The database answers, and nobody told the process to stop.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn readyz(State(ctx): State<Ctx>) -> (StatusCode, Json<Health>) {
    if ctx.stopping.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, Health::json("stopping"));
    }
    match ctx.db.read(Scope::Unscoped).await {
        Ok(_) => (StatusCode::OK, Health::json("ready")),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Health::json("not_ready"))
        }
    }
}
