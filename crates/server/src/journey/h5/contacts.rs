//! Naming third persons: an offer beside the steps, never one of them.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes};
use crate::journey::actions;
use crate::journey::contacts::NewContact;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(contact))
        .routes(routes!(relative))
}

/// Names an emergency contact.
#[utoipa::path(post, path = "/api/h5/contacts", request_body = NewContact, responses((status = 200, body = CustomerJourney)))]
async fn contact(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<NewContact>,
) -> Result<Json<CustomerJourney>> {
    let (relation, third) = asked.given()?;
    ledger::retrying(|| actions::name_contact(&ctx, &customer, relation, &third)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

/// Names the relative who is to know, under the consent to that.
#[utoipa::path(post, path = "/api/h5/relative", request_body = NewContact, responses((status = 200, body = CustomerJourney)))]
async fn relative(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<NewContact>,
) -> Result<Json<CustomerJourney>> {
    let (relation, third) = asked.given()?;
    ledger::retrying(|| actions::name_relative(&ctx, &customer, relation, &third)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}
