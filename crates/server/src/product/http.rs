//! Products in the console.

use axum::Json;
use axum::extract::State;
use cost::{CostSheet, Policy};
use serde::Serialize;
use utoipa_axum::routes;

use super::cooling_off::CoolingOff;
use super::model::{self, Version};
use super::steps::Protection;
use super::{ProductId, actions, store};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Refuse, Result, Text};
use crate::http::{PageView, Paging, Path, Query, Routes};
use crate::ledger;
use crate::roster::{self, Live};
use crate::vault::SubjectKind;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(approve))
        .merge(super::script::routes())
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ProductRow)]
struct Row {
    id: String,
    code: String,
    name: Text,
    version: i64,
    state: model::State,
    composite_ppm: i64,
    method: cost::Repayment,
    /// Kinds of borrowers it is for.
    borrowers: Vec<SubjectKind>,
    updated_at_ms: i64,
    alerts: Vec<&'static str>,
}

fn sheet(version: &Version, policy: &Policy) -> Result<CostSheet> {
    cost::sheet(&version.definition.example, policy)
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

fn row(version: &Version, sheet: &CostSheet, policy: &Policy, live: &Live) -> Result<Row> {
    let mut alerts = version
        .definition
        .alerts(policy)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let obstacles = live.obstacles(&version.definition.example);
    alerts.extend(obstacles.iter().map(Refuse::code));
    Ok(Row {
        id: version.product.to_string(),
        code: version.code.clone(),
        name: version.definition.name.clone(),
        version: version.number,
        state: version.state,
        composite_ppm: sheet.composite.annual_ppm,
        method: version.definition.example.repayment,
        borrowers: version.definition.borrowers().to_vec(),
        updated_at_ms: version.released_at_ms.unwrap_or(version.created_at_ms),
        alerts,
    })
}

/// The newest version of each product.
#[utoipa::path(get, path = "/api/console/products", responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<Row>>> {
    staff.must(Right::ViewProducts)?;
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let policy = super::policy(&view).await?;
    let live = roster::live(&view, ctx.clock.now_ms()).await?;
    let rows = store::newest(&view, paging.after().unwrap_or(""), limit + 1).await?;
    let rows = rows
        .into_iter()
        .map(|stored| {
            let version = stored.version()?;
            row(&version, &sheet(&version, &policy)?, &policy, &live)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Json(Page::cut(rows, limit, |row| row.id.clone()).into()))
}

#[derive(Serialize, utoipa::ToSchema)]
struct ApprovalView {
    name: String,
    at_ms: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
struct VersionView {
    version: i64,
    state: model::State,
    digest: String,
    created_at_ms: i64,
    released_at_ms: Option<i64>,
    proposed_by: String,
    approvals: Vec<ApprovalView>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ProductPage)]
struct ProductView {
    #[serde(flatten)]
    row: Row,
    versions: Vec<VersionView>,
    example: CostSheet,
    required: Vec<Protection>,
    reading_seconds: model::ReadingSeconds,
    key_terms: Vec<model::KeyTerm>,
    without_guarantee: Option<Text>,
    /// What the contract promises of giving the money back.
    cooling_off: Option<Text>,
}

const VERSIONS_MAX: i64 = 50;

/// One product with its versions.
#[utoipa::path(get, path = "/api/console/products/{id}", responses((status = 200, body = ProductView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<ProductView>> {
    staff.must(Right::ViewProducts)?;
    let id = ProductId::parse(&id)?;
    let view = ctx.db.read(&staff.institution).await?;
    let mut versions = Vec::new();
    let mut newest = None;
    for stored in store::versions(&view, &id, VERSIONS_MAX).await? {
        let approved_by = stored.approved_by.clone();
        let version = stored.version()?;
        let approvals = match (approved_by, version.released_at_ms) {
            (Some(by), Some(at_ms)) => vec![ApprovalView {
                name: access::staff_label(&view, &by).await?,
                at_ms,
            }],
            _ => Vec::new(),
        };
        versions.push(VersionView {
            version: version.number,
            state: version.state,
            digest: version.digest.clone(),
            created_at_ms: version.created_at_ms,
            released_at_ms: version.released_at_ms,
            proposed_by: access::staff_label(&view, &version.proposed_by).await?,
            approvals,
        });
        newest.get_or_insert(version);
    }
    let newest = newest.ok_or_else(Error::not_found)?;
    let policy = super::policy(&view).await?;
    let live = roster::live(&view, ctx.clock.now_ms()).await?;
    let example = sheet(&newest, &policy)?;
    Ok(Json(ProductView {
        row: row(&newest, &example, &policy, &live)?,
        versions,
        example,
        required: newest.definition.required,
        reading_seconds: newest.definition.reading_seconds,
        cooling_off: newest.definition.cooling_off.map(CoolingOff::text),
        key_terms: newest.definition.key_terms,
        without_guarantee: newest.definition.without_guarantee,
    }))
}

/// Releases a proposed version: the second pair of eyes.
#[utoipa::path(post, path = "/api/console/products/{id}/versions/{number}/approve", responses((status = 200, body = Row)))]
async fn approve(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, number)): Path<(String, i64)>,
) -> Result<Json<Row>> {
    let id = ProductId::parse(&id)?;
    let version = ledger::retrying(|| actions::approve(&ctx, &staff, &id, number)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let policy = super::policy(&view).await?;
    let live = roster::live(&view, ctx.clock.now_ms()).await?;
    Ok(Json(row(
        &version,
        &sheet(&version, &policy)?,
        &policy,
        &live,
    )?))
}
