//! Help at the counter, from the console.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;

use super::{JourneyId, actions};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::Path;
use crate::ledger;

pub fn routes() -> Router<Ctx> {
    Router::new().route("/api/console/journeys/{id}/assist", post(assist))
}

/// What the tablet opens; the address is shown this once.
#[derive(Serialize)]
struct AssistanceView {
    id: String,
    url: String,
    expires_at_ms: i64,
}

async fn assist(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<AssistanceView>> {
    staff.must(Right::AssistBorrowers)?;
    let id = JourneyId::parse(&id)?;
    let (opened, link) = ledger::retrying(|| actions::assist(&ctx, &staff, &id)).await?;
    Ok(Json(AssistanceView {
        id: opened.assistance.id.to_string(),
        url: format!(
            "{}/{}",
            access::link_url(&ctx, link.id.as_str())?,
            opened.token.expose()
        ),
        expires_at_ms: opened.assistance.expires_at_ms,
    }))
}
