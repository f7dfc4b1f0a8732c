//! The step `identity`.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::Customer;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes};
use crate::identity::{self, Route, Start, Validity};
use crate::journey::actions;
use crate::journey::steps;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;
use crate::product::{self, IdentityMethod, Protection};
use crate::vault::{self, Private};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(start)).routes(routes!(person))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Starting {
    /// `{"until":"2031-05-01"}` or `"long_term"`.
    document: Validity,
    /// Where the product compares a bank card.
    bank_card: Option<Private<String>>,
    /// Sessions of the authorities' own pages, which the lender's app hands over.
    #[serde(default)]
    sessions: HashMap<IdentityMethod, String>,
}

/// Asks every provider about the person.
#[utoipa::path(post, path = "/api/h5/steps/identity/start", request_body = Starting, responses((status = 200, body = CustomerJourney)))]
async fn start(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<Starting>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| begin(&ctx, &customer, &asked)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

async fn begin(ctx: &Ctx, customer: &Customer, asked: &Starting) -> Result<()> {
    let mut at = actions::at_step(ctx, customer, Protection::Identity).await?;
    let journey = &at.journey;
    let version = product::version(&at.tx, &journey.product, journey.product_version).await?;
    let now_ms = at.tx.now_ms();
    let methods = steps::identity_methods(&at.tx, journey, &version.definition, now_ms).await?;
    let subject = vault::subject(ctx, &at.tx, &journey.subject).await?;
    let start = Start {
        case: journey.id.as_str(),
        subject: &journey.subject,
        age: subject.age_on(clock::civil_date(now_ms))?,
        methods: &methods,
        document: asked.document,
        bank_card: asked.bank_card.as_ref(),
        sessions: &asked.sessions,
    };
    let changed = identity::start(&mut at.tx, start).await?;
    at.end(changed).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rather {
    route: Route,
}

/// The person would rather be seen by a human.
#[utoipa::path(post, path = "/api/h5/steps/identity/person", request_body = Rather, responses((status = 200, body = CustomerJourney)))]
async fn person(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(rather): Body<Rather>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| ask_person(&ctx, &customer, rather.route)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

async fn ask_person(ctx: &Ctx, customer: &Customer, route: Route) -> Result<()> {
    let mut at = actions::at_step(ctx, customer, Protection::Identity).await?;
    let case = at.journey.id.as_str();
    let changed = identity::ask_person(&mut at.tx, case, &at.journey.subject, route).await?;
    at.end(changed).await
}
