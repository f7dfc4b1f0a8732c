//! 整改 in the console.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions::{self, New};
use super::model::{Money, Rectification, RectificationId, Said, Severity, State as FindingState};
use super::store;
use crate::access::{self, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(colleagues))
        .routes(routes!(list, create))
        .routes(routes!(one))
        .routes(routes!(reassign))
        .routes(routes!(done))
        .routes(routes!(accept))
        .routes(routes!(give_back))
}

#[derive(Serialize, utoipa::ToSchema)]
struct RectificationColleague {
    id: String,
    label: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct RectificationColleagues {
    rows: Vec<RectificationColleague>,
}

/// Who may be responsible.
#[utoipa::path(get, path = "/api/console/rectifications/colleagues", responses((status = 200, body = RectificationColleagues)))]
async fn colleagues(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<RectificationColleagues>> {
    staff.must(Right::OpenRectifications)?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = access::colleagues_with(&view, Right::HandleRectifications).await?;
    let rows = found
        .into_iter()
        .map(|(id, label)| RectificationColleague {
            id: id.to_string(),
            label,
        })
        .collect();
    Ok(Json(RectificationColleagues { rows }))
}

/// A finding in the list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RectificationRow)]
struct Row {
    id: String,
    draw: Option<String>,
    journey: Option<String>,
    /// A column of the matrix of completeness.
    column: Option<String>,
    severity: Severity,
    words: String,
    responsible: String,
    /// The reader is responsible.
    mine: bool,
    /// The hold on the loan's money, which accepting lifts.
    hold: Option<String>,
    /// Last day, in China.
    #[schema(value_type = String)]
    due: Date,
    /// Its day is over and nobody put it right.
    overdue: bool,
    state: FindingState,
    opened_by: String,
    opened_at_ms: i64,
    done_at_ms: Option<i64>,
    accepted_at_ms: Option<i64>,
}

async fn row(view: &impl Read, reader: &Staff, one: &Rectification, today: Date) -> Result<Row> {
    Ok(Row {
        id: one.id.to_string(),
        draw: one.draw.clone(),
        journey: one.journey.clone(),
        column: one.column.clone(),
        severity: one.severity,
        words: one.found.words.clone(),
        responsible: access::staff_label(view, &one.responsible).await?,
        mine: one.responsible == reader.id.as_str(),
        hold: one.hold.clone(),
        due: one.due,
        overdue: one.is_overdue(today),
        state: one.state,
        opened_by: access::staff_label(view, &one.found.by).await?,
        opened_at_ms: one.found.at_ms,
        done_at_ms: one.done.as_ref().map(|said| said.at_ms),
        accepted_at_ms: one.accepted_at_ms,
    })
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    state: String,
    /// `only` for those whose day is over.
    #[serde(default)]
    overdue: String,
    /// `only` for those the reader is responsible for.
    #[serde(default)]
    mine: String,
    #[serde(default)]
    draw: String,
    #[serde(default)]
    journey: String,
}

impl Filters {
    fn filter(self, reader: &Staff, today: Date) -> Result<store::Filter> {
        let only = |text: &str| ["", "only"].contains(&text);
        let state = self.state.is_empty() || FindingState::parse(&self.state).is_some();
        for (path, known) in [
            ("state", state),
            ("overdue", only(&self.overdue)),
            ("mine", only(&self.mine)),
        ] {
            if !known {
                return Err(Error::field(
                    path,
                    "unknown_value",
                    "没有这个选项。",
                    "There is no such value.",
                ));
            }
        }
        let where_only = |wanted: &str, value: String| match wanted {
            "only" => value,
            _ => String::new(),
        };
        Ok(store::Filter {
            state: self.state,
            due_before: where_only(&self.overdue, today.to_string()),
            responsible: where_only(&self.mine, reader.id.to_string()),
            draw: self.draw,
            journey: self.journey,
        })
    }
}

const TABLE: Table = Table {
    name: "rectifications",
    columns: &[
        "id",
        "draw",
        "journey",
        "column",
        "severity",
        "words",
        "responsible",
        "hold",
        "due",
        "overdue",
        "state",
        "opened_by",
        "opened_at_ms",
        "done_at_ms",
        "accepted_at_ms",
    ],
};

/// Findings, newest first.
#[utoipa::path(get, path = "/api/console/rectifications", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewRectifications)?;
    let today = clock::civil_date(ctx.clock.now_ms());
    let filter = filters.filter(&staff, today)?;
    http::list(form, paging, TABLE, async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::list(&view, &filter, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |one| one.id.to_string());
        let mut rows = Vec::with_capacity(page.rows.len());
        for one in &page.rows {
            rows.push(row(&view, &staff, one, today).await?);
        }
        Ok(PageView {
            rows,
            next: page.next,
        })
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRectification {
    draw: Option<String>,
    journey: Option<String>,
    /// A column of the matrix of completeness; with a journey only.
    column: Option<String>,
    severity: Severity,
    /// 4 to 500 characters, without anybody's data.
    words: String,
    /// Id of a colleague.
    responsible: String,
    #[schema(value_type = String)]
    due: Date,
    /// `stops` places a hold on the loan until the finding is accepted; by whoever may stop money.
    #[serde(default)]
    money: Money,
}

/// Opens a finding.
#[utoipa::path(post, path = "/api/console/rectifications", request_body = NewRectification, responses((status = 201, body = RectificationPage)))]
async fn create(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(new): Body<NewRectification>,
) -> Result<(StatusCode, Json<RectificationPage>)> {
    let new = New {
        draw: new.draw,
        journey: new.journey,
        column: new.column,
        severity: new.severity,
        words: new.words,
        responsible: new.responsible,
        due: new.due,
        money: new.money,
    };
    let found = ledger::retrying(|| actions::open(&ctx, &staff, &new)).await?;
    let page = page(&ctx, &staff, &found.id).await?;
    Ok((StatusCode::CREATED, Json(page)))
}

#[derive(Serialize, utoipa::ToSchema)]
struct RectificationSaid {
    words: String,
    by: String,
    at_ms: i64,
}

/// A finding with what was said about it.
#[derive(Serialize, utoipa::ToSchema)]
struct RectificationPage {
    #[serde(flatten)]
    row: Row,
    done: Option<RectificationSaid>,
    /// Somebody else is to agree with it.
    own: bool,
    /// Why it was given back last.
    returned: Option<RectificationSaid>,
    accepted_by: Option<String>,
    /// What agreeing or giving back must name.
    version: i64,
}

async fn page(ctx: &Ctx, staff: &Staff, id: &RectificationId) -> Result<RectificationPage> {
    let view = ctx.db.read(&staff.institution).await?;
    let found = store::find(&view, id).await?;
    let today = clock::civil_date(ctx.clock.now_ms());
    let accepted_by = match &found.accepted_by {
        Some(by) => Some(access::staff_label(&view, by).await?),
        None => None,
    };
    Ok(RectificationPage {
        row: row(&view, staff, &found, today).await?,
        own: found
            .done
            .as_ref()
            .is_some_and(|done| done.by == staff.id.as_str()),
        done: said(&view, found.done).await?,
        returned: said(&view, found.returned).await?,
        accepted_by,
        version: found.version,
    })
}

async fn said(view: &impl Read, said: Option<Said>) -> Result<Option<RectificationSaid>> {
    let Some(said) = said else { return Ok(None) };
    Ok(Some(RectificationSaid {
        by: access::staff_label(view, &said.by).await?,
        words: said.words,
        at_ms: said.at_ms,
    }))
}

/// One finding.
#[utoipa::path(get, path = "/api/console/rectifications/{id}", responses((status = 200, body = RectificationPage)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<RectificationPage>> {
    staff.must(Right::ViewRectifications)?;
    let id = RectificationId::parse(&id)?;
    page(&ctx, &staff, &id).await.map(Json)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RectificationHand {
    /// Id of a colleague.
    responsible: String,
}

/// Gives a finding to another colleague.
#[utoipa::path(post, path = "/api/console/rectifications/{id}/reassign", request_body = RectificationHand, responses((status = 200, body = RectificationPage)))]
async fn reassign(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(hand): Body<RectificationHand>,
) -> Result<Json<RectificationPage>> {
    let id = RectificationId::parse(&id)?;
    ledger::retrying(|| actions::reassign(&ctx, &staff, &id, &hand.responsible)).await?;
    page(&ctx, &staff, &id).await.map(Json)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RectificationWords {
    /// 4 to 500 characters, without anybody's data.
    words: String,
}

/// The responsible colleague says that it is put right; somebody else is to agree.
#[utoipa::path(post, path = "/api/console/rectifications/{id}/done", request_body = RectificationWords, responses((status = 200, body = RectificationPage)))]
async fn done(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(said): Body<RectificationWords>,
) -> Result<Json<RectificationPage>> {
    let id = RectificationId::parse(&id)?;
    ledger::retrying(|| actions::done(&ctx, &staff, &id, &said.words)).await?;
    page(&ctx, &staff, &id).await.map(Json)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RectificationSeen {
    /// As it was read.
    version: i64,
}

/// Agrees with what somebody else did.
#[utoipa::path(post, path = "/api/console/rectifications/{id}/accept", request_body = RectificationSeen, responses((status = 200, body = RectificationPage)))]
async fn accept(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(seen): Body<RectificationSeen>,
) -> Result<Json<RectificationPage>> {
    let id = RectificationId::parse(&id)?;
    ledger::retrying(|| actions::accept(&ctx, &staff, &id, seen.version)).await?;
    page(&ctx, &staff, &id).await.map(Json)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RectificationReturn {
    /// As it was read.
    version: i64,
    /// Why; 4 to 500 characters, without anybody's data.
    words: String,
}

/// Gives back what somebody else did: it is open again.
#[utoipa::path(post, path = "/api/console/rectifications/{id}/return", request_body = RectificationReturn, responses((status = 200, body = RectificationPage)))]
async fn give_back(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(said): Body<RectificationReturn>,
) -> Result<Json<RectificationPage>> {
    let id = RectificationId::parse(&id)?;
    let seen = (said.version, said.words.as_str());
    ledger::retrying(|| actions::give_back(&ctx, &staff, &id, seen)).await?;
    page(&ctx, &staff, &id).await.map(Json)
}
