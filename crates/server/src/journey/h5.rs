//! The borrower's side of a journey. The link's own routes (`/api/h5/link`, `…/code`) belong to access.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::actions::{self, Act};
use super::documents;
use super::views::{CustomerJourney, customer_journey};
use crate::access::{self, Customer};
use crate::ctx::Ctx;
use crate::disclosure::{self, Answer};
use crate::error::Result;
use crate::http::{self, Body, Path};
use crate::ledger;
use crate::vault::Private;

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/api/h5/link/enter", post(enter))
        .route("/api/h5/journey", get(journey))
        .route("/api/h5/sheet/shown", post(shown))
        .route("/api/h5/sheet/read", post(read))
        .route("/api/h5/sheet/answers", post(answers))
        .route("/api/h5/sheet/confirm", post(confirm))
        .route("/api/h5/person", post(person))
        .route("/api/h5/documents/{digest}", get(document))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entering {
    token: String,
    code: Private<String>,
}

async fn enter(State(ctx): State<Ctx>, Body(asked): Body<Entering>) -> Result<Response> {
    let (customer, session) =
        ledger::retrying(|| access::enter(&ctx, &asked.token, asked.code.expose())).await?;
    // The code is spent: whatever happens from here on, the session must reach the phone.
    let mut response = match entered(&ctx, &customer).await {
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

async fn journey(State(ctx): State<Ctx>, customer: Customer) -> Result<Json<CustomerJourney>> {
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

async fn entered(ctx: &Ctx, customer: &Customer) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::reopen(ctx, customer)).await?;
    Ok(Json(customer_journey(ctx, customer).await?))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn person(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::ask_for_person(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

async fn document(
    State(ctx): State<Ctx>,
    customer: Customer,
    Path(digest): Path<String>,
) -> Result<Response> {
    let sheet =
        disclosure::find(&ctx.db.read(&customer.institution).await?, &customer.case).await?;
    let bytes = documents::read(&ctx, &customer.institution, sheet, &digest).await?;
    http::attachment(bytes, "application/pdf", "cost-sheet.pdf")
}
