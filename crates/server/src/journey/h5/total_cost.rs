//! The step `total_cost_notice`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
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
        .routes(routes!(shown))
        .routes(routes!(confirm))
}

/// The notice stands before the person: made where it was not yet, and its reading clock starts.
#[utoipa::path(post, path = "/api/h5/steps/total_cost_notice/shown", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn shown(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::show_total_cost(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TotalCostRef {
    notice_digest: String,
}

/// The person knows exactly this.
#[utoipa::path(post, path = "/api/h5/steps/total_cost_notice/confirm", request_body = TotalCostRef, responses((status = 200, body = CustomerJourney)))]
async fn confirm(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(notice): Body<TotalCostRef>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::confirm_total_cost(&ctx, &customer, &notice.notice_digest))
        .await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}
