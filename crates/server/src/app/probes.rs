//! Is it alive, is it ready?

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::ctx::Ctx;
use crate::db::Scope;

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

/// The process answers.
async fn healthz() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// The database answers, and nobody told the process to stop.
async fn readyz(State(ctx): State<Ctx>) -> (StatusCode, Json<Value>) {
    if ctx.stopping.load(Ordering::SeqCst) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "stopping" })),
        );
    }
    match ctx.db.read(Scope::Unscoped).await {
        Ok(_) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(json!({ "status": "not_ready" })),
            )
        }
    }
}
