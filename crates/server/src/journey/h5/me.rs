//! 我的借款与权益, reached from the session of any link of the same person.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use cost::EarlySettlement;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::RightsHolder;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{self, Body, Nothing, Paging, Path, Query, Routes};
use crate::journey::actions;
use crate::journey::documents;
use crate::journey::me::{self, Loan, Me};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(everything))
        .routes(routes!(loan))
        .routes(routes!(settlement))
        .routes(routes!(cancel))
        .routes(routes!(document_of_loan))
}

/// Every loan of the signed-in person.
#[utoipa::path(get, path = "/api/h5/me", params(Paging), responses((status = 200, body = Me)))]
async fn everything(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Query(paging): Query<Paging>,
) -> Result<Json<Me>> {
    Ok(Json(me::everything(&ctx, &holder, &paging).await?))
}

/// One loan of the signed-in person.
#[utoipa::path(get, path = "/api/h5/me/loans/{id}", responses((status = 200, body = Loan)))]
async fn loan(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
) -> Result<Json<Loan>> {
    Ok(Json(me::loan(&ctx, &holder, &id).await?))
}

/// The day on which the person would pay everything back.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Day {
    /// Today when absent.
    on: Option<Date>,
}

/// What ends a loan early.
#[utoipa::path(get, path = "/api/h5/me/loans/{id}/settlement", params(Day), responses((status = 200, body = EarlySettlement)))]
async fn settlement(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Query(day): Query<Day>,
) -> Result<Json<EarlySettlement>> {
    let on = day
        .on
        .unwrap_or_else(|| clock::civil_date(ctx.clock.now_ms()));
    Ok(Json(me::settlement(&ctx, &holder, &id, on).await?))
}

/// Calls one loan off before the money moved, at no cost.
#[utoipa::path(post, path = "/api/h5/me/loans/{id}/cancel", request_body = Nothing, responses((status = 200, body = Loan)))]
async fn cancel(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Loan>> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let journey = me::own(&view, &holder, &id).await?.id;
    drop(view);
    let seat = holder.customer.seat();
    ledger::retrying(|| actions::cancel(&ctx, &seat, &journey)).await?;
    Ok(Json(me::loan(&ctx, &holder, &id).await?))
}

/// A document of one loan.
#[utoipa::path(get, path = "/api/h5/me/loans/{id}/documents/{digest}", responses((status = 200, content_type = "application/pdf")))]
async fn document_of_loan(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let journey = me::own(&view, &holder, &id).await?;
    drop(view);
    let case = journey.id.as_str();
    let printed = documents::read(&ctx, &holder.customer.seat(), case, &digest).await?;
    http::attachment(printed.bytes, "application/pdf", printed.file)
}
