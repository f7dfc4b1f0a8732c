//! Help at the counter, from the console.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;

use super::{JourneyId, actions};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Path, Routes};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(assist))
}

/// What the tablet opens; the address is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct AssistanceView {
    id: String,
    url: String,
    expires_at_ms: i64,
}

/// Readies a tablet at the counter.
#[utoipa::path(post, path = "/api/console/journeys/{id}/assist", responses((status = 200, body = AssistanceView)))]
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
