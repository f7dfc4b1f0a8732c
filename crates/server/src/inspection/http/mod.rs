//! 迎检台 in the console: draws, and the matrix of completeness of each.

mod cases;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions;
use super::model::{Asked, CASES_MAX, Case, Draw, DrawId, DrawState};
use super::store::{self, Wanted};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Result, Text};
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::journey::{self, CellState, Column, Outcome};
use crate::ledger;
use crate::product;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(choices))
        .routes(routes!(list, create))
        .routes(routes!(one))
        .routes(routes!(again))
        .routes(routes!(look))
        .merge(cases::routes())
        .merge(super::bundles::http::routes())
}

#[derive(Serialize, utoipa::ToSchema)]
struct DrawProduct {
    code: String,
    name: Text,
}

#[derive(Serialize, utoipa::ToSchema)]
struct DrawPartner {
    id: String,
    name: String,
}

/// By what loans may be drawn.
#[derive(Serialize, utoipa::ToSchema)]
struct DrawChoices {
    products: Vec<DrawProduct>,
    /// Parties of the products' loans.
    partners: Vec<DrawPartner>,
}

/// Products and partners by which loans may be drawn.
#[utoipa::path(get, path = "/api/console/draws/choices", responses((status = 200, body = DrawChoices)))]
async fn choices(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<DrawChoices>> {
    staff.must(Right::ViewInspections)?;
    let view = ctx.db.read(&staff.institution).await?;
    let (mut products, mut partners) = (BTreeMap::new(), BTreeMap::new());
    for version in product::versions(&view).await? {
        for party in version.definition.example.parties {
            partners.entry(party.id).or_insert(party.name);
        }
        products
            .entry(version.code)
            .or_insert(version.definition.name);
    }
    let products = products.into_iter();
    let partners = partners.into_iter();
    Ok(Json(DrawChoices {
        products: products
            .map(|(code, name)| DrawProduct { code, name })
            .collect(),
        partners: partners
            .map(|(id, name)| DrawPartner { id, name })
            .collect(),
    }))
}

/// A draw in the list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DrawRow)]
struct Row {
    id: String,
    /// First and last civil day on which the loans were opened.
    #[schema(value_type = String)]
    from: Date,
    #[schema(value_type = String)]
    to: Date,
    product: String,
    partner: String,
    outcome: Outcome,
    /// Cases that were asked for.
    n: i64,
    state: DrawState,
    /// Loans that might have been drawn, once they were gone through.
    population: i64,
    /// When they were; their list is kept from then on.
    population_at_ms: Option<i64>,
    /// Cases that were drawn.
    cases: i64,
    /// Hexadecimal, once it is drawn, like the one below.
    seed: Option<String>,
    cases_digest: Option<String>,
    asked_by: String,
    asked_at_ms: i64,
    drawn_at_ms: Option<i64>,
}

async fn row(view: &impl Read, draw: &Draw) -> Result<Row> {
    let asked = &draw.asked;
    Ok(Row {
        id: draw.id.to_string(),
        from: asked.from,
        to: asked.to,
        product: asked.product.clone(),
        partner: asked.partner.clone(),
        outcome: asked.outcome,
        n: asked.n,
        state: draw.state,
        population: draw.population,
        population_at_ms: draw.met_at_ms,
        cases: draw.cases,
        seed: draw.decided.as_ref().map(|decided| decided.seed.clone()),
        cases_digest: draw.cases_digest.clone(),
        asked_by: access::staff_label(view, &draw.asked_by).await?,
        asked_at_ms: draw.asked_at_ms,
        drawn_at_ms: draw.drawn_at_ms,
    })
}

const DRAWS: Table = Table {
    name: "draws",
    columns: &[
        "id",
        "from",
        "to",
        "product",
        "partner",
        "outcome",
        "n",
        "state",
        "population",
        "population_at_ms",
        "cases",
        "seed",
        "cases_digest",
        "asked_by",
        "asked_at_ms",
        "drawn_at_ms",
    ],
};

/// Every draw there ever was, newest first.
#[utoipa::path(get, path = "/api/console/draws", params(Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewInspections)?;
    http::list(form, paging, DRAWS, async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::list(&view, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |draw| draw.id.to_string());
        let mut rows = Vec::with_capacity(page.rows.len());
        for draw in &page.rows {
            rows.push(row(&view, draw).await?);
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
struct NewDraw {
    /// First and last civil day on which the loans were opened.
    #[schema(value_type = String)]
    from: Date,
    #[schema(value_type = String)]
    to: Date,
    /// Product code.
    #[serde(default)]
    product: String,
    /// A party of the loan, as the choices name it.
    #[serde(default)]
    partner: String,
    #[serde(default)]
    outcome: Outcome,
    /// 1 to 500.
    n: i64,
    /// Goes into the seed, and is sworn to before the root that does; at most 64 characters, without anybody's data.
    #[serde(default)]
    words: String,
}

/// Draws loans by lot; a job does it.
#[utoipa::path(post, path = "/api/console/draws", request_body = NewDraw, responses((status = 201, body = DrawPage)))]
async fn create(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(new): Body<NewDraw>,
) -> Result<(StatusCode, Json<DrawPage>)> {
    let asked = Asked {
        from: new.from,
        to: new.to,
        product: new.product,
        partner: new.partner,
        outcome: new.outcome,
        n: new.n,
        words: new.words,
    };
    let draw = ledger::retrying(|| actions::draw(&ctx, &staff, &asked)).await?;
    Ok((
        StatusCode::CREATED,
        Json(page(&ctx, &staff, &draw.id).await?),
    ))
}

/// One protection over all cases of a draw.
#[derive(Serialize, utoipa::ToSchema)]
struct DrawColumn {
    #[serde(flatten)]
    column: Column,
    proved: i64,
    done: i64,
    missing: i64,
    gone: i64,
    not_due: i64,
    not_asked: i64,
}

/// A draw with the sums of its matrix.
#[derive(Serialize, utoipa::ToSchema)]
struct DrawPage {
    #[serde(flatten)]
    row: Row,
    words: String,
    /// Root of the first published checkpoint over the population, hexadecimal, and the entries under it.
    checkpoint_root: Option<String>,
    checkpoint_size: Option<i64>,
    population_digest: Option<String>,
    /// Cases whose evidence was looked at since it was asked for last.
    looked: i64,
    /// Since when nobody looks any more, although not every case was looked at; asked for again, somebody does.
    look_failed_at_ms: Option<i64>,
    /// The oldest look that the matrix shows.
    looked_at_ms: Option<i64>,
    /// Cases in which something is missing.
    with_gaps: i64,
    /// Protections that at least one case asks, in order.
    columns: Vec<DrawColumn>,
}

fn sums(cases: &[Case]) -> Vec<DrawColumn> {
    let column = |column: Column| {
        let cells = || cases.iter().filter_map(|case| case.cells.as_ref());
        let of = |state| {
            let found = cells().filter_map(|cells| cells.get(&column.code));
            i64::try_from(found.filter(|cell| cell.state == state).count()).unwrap_or(i64::MAX)
        };
        let not_asked = cells().filter(|cells| !cells.contains_key(&column.code));
        DrawColumn {
            proved: of(CellState::Proved),
            done: of(CellState::Done),
            missing: of(CellState::Missing),
            gone: of(CellState::Gone),
            not_due: of(CellState::NotDue),
            not_asked: i64::try_from(not_asked.count()).unwrap_or(i64::MAX),
            column,
        }
    };
    let asked = |one: &DrawColumn| one.proved + one.done + one.missing + one.gone + one.not_due > 0;
    journey::columns()
        .into_iter()
        .map(column)
        .filter(asked)
        .collect()
}

async fn page(ctx: &Ctx, staff: &Staff, id: &DrawId) -> Result<DrawPage> {
    let view = ctx.db.read(&staff.institution).await?;
    let draw = store::find(&view, id).await?;
    let cases = store::cases(&view, id, Wanted::All, 0, CASES_MAX).await?;
    let count = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let looked = cases.iter().filter(|case| {
        case.looked_at_ms
            .is_some_and(|at_ms| at_ms >= draw.look_at_ms)
    });
    let gaps = cases.iter().filter(|case| {
        let cells = case.cells.iter().flat_map(BTreeMap::values);
        cells.clone().any(|cell| cell.state == CellState::Missing)
    });
    Ok(DrawPage {
        looked: count(looked.count()),
        looked_at_ms: cases.iter().filter_map(|case| case.looked_at_ms).min(),
        look_failed_at_ms: draw.look_failed_at_ms,
        with_gaps: count(gaps.count()),
        columns: sums(&cases),
        row: row(&view, &draw).await?,
        words: draw.asked.words,
        checkpoint_size: draw.decided.as_ref().map(|decided| decided.size),
        checkpoint_root: draw.decided.map(|decided| decided.root),
        population_digest: draw.population_digest,
    })
}

/// One draw, how far it is, and the sums of its matrix.
#[utoipa::path(get, path = "/api/console/draws/{id}", responses((status = 200, body = DrawPage)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<DrawPage>> {
    staff.must(Right::ViewInspections)?;
    Ok(Json(page(&ctx, &staff, &DrawId::parse(&id)?).await?))
}

/// Begins a draw that failed anew, under the words it has; its population is gone through again.
#[utoipa::path(post, path = "/api/console/draws/{id}/again", request_body = Nothing, responses((status = 200, body = DrawPage)))]
async fn again(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<DrawPage>> {
    let id = DrawId::parse(&id)?;
    actions::again(&ctx, &staff, &id).await?;
    Ok(Json(page(&ctx, &staff, &id).await?))
}

/// Has the evidence of every case looked at anew; a job does it.
#[utoipa::path(post, path = "/api/console/draws/{id}/look", request_body = Nothing, responses((status = 200, body = DrawPage)))]
async fn look(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<DrawPage>> {
    let id = DrawId::parse(&id)?;
    actions::look_again(&ctx, &staff, &id).await?;
    Ok(Json(page(&ctx, &staff, &id).await?))
}
