//! The borrower's own loan, reached from the session of any link of the same person.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::RightsHolder;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Path, Query, Routes};
use crate::journey::{self, Known};
use crate::ledger;
use crate::servicing::actions;
use crate::servicing::plan::Quote;
use crate::servicing::view::{self, LoanView};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(running))
        .routes(routes!(quote))
        .routes(routes!(settle))
        .routes(routes!(cool_off))
}

async fn own(ctx: &Ctx, holder: &RightsHolder, id: &str) -> Result<Known> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    journey::own(&view, holder, id).await
}

async fn stands(ctx: &Ctx, holder: &RightsHolder, known: &Known) -> Result<Json<LoanView>> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    Ok(Json(view::loan(ctx, &view, known).await?))
}

/// How one loan of the signed-in person stands after its money moved.
#[utoipa::path(get, path = "/api/h5/me/loans/{id}/running", responses((status = 200, body = LoanView)))]
async fn running(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
) -> Result<Json<LoanView>> {
    let known = own(&ctx, &holder, &id).await?;
    stands(&ctx, &holder, &known).await
}

/// The day on which the person would settle.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SettleOn {
    /// Today when absent.
    on: Option<Date>,
}

/// What ends the loan on a day, with what is due and missing.
#[utoipa::path(get, path = "/api/h5/me/loans/{id}/settlement-quote", params(SettleOn), responses((status = 200, body = Quote)))]
async fn quote(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Query(day): Query<SettleOn>,
) -> Result<Json<Quote>> {
    let known = own(&ctx, &holder, &id).await?;
    let on = day
        .on
        .unwrap_or_else(|| clock::civil_date(ctx.clock.now_ms()));
    let view = ctx.db.read(&holder.customer.institution).await?;
    Ok(Json(view::quote(&view, &known, on).await?))
}

/// A settlement as it was seen.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SettlementAsk {
    /// From today to 30 days ahead.
    on: Date,
    /// Fen, as it stood before the person's eyes.
    total: i64,
}

/// Tells the lender that the person wants to settle on a day.
#[utoipa::path(post, path = "/api/h5/me/loans/{id}/settlement-quote", request_body = SettlementAsk, responses((status = 200, body = LoanView)))]
async fn settle(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Body(asked): Body<SettlementAsk>,
) -> Result<Json<LoanView>> {
    let known = own(&ctx, &holder, &id).await?;
    let seat = holder.customer.seat();
    ledger::retrying(|| actions::settle(&ctx, &seat, &known, asked.on, asked.total)).await?;
    stands(&ctx, &holder, &known).await
}

/// A withdrawal as it was seen.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct CoolingOffAsk {
    /// Fen, as it stood before the person's eyes.
    total: i64,
}

/// Withdraws from the loan without a reason, within the days of the contract.
#[utoipa::path(post, path = "/api/h5/me/loans/{id}/cooling-off", request_body = CoolingOffAsk, responses((status = 200, body = LoanView)))]
async fn cool_off(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Body(asked): Body<CoolingOffAsk>,
) -> Result<Json<LoanView>> {
    let known = own(&ctx, &holder, &id).await?;
    let seat = holder.customer.seat();
    ledger::retrying(|| actions::cool_off(&ctx, &seat, &known, asked.total)).await?;
    stands(&ctx, &holder, &known).await
}
