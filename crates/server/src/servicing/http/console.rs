//! Loans in the console, on the page of their journey.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use utoipa_axum::routes;

use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::journey::{self, JourneyId};
use crate::servicing::proof;
use crate::servicing::view::{self, LoanView, RepaymentRow};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(loan))
        .routes(routes!(prove))
        .routes(routes!(repayments))
}

/// How a journey's loan stands after its money moved.
#[utoipa::path(get, path = "/api/console/journeys/{id}/loan", responses((status = 200, body = LoanView)))]
async fn loan(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<LoanView>> {
    staff.must(Right::ViewJourneys)?;
    let view = ctx.db.read(&staff.institution).await?;
    let known = journey::known(&view, &JourneyId::parse(&id)?).await?;
    Ok(Json(view::loan(&ctx, &view, &known).await?))
}

/// Has the proof of a loan that is over made again, where it could not be made; again changes nothing.
#[utoipa::path(post, path = "/api/console/journeys/{id}/loan/proof", request_body = Nothing, responses((status = 200, body = LoanView)))]
async fn prove(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<LoanView>> {
    staff.must(Right::AssistBorrowers)?;
    let id = JourneyId::parse(&id)?;
    proof::again(&ctx, &staff.institution, &id).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let known = journey::known(&view, &id).await?;
    Ok(Json(view::loan(&ctx, &view, &known).await?))
}

const TABLE: Table = Table {
    name: "repayments",
    columns: &[
        "id",
        "reference",
        "kind",
        "amount",
        "day",
        "reverses",
        "recorded_at_ms",
    ],
};

/// Reports of money received, newest first.
#[utoipa::path(get, path = "/api/console/journeys/{id}/repayments", params(Paging, Form), responses((status = 200, body = PageView<RepaymentRow>)))]
async fn repayments(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewJourneys)?;
    let id = JourneyId::parse(&id)?;
    let page = async |paging: Paging| {
        let view = ctx.db.read(&staff.institution).await?;
        let known = journey::known(&view, &id).await?;
        view::repayments(&view, &known, &paging).await
    };
    http::list(form, paging, TABLE, page).await
}
