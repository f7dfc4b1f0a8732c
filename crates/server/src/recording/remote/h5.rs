//! The person's page of a led recording: their place in the queue, and the way to the colleague's picture.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use super::call::{self, CallView, Known, NewSignal};
use crate::access::Customer;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, Query, Routes};
use crate::ledger;
use crate::recording::RecordingId;
use crate::recording::actions;
use crate::recording::model::Side;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(live))
        .routes(routes!(tell))
        .routes(routes!(leave))
}

async fn own(ctx: &Ctx, customer: &Customer) -> Result<RecordingId> {
    let read = ctx.db.read(&customer.institution).await?;
    call::of_case(&read, &customer.case).await
}

/// The call: place in the queue, who leads, and what their page said. Answers when something is new, or after five seconds.
#[utoipa::path(get, path = "/api/h5/recording/call", params(Known), responses((status = 200, body = CallView)))]
async fn live(
    State(ctx): State<Ctx>,
    customer: Customer,
    Query(known): Query<Known>,
) -> Result<Json<CallView>> {
    let id = own(&ctx, &customer).await?;
    let shown = call::live(&ctx, &customer.institution, &id, Side::Person, known).await?;
    Ok(Json(shown))
}

/// Tells the page of the colleague who leads how to find this one.
#[utoipa::path(post, path = "/api/h5/recording/call/signals", request_body = NewSignal, responses((status = 204)))]
async fn tell(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(new): Body<NewSignal>,
) -> Result<StatusCode> {
    let id = own(&ctx, &customer).await?;
    let from = (Side::Person, None);
    call::tell(&ctx, &customer.institution, &id, from, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hangs up, or waits no longer; what was recorded is kept, and another recording may begin.
#[utoipa::path(post, path = "/api/h5/recording/call/leave", request_body = Nothing, responses((status = 204)))]
async fn leave(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(Nothing {}): Body<Nothing>,
) -> Result<StatusCode> {
    ledger::retrying(|| left(&ctx, &customer)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn left(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    actions::leave(&mut tx, &customer.case).await?;
    ledger::commit_recorded(tx).await
}
