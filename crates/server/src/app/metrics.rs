//! What a scraper reads, on a listener of its own: never where borrowers and strangers come.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::ctx::Ctx;
use crate::db::Scope;
use crate::disk;
use crate::error::Result;
use crate::meters::LogReading;
use crate::{jobs, ledger, recording};

/// The media type of OpenMetrics 1.0 text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `GET /metrics` until it is dropped.
pub async fn serve(ctx: Ctx, listener: TcpListener) {
    let router = Router::new().route_service("/metrics", get(metrics).with_state(ctx));
    if let Err(cause) = axum::serve(listener, router).await {
        tracing::error!(%cause, "metrics are not served any more");
    }
}

async fn metrics(State(ctx): State<Ctx>) -> Response {
    match read(&ctx).await {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(cause) => {
            tracing::warn!(%cause, "metrics could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Counts what is only known when asked for, then tells all.
pub async fn read(ctx: &Ctx) -> Result<String> {
    let now_ms = ctx.clock.now_ms();
    let view = ctx.db.read(Scope::Unscoped).await?;
    let counts = jobs::counts(&view, now_ms).await?;
    let institutions = ledger::institutions(&view).await?;
    drop(view);
    ctx.meters.jobs(counts.waiting, counts.due, counts.dead);
    for institution in institutions {
        let log = ledger::log_state(ctx, &institution).await?;
        let view = ctx.db.read(&institution).await?;
        let faces = recording::faces(ctx, &view).await?;
        drop(view);
        ctx.meters.faces(&log.code, faces.persons);
        ctx.meters.log(&LogReading {
            log: log.code,
            entries: log.size,
            published: log.published_size,
            checkpoint_age: log.checkpoint_at_ms.map(|at| (now_ms - at) / 1_000),
            sealed: log.sealed.is_some(),
        });
    }
    for place in disk::places(&ctx.config) {
        ctx.meters.disk(place.what, disk::free(&place)?);
    }
    if let Some(bytes) = resident() {
        ctx.meters.memory(bytes);
    }
    ctx.meters.text()
}

/// Resident memory in bytes, where the system tells (proc(5), `VmRSS` in kB).
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024.0)
}
