//! A day's payments over HTTP, for the lender's own systems.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::civil::Date;
use utoipa_axum::routes;

use super::IncomingId;
use super::http::{BatchIncomingRow, BatchRow, RowFilter, rows_of};
use super::model::{FileKind, Incoming, day_of};
use super::refusal::FileFault;
use super::store::incoming as store;
use super::table::BYTES_MAX;
use super::upload::hand_in;
use crate::access::{Partner, Scope};
use crate::ctx::Ctx;
use crate::disbursement;
use crate::error::{Error, Result};
use crate::http::{Form, PageView, Paging, Path, Query, Routes};
use crate::journey;
use crate::ledger;

pub fn routes() -> Routes {
    let bytes_max = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX);
    Routes::new()
        .routes(routes!(take))
        .routes(routes!(one))
        .routes(routes!(rows))
        // Only files are that large.
        .layer(DefaultBodyLimit::max(bytes_max))
}

/// Takes the payments of a day as the lender's books have them: the table `payments-20261121.csv` of an exchange of files.
#[utoipa::path(post, path = "/v1/reconciliations/{day}/files",
    params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 202, body = BatchIncomingRow)))]
async fn take(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(day): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<BatchIncomingRow>)> {
    partner.must(Scope::MoveMoney)?;
    let key = journey::idempotency_key(&headers)?;
    let day = disbursement::parse_day(&day)?;
    let bytes = body.map_err(|_| FileFault::TooLarge)?;
    let taken = ledger::retrying(|| hand_in(&ctx, &partner, day, &key, &bytes)).await?;
    Ok((StatusCode::ACCEPTED, Json(taken.into())))
}

/// A file of that day's payments, however it came.
async fn of_day(ctx: &Ctx, partner: &Partner, day: Date, id: &str) -> Result<Incoming> {
    let view = ctx.db.read(&partner.institution).await?;
    let file = store::find(&view, &IncomingId::parse(id)?).await?;
    match file.kind == FileKind::Payments && day_of(&file.name) == Some(day) {
        true => Ok(file),
        false => Err(Error::not_found()),
    }
}

/// How far a file is.
#[utoipa::path(get, path = "/v1/reconciliations/{day}/files/{id}", responses((status = 200, body = BatchIncomingRow)))]
async fn one(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path((day, id)): Path<(String, String)>,
) -> Result<Json<BatchIncomingRow>> {
    partner.must(Scope::MoveMoney)?;
    let day = disbursement::parse_day(&day)?;
    Ok(Json(of_day(&ctx, &partner, day, &id).await?.into()))
}

/// How its rows ended, in order.
#[utoipa::path(get, path = "/v1/reconciliations/{day}/files/{id}/rows", params(RowFilter, Paging, Form), responses((status = 200, body = PageView<BatchRow>)))]
async fn rows(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path((day, id)): Path<(String, String)>,
    Query(filter): Query<RowFilter>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    partner.must(Scope::MoveMoney)?;
    let day = disbursement::parse_day(&day)?;
    let file = of_day(&ctx, &partner, day, &id).await?;
    rows_of(
        &ctx,
        &partner.institution,
        &file.id,
        &filter,
        (paging, form),
    )
    .await
}
