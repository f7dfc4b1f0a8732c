//! The steps `affordability` and `credit_decision`.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::access::{Customer, Opens, RightsHolder};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, Routes};
use crate::journey::actions;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;
use crate::product::Protection;
use crate::suitability::{self, Declaration, Step};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(declare))
        .routes(routes!(review_affordability))
        .routes(routes!(review_decision))
}

/// The person's answers about income, debts and use.
#[utoipa::path(post, path = "/api/h5/steps/affordability/declare", request_body = Declaration, responses((status = 200, body = CustomerJourney)))]
async fn declare(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(declaration): Body<Declaration>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::declare(&ctx, &customer, &declaration)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

/// Asks for a human look at a refused assessment.
#[utoipa::path(post, path = "/api/h5/steps/affordability/review", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn review_affordability(
    State(ctx): State<Ctx>,
    RightsHolder { customer, .. }: RightsHolder,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    review(&ctx, &customer, Step::Affordability).await
}

/// Asks for a human look at the lender's refusal.
#[utoipa::path(post, path = "/api/h5/steps/credit_decision/review", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn review_decision(
    State(ctx): State<Ctx>,
    RightsHolder { customer, .. }: RightsHolder,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    review(&ctx, &customer, Step::CreditDecision).await
}

async fn review(ctx: &Ctx, customer: &Customer, step: Step) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| ask_review(ctx, customer, step)).await?;
    Ok(Json(customer_journey(ctx, customer).await?))
}

async fn ask_review(ctx: &Ctx, customer: &Customer, step: Step) -> Result<()> {
    let protection = match step {
        Step::Affordability => Protection::Affordability,
        Step::CreditDecision => Protection::CreditDecision,
    };
    if customer.opens == Opens::Rights {
        return actions::ask_review(ctx, customer, step).await;
    }
    let mut at = actions::at_step(ctx, customer, protection).await?;
    let case = at.journey.id.as_str();
    let changed = suitability::ask_review(&mut at.tx, case, &at.journey.subject, step).await?;
    at.end(changed).await
}
