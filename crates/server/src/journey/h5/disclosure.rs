//! The step `cost_disclosure`.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use crate::access::Customer;
use crate::ctx::Ctx;
use crate::disclosure::Answer;
use crate::error::Result;
use crate::http::Body;
use crate::journey::actions::{self, Act};
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/api/h5/sheet/shown", post(shown))
        .route("/api/h5/sheet/read", post(read))
        .route("/api/h5/sheet/answers", post(answers))
        .route("/api/h5/sheet/confirm", post(confirm))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetRef {
    sheet_digest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    sheet_digest: String,
    answers: Vec<Answer>,
}

async fn done(
    ctx: &Ctx,
    customer: &Customer,
    digest: &str,
    act: Act,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::act(ctx, customer, digest, &act)).await?;
    Ok(Json(customer_journey(ctx, customer).await?))
}

async fn shown(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(sheet): Body<SheetRef>,
) -> Result<Json<CustomerJourney>> {
    done(&ctx, &customer, &sheet.sheet_digest, Act::Show).await
}

async fn read(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(sheet): Body<SheetRef>,
) -> Result<Json<CustomerJourney>> {
    done(&ctx, &customer, &sheet.sheet_digest, Act::Read).await
}

async fn answers(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(given): Body<Answers>,
) -> Result<Json<CustomerJourney>> {
    done(
        &ctx,
        &customer,
        &given.sheet_digest,
        Act::Answer(given.answers),
    )
    .await
}

async fn confirm(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(sheet): Body<SheetRef>,
) -> Result<Json<CustomerJourney>> {
    done(&ctx, &customer, &sheet.sheet_digest, Act::Confirm).await
}
