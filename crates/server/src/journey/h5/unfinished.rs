//! Leaving a journey half-way: without reminders, or for good.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, Routes};
use crate::journey::actions;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(decline_reminders))
        .routes(routes!(abandon))
}

/// The person wants no reminders of this journey.
#[utoipa::path(post, path = "/api/h5/reminders/decline", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn decline_reminders(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::decline_reminders(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

/// The person gives an unfinished journey up, at no cost.
#[utoipa::path(post, path = "/api/h5/abandon", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn abandon(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::abandon(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}
