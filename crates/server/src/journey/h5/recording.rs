//! The step `recording`: the page records, the server takes what comes and says what it found.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use serde::Deserialize;
use std::time::Duration;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Body, Path, Query, Routes};
use crate::journey::{JourneyId, actions, store};
use crate::ledger;
use crate::product;
use crate::recording::{
    self, CHUNK_BYTES_MAX, Call, Ending, Media, Mode, RecordingView, Sent, Taken,
};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(shown))
        .routes(routes!(begin))
        .routes(routes!(segment))
        .routes(routes!(open))
        .routes(routes!(end))
        .routes(routes!(person))
        .routes(routes!(live))
        .routes(routes!(voice))
        .merge(
            Routes::new()
                .routes(routes!(chunk))
                .layer(DefaultBodyLimit::max(CHUNK_BYTES_MAX)),
        )
}

/// What is asked, and how far the newest recording is.
#[utoipa::path(get, path = "/api/h5/recording", responses((status = 200, body = RecordingView)))]
async fn shown(State(ctx): State<Ctx>, customer: Customer) -> Result<Json<RecordingView>> {
    view(&ctx, &customer).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingBegin {
    mode: Mode,
}

/// Begins a recording, or goes on with the one that runs.
#[utoipa::path(post, path = "/api/h5/recording/begin", request_body = RecordingBegin, responses((status = 200, body = RecordingView)))]
async fn begin(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<RecordingBegin>,
) -> Result<Json<RecordingView>> {
    ledger::retrying(|| actions::begin_recording(&ctx, &customer, asked.mode)).await?;
    view(&ctx, &customer).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingSegment {
    media: Media,
}

/// The page's recorder starts: once at the beginning, and again after every interruption.
#[utoipa::path(post, path = "/api/h5/recording/segments", request_body = RecordingSegment, responses((status = 200, body = RecordingView)))]
async fn segment(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<RecordingSegment>,
) -> Result<Json<RecordingView>> {
    ledger::retrying(|| actions::start_segment(&ctx, &customer, asked.media)).await?;
    view(&ctx, &customer).await
}

/// Takes one chunk; the answer says that it is kept. The same chunk again is fine.
#[utoipa::path(put, path = "/api/h5/recording/segments/{segment}/chunks/{no}",
    params(("segment" = i64, Path), ("no" = i64, Path), ("Recording-Chain" = String, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Taken)))]
async fn chunk(
    State(ctx): State<Ctx>,
    customer: Customer,
    Path((segment, no)): Path<(i64, i64)>,
    sent: Sent,
) -> Result<Json<Taken>> {
    let new = sent.chunk(segment, no);
    let taken = recording::take(&ctx, &customer.institution, &customer.case, new).await?;
    Ok(Json(taken))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingNodeOpen {
    segment: i64,
    /// Of the segment.
    at_ms: i64,
}

/// A node is asked: digits and acts are drawn now.
#[utoipa::path(post, path = "/api/h5/recording/nodes/{no}/open", params(("no" = i64, Path)), request_body = RecordingNodeOpen, responses((status = 200, body = RecordingView)))]
async fn open(
    State(ctx): State<Ctx>,
    customer: Customer,
    Path(no): Path<i64>,
    Body(asked): Body<RecordingNodeOpen>,
) -> Result<Json<RecordingView>> {
    let mark = (asked.segment, asked.at_ms);
    ledger::retrying(|| actions::open_node(&ctx, &customer, no, mark)).await?;
    view(&ctx, &customer).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingNodeEnd {
    segment: i64,
    /// Of the segment.
    until_ms: i64,
    /// How many of its chunks hold the answer; all of them came before.
    chunks: i64,
    /// Instead of speech.
    #[serde(default)]
    written: Option<String>,
}

/// A node was answered: what was received of it is looked at.
#[utoipa::path(post, path = "/api/h5/recording/nodes/{no}/end", params(("no" = i64, Path)), request_body = RecordingNodeEnd, responses((status = 200, body = RecordingView)))]
async fn end(
    State(ctx): State<Ctx>,
    customer: Customer,
    Path(no): Path<i64>,
    Body(asked): Body<RecordingNodeEnd>,
) -> Result<Json<RecordingView>> {
    let ending = || Ending {
        segment: asked.segment,
        until_ms: asked.until_ms,
        chunks: asked.chunks,
        written: asked.written.as_deref(),
    };
    ledger::retrying(|| actions::end_node(&ctx, &customer, no, ending())).await?;
    view(&ctx, &customer).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingPerson {
    reason: Call,
}

/// The person wants a colleague to go on.
#[utoipa::path(post, path = "/api/h5/recording/person", request_body = RecordingPerson, responses((status = 200, body = RecordingView)))]
async fn person(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<RecordingPerson>,
) -> Result<Json<RecordingView>> {
    ledger::retrying(|| actions::call_person_for_recording(&ctx, &customer, asked.reason)).await?;
    view(&ctx, &customer).await
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// The version that the page has.
    #[serde(default)]
    after: i64,
}

const LIVE_LOOK: Duration = Duration::from_millis(250);
const LIVE_LOOKS: u32 = 80;

/// Answers as soon as its version is another than the page's, or after twenty seconds.
#[utoipa::path(get, path = "/api/h5/recording/live", params(After), responses((status = 200, body = RecordingView)))]
async fn live(
    State(ctx): State<Ctx>,
    customer: Customer,
    Query(known): Query<After>,
) -> Result<Json<RecordingView>> {
    for _ in 0..LIVE_LOOKS {
        let read = ctx.db.read(&customer.institution).await?;
        let version = recording::revision(&read, &customer.case).await?;
        if version == 0 || version != known.after {
            break;
        }
        drop(read);
        clock::pause(LIVE_LOOK).await;
    }
    view(&ctx, &customer).await
}

/// What a node's words sound like, by the digest that the node names; it never changes.
#[utoipa::path(get, path = "/api/h5/recording/voices/{digest}", params(("digest" = String, Path)), responses((status = 200, content_type = "application/octet-stream")))]
async fn voice(
    State(ctx): State<Ctx>,
    customer: Customer,
    Path(digest): Path<String>,
) -> Result<Response> {
    recording::voice(&ctx, &customer.institution, &customer.case, &digest).await
}

async fn view(ctx: &Ctx, customer: &Customer) -> Result<Json<RecordingView>> {
    let read = ctx.db.read(&customer.institution).await?;
    let journey = store::find(&read, &JourneyId::parse(&customer.case)?).await?;
    let version = product::version(&read, &journey.product, journey.product_version).await?;
    let definition = version.definition.recording.ok_or_else(Error::not_found)?;
    let shown = recording::shown(&read, &customer.case, &definition, ctx.clock.now_ms()).await?;
    Ok(Json(recording::voiced(ctx, shown)))
}
