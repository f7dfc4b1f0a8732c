//! A change of a paid loan's terms: saying yes to what costs more.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes};
use crate::journey::actions;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(accept_dearer))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DearerSheet {
    sheet_digest: String,
}

/// The person knows that the change costs more, and agrees.
#[utoipa::path(post, path = "/api/h5/change/accept-dearer", request_body = DearerSheet, responses((status = 200, body = CustomerJourney)))]
async fn accept_dearer(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<DearerSheet>,
) -> Result<Json<CustomerJourney>> {
    let accept = || actions::accept_dearer(&ctx, &customer, &asked.sheet_digest);
    ledger::retrying(accept).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}
