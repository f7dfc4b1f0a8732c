//! The borrower's side of a journey, one file for each room that holds a step.
//!
//! The link's own routes (`/api/h5/link`, `…/code`) belong to access.

mod change;
mod consent;
mod contacts;
mod disclosure;
mod drawdown;
mod identity;
mod me;
mod recording;
mod signing;
mod suitability;
mod total_cost;
mod unfinished;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa_axum::routes;

use super::actions;
use super::documents;
use super::views::{CustomerJourney, customer_journey};
use crate::access::{self, Customer, Opens, RightsHolder};
use crate::counter;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{self, Body, Nothing, Path, Routes, Stranger};
use crate::ledger;
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .merge(change::routes())
        .merge(consent::routes())
        .merge(contacts::routes())
        .merge(disclosure::routes())
        .merge(drawdown::routes())
        .merge(identity::routes())
        .merge(me::routes())
        .merge(recording::routes())
        .merge(signing::routes())
        .merge(suitability::routes())
        .merge(total_cost::routes())
        .merge(unfinished::routes())
        .routes(routes!(enter))
        .routes(routes!(enter_by_ticket))
        .routes(routes!(journey))
        .routes(routes!(person))
        .routes(routes!(document))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Entering {
    token: String,
    code: Private<String>,
    /// What a counter tablet was readied with.
    assistance: Option<Private<String>>,
}

/// Opens the journey with the code.
#[utoipa::path(post, path = "/api/h5/link/enter", request_body = Entering, responses((status = 200, body = CustomerJourney)), security(()))]
async fn enter(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(asked): Body<Entering>,
) -> Result<Response> {
    if let Some(token) = &asked.assistance {
        // Before the code is spent.
        let link = access::resolve_link(&ctx, &asked.token).await?;
        let view = ctx.db.read(&link.institution).await?;
        counter::check(&view, &link.case, token.expose(), ctx.clock.now_ms()).await?;
    }
    let (customer, session) =
        ledger::retrying(|| access::enter(&ctx, &asked.token, asked.code.expose())).await?;
    // The code is spent: whatever happens from here on, the session must reach the phone.
    let mut response = match entered(&ctx, &customer, asked.assistance.as_ref()).await {
        Ok(journey) => journey.into_response(),
        Err(error) => error.into_response(),
    };
    http::set_cookie(
        &ctx,
        &mut response,
        access::CUSTOMER_COOKIE,
        session.expose(),
        access::CUSTOMER_PATH,
    )?;
    Ok(response)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Ticket {
    ticket: Private<String>,
}

/// Enters without a code, because the lender's own app has signed the person in.
#[utoipa::path(post, path = "/api/h5/ticket", request_body = Ticket, security(()), responses((status = 200, body = CustomerJourney)))]
async fn enter_by_ticket(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(asked): Body<Ticket>,
) -> Result<Response> {
    let (customer, session) = access::enter_by_ticket(&ctx, asked.ticket.expose()).await?;
    let mut response = match entered(&ctx, &customer, None).await {
        Ok(journey) => journey.into_response(),
        Err(error) => error.into_response(),
    };
    http::set_cookie(
        &ctx,
        &mut response,
        access::CUSTOMER_COOKIE,
        session.expose(),
        access::CUSTOMER_PATH,
    )?;
    let view = ctx.db.read(&customer.institution).await?;
    let own = access::settings(&view).await?.settings;
    if !own.embedders().is_empty() {
        http::cookies_reach_frames(&mut response)?;
    }
    Ok(response)
}

/// The borrower's journey.
#[utoipa::path(get, path = "/api/h5/journey", responses((status = 200, body = CustomerJourney)))]
async fn journey(State(ctx): State<Ctx>, holder: RightsHolder) -> Result<Json<CustomerJourney>> {
    Ok(Json(customer_journey(&ctx, &holder.customer).await?))
}

async fn entered(
    ctx: &Ctx,
    customer: &Customer,
    assistance: Option<&Private<String>>,
) -> Result<Json<CustomerJourney>> {
    if customer.opens == Opens::Journey {
        if let Some(token) = assistance {
            ledger::retrying(|| actions::enter_assisted(ctx, customer, token)).await?;
        }
        ledger::retrying(|| actions::reopen(ctx, customer)).await?;
    }
    Ok(Json(customer_journey(ctx, customer).await?))
}

/// Asks for a call by a person.
#[utoipa::path(post, path = "/api/h5/person", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn person(
    State(ctx): State<Ctx>,
    RightsHolder { customer, .. }: RightsHolder,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::ask_for_person(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

/// A printed document.
#[utoipa::path(get, path = "/api/h5/documents/{digest}", responses((status = 200, content_type = "application/pdf")))]
async fn document(
    State(ctx): State<Ctx>,
    RightsHolder { customer, .. }: RightsHolder,
    Path(digest): Path<String>,
) -> Result<Response> {
    let printed = documents::read(&ctx, &customer.seat(), &customer.case, &digest).await?;
    http::attachment(printed.bytes, "application/pdf", printed.file)
}
