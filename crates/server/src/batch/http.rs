//! Files in and out, in the console.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::model::{FileKind, FileState, Incoming, Listed, Outgoing, Row, RowOutcome};
use super::outgoing::{file, look, manifest, send_again};
use super::refusal::Refused;
use super::store::{exchanges, incoming, outgoing};
use super::transport::Trouble;
use super::upload::end_early;
use super::{IncomingId, OutgoingId};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Refuse as _, Result, Text};
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::id::InstitutionId;
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(exchange))
        .routes(routes!(sent))
        .routes(routes!(sent_one))
        .routes(routes!(sent_file))
        .routes(routes!(send))
        .routes(routes!(dropped))
        .routes(routes!(dropped_one))
        .routes(routes!(dropped_rows))
        .routes(routes!(end))
        .merge(super::partner::routes())
}

/// Where files are exchanged.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BatchPlace)]
enum PlaceKind {
    /// Nothing is configured.
    None,
    Folder,
    Sftp,
}

#[derive(Serialize, utoipa::ToSchema)]
struct BatchExchange {
    kind: PlaceKind,
    /// The server, where there is one; folders of this machine are not named.
    host: Option<String>,
    looked_at_ms: Option<i64>,
    /// What was wrong at the last look.
    trouble: Option<BatchTrouble>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct BatchTrouble {
    code: String,
    message: Text,
    since_ms: Option<i64>,
}

/// How the exchange does.
#[utoipa::path(get, path = "/api/console/batches/exchange", responses((status = 200, body = BatchExchange)))]
async fn exchange(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<BatchExchange>> {
    staff.must(Right::ViewBatches)?;
    let view = ctx.db.read(&staff.institution).await?;
    let own = access::institution(&view, &staff.institution).await?;
    let configured = ctx.config.batch.exchange(&own.code);
    let look = exchanges::look(&view).await?;
    let trouble = look.as_ref().and_then(|look| {
        let trouble = Trouble::parse(look.trouble.as_deref()?)?;
        Some(BatchTrouble {
            code: trouble.code().to_owned(),
            message: trouble.text(),
            since_ms: look.troubled_since_ms,
        })
    });
    let server = configured.and_then(|exchange| exchange.sftp.as_ref());
    Ok(Json(BatchExchange {
        kind: match (configured, server) {
            (None, _) => PlaceKind::None,
            (Some(_), None) => PlaceKind::Folder,
            (Some(_), Some(_)) => PlaceKind::Sftp,
        },
        host: server.map(|server| server.host.clone()),
        looked_at_ms: look.map(|look| look.looked_at_ms),
        trouble,
    }))
}

#[derive(Serialize, utoipa::ToSchema)]
struct BatchOutgoingRow {
    id: String,
    #[schema(value_type = String)]
    day: Date,
    part: i64,
    /// Entries of the log that it tells of: from the first, up to the second without it.
    from: i64,
    to: i64,
    /// Rows of all files.
    rows: i64,
    made_at_ms: i64,
    delivered_at_ms: Option<i64>,
    deliveries: i64,
}

impl BatchOutgoingRow {
    fn of(batch: &Outgoing) -> Result<Self> {
        Ok(Self {
            id: batch.id.to_string(),
            day: batch.day,
            part: batch.part,
            from: batch.from,
            to: batch.to,
            rows: manifest(batch)?.files.iter().map(|file| file.rows).sum(),
            made_at_ms: batch.made_at_ms,
            delivered_at_ms: batch.delivered_at_ms,
            deliveries: batch.deliveries,
        })
    }
}

const SENT: Table = Table {
    name: "batches-out",
    columns: &[
        "id",
        "day",
        "part",
        "from",
        "to",
        "rows",
        "made_at_ms",
        "delivered_at_ms",
        "deliveries",
    ],
};

/// What went out, newest first.
#[utoipa::path(get, path = "/api/console/batches/outgoing", params(Paging, Form), responses((status = 200, body = PageView<BatchOutgoingRow>)))]
async fn sent(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewBatches)?;
    http::list(form, paging, SENT, async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let after = paging.after().map(day_and_part).transpose()?;
        let found = outgoing::list(&view, after, limit + 1).await?;
        let page = Page::cut(found, limit, |batch| {
            format!("{}.{}", batch.day, batch.part)
        });
        let rows: Result<Vec<_>> = page.rows.iter().map(BatchOutgoingRow::of).collect();
        Ok(PageView {
            rows: rows?,
            next: page.next,
        })
    })
    .await
}

/// A cursor of the list: `2026-11-21.1`.
fn day_and_part(cursor: &str) -> Result<(Date, i64)> {
    let (day, part) = cursor.split_once('.').ok_or_else(malformed)?;
    let day = day.parse().map_err(|_| malformed())?;
    Ok((day, part.parse().map_err(|_| malformed())?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct BatchOutgoingPage {
    #[serde(flatten)]
    row: BatchOutgoingRow,
    files: Vec<Listed>,
    /// As it was handed over.
    manifest: String,
}

/// One batch with its files.
#[utoipa::path(get, path = "/api/console/batches/outgoing/{id}", responses((status = 200, body = BatchOutgoingPage)))]
async fn sent_one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<BatchOutgoingPage>> {
    staff.must(Right::ViewBatches)?;
    let view = ctx.db.read(&staff.institution).await?;
    page(&look(&view, &OutgoingId::parse(&id)?).await?).map(Json)
}

fn page(batch: &Outgoing) -> Result<BatchOutgoingPage> {
    Ok(BatchOutgoingPage {
        row: BatchOutgoingRow::of(batch)?,
        files: manifest(batch)?.files,
        manifest: batch.manifest.clone(),
    })
}

/// A file of a batch, as the lender got it.
#[utoipa::path(get, path = "/api/console/batches/outgoing/{id}/files/{name}", responses((status = 200, content_type = "text/csv")))]
async fn sent_file(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response> {
    staff.must(Right::ViewBatches)?;
    let view = ctx.db.read(&staff.institution).await?;
    let batch = look(&view, &OutgoingId::parse(&id)?).await?;
    drop(view);
    let bytes = file(&ctx, &staff.institution, &batch, &name).await?;
    http::attachment(bytes, "text/csv; charset=utf-8", &name)
}

/// Lays a delivered batch there once more.
#[utoipa::path(post, path = "/api/console/batches/outgoing/{id}/send", request_body = Nothing, responses((status = 200, body = BatchOutgoingPage)))]
async fn send(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<BatchOutgoingPage>> {
    staff.must(Right::SendBatches)?;
    let id = OutgoingId::parse(&id)?;
    let view = ctx.db.read(&staff.institution).await?;
    look(&view, &id).await?;
    let own = access::institution(&view, &staff.institution).await?;
    drop(view);
    if ctx.config.batch.exchange(&own.code).is_none() {
        return Err(Refused::NotConnected.into());
    }
    let batch = ledger::retrying(|| send_again(&ctx, &staff, &id)).await?;
    page(&batch).map(Json)
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct BatchIncomingRow {
    id: String,
    name: String,
    kind: FileKind,
    state: FileState,
    /// Why it was not taken, or not to its end.
    fault: Option<BatchFault>,
    rows: i64,
    rows_done: i64,
    rows_refused: i64,
    /// Hexadecimal.
    sha256: String,
    received_at_ms: i64,
    ended_at_ms: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct BatchFault {
    code: String,
    message: Text,
}

impl From<Incoming> for BatchIncomingRow {
    fn from(file: Incoming) -> Self {
        Self {
            id: file.id.to_string(),
            name: file.name,
            kind: file.kind,
            state: file.state,
            fault: file.fault.map(|fault| BatchFault {
                code: fault.code().to_owned(),
                message: fault.text(),
            }),
            rows: file.rows,
            rows_done: file.rows_done,
            rows_refused: file.rows_refused,
            sha256: file.sha256,
            received_at_ms: file.received_at_ms,
            ended_at_ms: file.ended_at_ms,
        }
    }
}

const DROPPED: Table = Table {
    name: "batches-in",
    columns: &[
        "id",
        "name",
        "kind",
        "state",
        "fault.code",
        "rows",
        "rows_done",
        "rows_refused",
        "sha256",
        "received_at_ms",
        "ended_at_ms",
    ],
};

/// What was dropped, newest first.
#[utoipa::path(get, path = "/api/console/batches/incoming", params(Paging, Form), responses((status = 200, body = PageView<BatchIncomingRow>)))]
async fn dropped(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewBatches)?;
    http::list(form, paging, DROPPED, async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = incoming::list(&view, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |file| file.id.to_string());
        Ok(PageView::from(page.map(BatchIncomingRow::from)))
    })
    .await
}

/// One dropped file, and how far it is.
#[utoipa::path(get, path = "/api/console/batches/incoming/{id}", responses((status = 200, body = BatchIncomingRow)))]
async fn dropped_one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<BatchIncomingRow>> {
    staff.must(Right::ViewBatches)?;
    let view = ctx.db.read(&staff.institution).await?;
    let file = incoming::find(&view, &IncomingId::parse(&id)?).await?;
    Ok(Json(file.into()))
}

/// Ends a file under way: the rows that are left are not gone through.
#[utoipa::path(post, path = "/api/console/batches/incoming/{id}/end", request_body = Nothing, responses((status = 200, body = BatchIncomingRow)))]
async fn end(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<BatchIncomingRow>> {
    let id = IncomingId::parse(&id)?;
    let ended = ledger::retrying(|| end_early(&ctx, &staff, &id)).await?;
    Ok(Json(ended.into()))
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct BatchRow {
    /// The first row under the header is 1.
    no: i64,
    outcome: RowOutcome,
    code: Option<String>,
    field: Option<String>,
    message: Option<Text>,
    journey: Option<String>,
}

impl From<Row> for BatchRow {
    fn from(row: Row) -> Self {
        let message = row.message_zh.zip(row.message_en);
        Self {
            no: row.no,
            outcome: row.outcome,
            code: row.code,
            field: row.field,
            message: message.map(|(zh, en)| Text::new(zh, en)),
            journey: row.journey,
        }
    }
}

/// Which rows are wanted; all without an outcome.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RowFilter {
    outcome: Option<String>,
}

impl RowFilter {
    fn outcome(&self) -> Result<&'static str> {
        match self.outcome.as_deref().unwrap_or("") {
            "" => Ok(""),
            text => RowOutcome::parse(text)
                .map(RowOutcome::as_str)
                .ok_or_else(|| {
                    Error::field(
                        "outcome",
                        "unknown_value",
                        "不是允许的取值。",
                        "Not one of the allowed values.",
                    )
                }),
        }
    }
}

const ROWS: Table = Table {
    name: "batch-rows",
    columns: &[
        "no",
        "outcome",
        "code",
        "field",
        "message.zh",
        "message.en",
        "journey",
    ],
};

/// How the rows of a dropped file ended, in order.
#[utoipa::path(get, path = "/api/console/batches/incoming/{id}/rows", params(RowFilter, Paging, Form), responses((status = 200, body = PageView<BatchRow>)))]
async fn dropped_rows(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(filter): Query<RowFilter>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewBatches)?;
    let id = IncomingId::parse(&id)?;
    rows_of(&ctx, &staff.institution, &id, &filter, (paging, form)).await
}

/// How the rows of a file ended, page by page or as CSV.
pub(super) async fn rows_of(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &IncomingId,
    filter: &RowFilter,
    (paging, form): (Paging, Form),
) -> Result<Response> {
    let outcome = filter.outcome()?;
    let view = ctx.db.read(institution).await?;
    let id = incoming::find(&view, id).await?.id;
    drop(view);
    http::list(form, paging, ROWS, async |paging: Paging| {
        let limit = paging.limit()?;
        let after = match paging.after() {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| malformed())?,
        };
        let view = ctx.db.read(institution).await?;
        let found = incoming::rows(&view, &id, outcome, after, limit + 1).await?;
        let page = Page::cut(found, limit, |row| row.no.to_string());
        Ok(PageView::from(page.map(BatchRow::from)))
    })
    .await
}

fn malformed() -> Error {
    Error::field(
        "after",
        "malformed",
        "翻页位置不对。",
        "The cursor is malformed.",
    )
}
