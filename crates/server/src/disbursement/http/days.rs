//! 对账: a day as both sides have it, for staff and for the lender.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::{Partner, Right, Scope, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Page;
use crate::disbursement::actions;
use crate::disbursement::day::{self, Day, Outcome, StatementLine, Sums};
use crate::disbursement::store;
use crate::error::Result;
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::id::InstitutionId;
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(lines))
        .routes(routes!(compare))
        .routes(routes!(day_of_partner))
        .routes(routes!(lines_of_partner))
}

/// A day that was compared with the lender's books.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Reconciliation)]
struct Row {
    id: String,
    #[schema(value_type = String)]
    day: Date,
    outcome: Outcome,
    /// Payments in the lender's books, and their sum in fen.
    lines: i64,
    lines_amount: i64,
    /// Payments made that day that were reported to us, and their sum in fen.
    receipts: i64,
    receipts_amount: i64,
    differences: i64,
    /// Rows of the lender's files of the day that were not taken, and so not compared.
    refused: i64,
    /// Payments that were reported once their people's data was destroyed, and so not compared.
    forgotten: i64,
    compared_at_ms: i64,
}

impl From<Day> for Row {
    fn from(day: Day) -> Self {
        Self {
            outcome: day.outcome(),
            id: day.id.to_string(),
            day: day.day,
            lines: day.lines,
            lines_amount: day.lines_amount,
            receipts: day.receipts,
            receipts_amount: day.receipts_amount,
            differences: day.differences,
            refused: day.refused,
            forgotten: day.forgotten,
            compared_at_ms: day.compared_at_ms,
        }
    }
}

const DAYS: Table = Table {
    name: "reconciliations",
    columns: &[
        "day",
        "outcome",
        "lines",
        "lines_amount",
        "receipts",
        "receipts_amount",
        "differences",
        "refused",
        "forgotten",
        "compared_at_ms",
    ],
};

/// Days that were compared, newest first.
#[utoipa::path(get, path = "/api/console/reconciliations", params(Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIncidents)?;
    http::list(form, paging, DAYS, async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::days(&view, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |day| day.day.to_string());
        Ok(PageView::from(page.map(Row::from)))
    })
    .await
}

/// One day: what we have, and how it compares.
#[derive(Serialize, utoipa::ToSchema)]
struct ReconciliationDay {
    #[schema(value_type = String)]
    day: Date,
    /// By when we learnt it.
    ours: Sums,
    /// Nothing until the lender's file of the day came.
    compared: Option<Row>,
    /// A comparison is under way; `compared` says what the last one came to.
    comparing: bool,
}

async fn day_of(ctx: &Ctx, institution: &InstitutionId, day: &str) -> Result<ReconciliationDay> {
    let day = day::parse(day)?;
    let from_ms = clock::start_of(day);
    let view = ctx.db.read(institution).await?;
    Ok(ReconciliationDay {
        day,
        ours: store::sums(&view, from_ms, from_ms + clock::DAY_MS).await?,
        compared: store::day(&view, day).await?.map(Row::from),
        comparing: store::comparison(&view, day).await?.is_some(),
    })
}

/// One day, compared or not.
#[utoipa::path(get, path = "/api/console/reconciliations/{day}", responses((status = 200, body = ReconciliationDay)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(day): Path<String>,
) -> Result<Json<ReconciliationDay>> {
    staff.must(Right::ViewIncidents)?;
    Ok(Json(day_of(&ctx, &staff.institution, &day).await?))
}

const LINES: Table = Table {
    name: "reconciliation",
    columns: &[
        "id",
        "event",
        "at_ms",
        "journey",
        "loan_number",
        "amount",
        "payment_reference",
        "paid_at_ms",
        "token_digest",
        "finding",
    ],
};

async fn lines_of(
    ctx: &Ctx,
    institution: &InstitutionId,
    day: &str,
    paging: Paging,
    form: Form,
) -> Result<Response> {
    let from_ms = clock::start_of(day::parse(day)?);
    http::list(form, paging, LINES, async |paging: Paging| {
        let limit = paging.limit()?;
        let after = paging.after().unwrap_or("");
        let view = ctx.db.read(institution).await?;
        let to_ms = from_ms + clock::DAY_MS;
        let found = store::statement(&view, from_ms, to_ms, after, limit + 1).await?;
        let page = Page::cut(found, limit, |line: &StatementLine| line.id.clone());
        Ok(PageView::from(page))
    })
    .await
}

/// What we have of a day, line by line: bookings, tokens, payments and incidents.
#[utoipa::path(get, path = "/api/console/reconciliations/{day}/lines", params(Paging, Form), responses((status = 200, body = PageView<StatementLine>)))]
async fn lines(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(day): Path<String>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIncidents)?;
    lines_of(&ctx, &staff.institution, &day, paging, form).await
}

/// Has a day compared anew, by jobs, with the lender's books that were entered for it.
#[utoipa::path(post, path = "/api/console/reconciliations/{day}/compare", request_body = Nothing, responses((status = 200, body = ReconciliationDay)))]
async fn compare(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(day): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<ReconciliationDay>> {
    let civil = day::parse(&day)?;
    ledger::retrying(|| actions::compare_anew(&ctx, &staff, civil)).await?;
    Ok(Json(day_of(&ctx, &staff.institution, &day).await?))
}

/// One day, compared or not.
#[utoipa::path(get, path = "/v1/reconciliations/{day}", responses((status = 200, body = ReconciliationDay)))]
async fn day_of_partner(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(day): Path<String>,
) -> Result<Json<ReconciliationDay>> {
    partner.must(Scope::MoveMoney)?;
    Ok(Json(day_of(&ctx, &partner.institution, &day).await?))
}

/// What we have of a day, line by line: bookings, tokens, payments and incidents.
#[utoipa::path(get, path = "/v1/reconciliations/{day}/lines", params(Paging, Form), responses((status = 200, body = PageView<StatementLine>)))]
async fn lines_of_partner(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(day): Path<String>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    partner.must(Scope::MoveMoney)?;
    lines_of(&ctx, &partner.institution, &day, paging, form).await
}
