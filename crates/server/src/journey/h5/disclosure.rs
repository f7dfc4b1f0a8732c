//! The step `cost_disclosure`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::ctx::Ctx;
use crate::disclosure::Answer;
use crate::error::Result;
use crate::http::{Body, Routes};
use crate::journey::actions::{self, Act};
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(shown))
        .routes(routes!(read))
        .routes(routes!(answers))
        .routes(routes!(confirm))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SheetRef {
    sheet_digest: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
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

/// The sheet stands before the person: the reading clock starts.
#[utoipa::path(post, path = "/api/h5/sheet/shown", request_body = SheetRef, responses((status = 200, body = CustomerJourney)))]
async fn shown(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(sheet): Body<SheetRef>,
) -> Result<Json<CustomerJourney>> {
    done(&ctx, &customer, &sheet.sheet_digest, Act::Show).await
}

/// The person reached the end of the sheet.
#[utoipa::path(post, path = "/api/h5/sheet/read", request_body = SheetRef, responses((status = 200, body = CustomerJourney)))]
async fn read(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(sheet): Body<SheetRef>,
) -> Result<Json<CustomerJourney>> {
    done(&ctx, &customer, &sheet.sheet_digest, Act::Read).await
}

/// Answers to the questions.
#[utoipa::path(post, path = "/api/h5/sheet/answers", request_body = Answers, responses((status = 200, body = CustomerJourney)))]
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

/// The person confirms the sheet.
#[utoipa::path(post, path = "/api/h5/sheet/confirm", request_body = SheetRef, responses((status = 200, body = CustomerJourney)))]
async fn confirm(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(sheet): Body<SheetRef>,
) -> Result<Json<CustomerJourney>> {
    done(&ctx, &customer, &sheet.sheet_digest, Act::Confirm).await
}
