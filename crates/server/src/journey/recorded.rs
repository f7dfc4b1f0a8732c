//! A colleague leads a recording, or says what it shows; the journey goes on where it hung on that.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::routes;

use super::actions;
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, Path, Routes};
use crate::ledger;
use crate::recording::{self, CalledOff, LeadView, Leading, Pick, RecordingId, Said};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(review))
        .routes(routes!(call_off))
        .routes(routes!(ask))
        .routes(routes!(end))
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

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingCallOff {
    why: CalledOff,
}

/// Ends what the reader leads, without a verdict; with a suspicion, which whoever led it may say for thirty days until a reviewer
/// has looked or the money is paid, a reviewer looks at it before anything else.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/call-off", request_body = RecordingCallOff, responses((status = 204)))]
async fn call_off(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<RecordingCallOff>,
) -> Result<StatusCode> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    ledger::retrying(|| actions::call_off_recording(&ctx, &staff, &id, asked.why)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingAsk {
    /// Also where it is being answered: it begins anew.
    #[serde(default)]
    again: bool,
}

/// Asks a node of what the reader leads: digits and acts are drawn now.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/nodes/{no}/open", params(("id" = String, Path), ("no" = i64, Path)), request_body = RecordingAsk, responses((status = 200, body = LeadView)))]
async fn ask(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, no)): Path<(String, i64)>,
    Body(asked): Body<RecordingAsk>,
) -> Result<Json<LeadView>> {
    let what = match asked.again {
        true => Leading::Again,
        false => Leading::Open,
    };
    lead(&ctx, &staff, &id, no, what).await
}

/// Ends a node of what the reader leads: the person's page hands in what it recorded of it.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/nodes/{no}/end", params(("id" = String, Path), ("no" = i64, Path)), request_body = Nothing, responses((status = 200, body = LeadView)))]
async fn end(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, no)): Path<(String, i64)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<LeadView>> {
    lead(&ctx, &staff, &id, no, Leading::End).await
}

async fn lead(
    ctx: &Ctx,
    staff: &Staff,
    id: &str,
    node: i64,
    what: Leading,
) -> Result<Json<LeadView>> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(id)?;
    ledger::retrying(|| actions::lead_recording(ctx, staff, &id, node, what)).await?;
    Ok(Json(recording::led_now(ctx, staff, &id).await?))
}
