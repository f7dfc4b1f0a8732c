//! The institution's log in the console.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::Routes;
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(log))
}

#[derive(Serialize, utoipa::ToSchema)]
struct LogView {
    code: String,
    origin: String,
    verifier: String,
    size: i64,
    published_size: i64,
    checkpoint_at_ms: Option<i64>,
    checkpoint: Option<String>,
    state: &'static str,
    sealed: Option<String>,
    witnesses: Vec<WitnessView>,
}

/// A witness of the log.
#[derive(Serialize, utoipa::ToSchema)]
struct WitnessView {
    name: String,
    /// Entries that it cosigned last.
    size: i64,
    cosigned_at_ms: Option<i64>,
    /// Stable name of what went wrong since.
    fault: Option<String>,
}

impl From<ledger::WitnessState> for WitnessView {
    fn from(state: ledger::WitnessState) -> Self {
        Self {
            name: state.name,
            size: state.size,
            cosigned_at_ms: state.cosigned_at_ms,
            fault: state.fault,
        }
    }
}

/// Where the institution's log stands.
#[utoipa::path(get, path = "/api/console/log", responses((status = 200, body = LogView)))]
async fn log(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<LogView>> {
    staff.must(Right::ViewLog)?;
    let log = ledger::log_state(&ctx, &staff.institution).await?;
    Ok(Json(LogView {
        state: if log.sealed.is_some() {
            "sealed"
        } else {
            "open"
        },
        code: log.code,
        origin: log.origin,
        verifier: log.verifier,
        size: log.size,
        published_size: log.published_size,
        checkpoint_at_ms: log.checkpoint_at_ms,
        checkpoint: log.checkpoint,
        sealed: log.sealed,
        witnesses: log.witnesses.into_iter().map(WitnessView::from).collect(),
    }))
}
