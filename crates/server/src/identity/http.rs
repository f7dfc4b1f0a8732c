//! The console's side: who waits for a person, what was asked about them, and the attestation.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions;
use super::model::{Answer, Attestation, Case, Check, Freshness, Origin, Phase, Reason, Route};
use super::store;
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::product::IdentityMethod;
use crate::vault::{self, Subject, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(attest))
        .merge(super::card::http::routes())
}

/// One case in the list of identities.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = IdentityRow)]
struct Row {
    /// The journey's, or that of the act which it is checked for.
    id: String,
    journey: String,
    /// Digest of what is to be signed, for a check made for that alone.
    bound_to: Option<String>,
    borrower_masked: String,
    phone_masked: String,
    phase: Phase,
    route: Route,
    document: Option<Freshness>,
    same_phone: i64,
    asked_at_ms: i64,
    settled_at_ms: Option<i64>,
}

impl Row {
    fn of(case: Case, subject: Option<&Subject>) -> Self {
        Self {
            journey: case.journey().to_owned(),
            bound_to: case.act.map(|act| act.digest),
            id: case.case,
            borrower_masked: subject.map_or_else(String::new, |s| s.name_masked.clone()),
            phone_masked: subject.map_or_else(String::new, |s| s.phone_masked.clone()),
            phase: case.phase,
            route: case.route,
            document: case.document,
            same_phone: case.same_phone,
            asked_at_ms: case.asked_at_ms,
            settled_at_ms: case.settled_at_ms,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    phase: String,
}

const TABLE: Table = Table {
    name: "identity",
    columns: &[
        "id",
        "journey",
        "bound_to",
        "borrower_masked",
        "phone_masked",
        "phase",
        "route",
        "document",
        "same_phone",
        "asked_at_ms",
        "settled_at_ms",
    ],
};

/// Identities, newest first.
#[utoipa::path(get, path = "/api/console/identity", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIdentity)?;
    if !filters.phase.is_empty() && Phase::parse(&filters.phase).is_none() {
        return Err(Error::field(
            "phase",
            "unknown_value",
            "没有这个状态。",
            "There is no such phase.",
        ));
    }
    let page = |paging| rows(&ctx, &staff, &filters.phase, paging);
    http::list(form, paging, TABLE, page).await
}

async fn rows(ctx: &Ctx, staff: &Staff, phase: &str, paging: Paging) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let cases = store::list(&view, phase, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(cases, limit, |case| case.case.clone());
    let ids: Vec<SubjectId> = page.rows.iter().map(|case| case.subject.clone()).collect();
    let subjects = vault::subjects(ctx, &view, &ids).await?;
    Ok(page
        .map(|case| {
            let subject = subjects.get(&case.subject);
            Row::of(case, subject)
        })
        .into())
}

/// One question as staff see it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = IdentityCheckRow)]
struct CheckView {
    id: String,
    method: IdentityMethod,
    answer: Option<Answer>,
    reason: Option<Reason>,
    provider: Option<String>,
    origin: Option<Origin>,
    tries: i64,
    answered_at_ms: Option<i64>,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            id: check.id.to_string(),
            method: check.method,
            answer: check.answer,
            reason: check.reason,
            provider: check.provider,
            origin: check.origin,
            tries: check.tries,
            answered_at_ms: check.answered_at_ms,
        }
    }
}

/// A case with everything that was asked about it.
#[derive(Serialize, utoipa::ToSchema)]
struct CaseView {
    #[serde(flatten)]
    row: Row,
    id_number_masked: String,
    checks: Vec<CheckView>,
}

/// One identity with everything that was asked.
#[utoipa::path(get, path = "/api/console/identity/{id}", responses((status = 200, body = CaseView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<CaseView>> {
    staff.must(Right::ViewIdentity)?;
    Ok(Json(case_view(&ctx, &staff, &id).await?))
}

async fn case_view(ctx: &Ctx, staff: &Staff, id: &str) -> Result<CaseView> {
    let view = ctx.db.read(&staff.institution).await?;
    let found = store::find(&view, id).await?.ok_or_else(Error::not_found)?;
    let subject = vault::subject_in(ctx, &view, &found.subject, found.journey()).await?;
    let checks = store::checks(&view, id).await?;
    Ok(CaseView {
        id_number_masked: subject.id_number_masked.clone(),
        row: Row::of(found, Some(&subject)),
        checks: checks.into_iter().map(CheckView::from).collect(),
    })
}

/// What a member of staff saw.
#[utoipa::path(post, path = "/api/console/identity/{id}/attest", request_body = Attestation, responses((status = 200, body = CaseView)))]
async fn attest(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(what): Body<Attestation>,
) -> Result<Json<CaseView>> {
    ledger::retrying(|| actions::attest(&ctx, &staff, &id, &what)).await?;
    Ok(Json(case_view(&ctx, &staff, &id).await?))
}
