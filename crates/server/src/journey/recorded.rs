//! A colleague says what a recording shows; the journey goes on where it hung on that.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::routes;

use super::actions;
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Path, Routes};
use crate::ledger;
use crate::recording::{Pick, RecordingId, Said};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(review))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingReview {
    said: Said,
    /// With `once_more`: the nodes that are recorded again, where not all are.
    #[serde(default)]
    nodes: Vec<Pick>,
}

/// Says what a recording shows, once the reader opened it.
#[utoipa::path(post, path = "/api/console/recordings/{id}/review", request_body = RecordingReview, responses((status = 204)))]
async fn review(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(review): Body<RecordingReview>,
) -> Result<StatusCode> {
    staff.must(Right::ReviewRecordings)?;
    let id = RecordingId::parse(&id)?;
    ledger::retrying(|| actions::review_recording(&ctx, &staff, &id, review.said, &review.nodes))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
