//! The step `drawdown`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes};
use crate::journey::actions::{self, Choice};
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(choose))
        .routes(routes!(person))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DrawdownChoice {
    /// Fen.
    principal: i64,
    periods: u32,
    /// Code of a purpose on offer.
    purpose: String,
    /// Number of the person's own bank card; the one given before stays when absent.
    account: Option<Private<String>>,
}

/// Chooses amount, periods, purpose and account, which fixes the price.
#[utoipa::path(post, path = "/api/h5/steps/drawdown/choose", request_body = DrawdownChoice, responses((status = 200, body = CustomerJourney)))]
async fn choose(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<DrawdownChoice>,
) -> Result<Json<CustomerJourney>> {
    let choice = Choice {
        principal: asked.principal,
        periods: asked.periods,
        purpose: asked.purpose,
        account: asked.account,
    };
    ledger::retrying(|| actions::choose(&ctx, &customer, &choice)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

/// The person would have a member of staff look at the account.
#[utoipa::path(post, path = "/api/h5/steps/drawdown/person", responses((status = 200, body = CustomerJourney)))]
async fn person(State(ctx): State<Ctx>, customer: Customer) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::ask_person_about_account(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}
