//! What the house did under consents and duties, in the console: bureau queries, tellings before a report, provisions.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::search::{unknown_value, whose};
use crate::access::{Right, Staff};
use crate::consent::adverse::{AdverseNotice, Coverage};
use crate::consent::bureau::{self as asks, Denial};
use crate::consent::notice::BureauPurpose;
use crate::consent::outreach::{Provision, WorkState};
use crate::consent::read::adverse_receipt;
use crate::consent::store::{Whose, adverse, bureau, outreach};
use crate::ctx::Ctx;
use crate::db::{Page, View};
use crate::error::Result;
use crate::http::{self, Body, Form, PageView, Paging, Query, Routes, Table};
use crate::vault::{self, Private, Subject, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(queries))
        .routes(routes!(search_queries))
        .routes(routes!(adverse_notices))
        .routes(routes!(search_adverse_notices))
        .routes(routes!(provisions))
        .routes(routes!(search_provisions))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    journey: String,
    /// One state of the list's own; every one when empty.
    #[serde(default)]
    state: String,
}

/// A journey's id, a whole phone or a whole ID number.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DutySearch {
    q: Private<String>,
    #[serde(default)]
    state: String,
}

/// Whom a row is about, masked.
#[derive(Serialize, utoipa::ToSchema)]
struct Person {
    person_masked: String,
    phone_masked: String,
}

type People = HashMap<SubjectId, Subject>;

fn person(people: &People, id: &SubjectId) -> Person {
    let known = people.get(id);
    Person {
        person_masked: known.map_or_else(String::new, |one| one.name_masked.clone()),
        phone_masked: known.map_or_else(String::new, |one| one.phone_masked.clone()),
    }
}

async fn people<'a>(
    ctx: &Ctx,
    view: &View,
    rows: impl Iterator<Item = &'a SubjectId>,
) -> Result<People> {
    let ids: Vec<SubjectId> = rows.cloned().collect();
    vault::subjects(ctx, view, &ids).await
}

/// What an ask was answered.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[schema(as = BureauQueryState)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Allowed,
    Refused,
}

#[derive(Serialize, utoipa::ToSchema)]
struct BureauQueryRow {
    id: String,
    #[serde(flatten)]
    person: Person,
    journey: String,
    purpose: BureauPurpose,
    state: Outcome,
    denial: Option<Denial>,
    /// The consent it rested on.
    authority: Option<String>,
    valid_until_ms: Option<i64>,
    asked_at_ms: i64,
}

const QUERIES: Table = Table {
    name: "bureau-queries",
    columns: &[
        "id",
        "person_masked",
        "phone_masked",
        "journey",
        "purpose",
        "state",
        "denial",
        "authority",
        "valid_until_ms",
        "asked_at_ms",
    ],
};

async fn query_rows(
    ctx: &Ctx,
    staff: &Staff,
    (whose, state): (&Whose, &str),
    paging: Paging,
) -> Result<PageView<BureauQueryRow>> {
    staff.must(Right::ViewConsents)?;
    if !["", "allowed", "refused"].contains(&state) {
        return Err(unknown_value("state"));
    }
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = bureau::list(&view, whose, state, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(found, limit, |query| query.id.to_string());
    let known = people(ctx, &view, page.rows.iter().map(|row| &row.subject)).await?;
    let row = |query: asks::Query| BureauQueryRow {
        id: query.id.to_string(),
        person: person(&known, &query.subject),
        journey: query.case,
        purpose: query.purpose,
        state: match query.denial {
            None => Outcome::Allowed,
            Some(_) => Outcome::Refused,
        },
        denial: query.denial,
        authority: query.authority,
        valid_until_ms: query.valid_until_ms,
        asked_at_ms: query.asked_at_ms,
    };
    Ok(page.map(row).into())
}

/// Every ask whether the bureau may be queried, newest first.
#[utoipa::path(get, path = "/api/console/bureau-queries", params(Filters, Form, Paging), responses((status = 200, body = PageView<BureauQueryRow>)))]
async fn queries(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    let whose = Whose::about(&filters.journey);
    let page = |paging| query_rows(&ctx, &staff, (&whose, &filters.state), paging);
    http::list(form, paging, QUERIES, page).await
}

/// Asks about one person or one journey.
#[utoipa::path(post, path = "/api/console/bureau-queries/search", params(Paging), request_body = DutySearch, responses((status = 200, body = PageView<BureauQueryRow>)))]
async fn search_queries(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Body(search): Body<DutySearch>,
) -> Result<Json<PageView<BureauQueryRow>>> {
    staff.must(Right::ViewConsents)?;
    let whose = whose(&ctx, &staff, &search.q).await?;
    let page = query_rows(&ctx, &staff, (&whose, &search.state), paging).await?;
    Ok(Json(page))
}

#[derive(Serialize, utoipa::ToSchema)]
struct AdverseRow {
    id: String,
    #[serde(flatten)]
    person: Person,
    journey: String,
    /// Fen.
    overdue: i64,
    #[schema(value_type = String, format = Date)]
    due_date: Date,
    #[schema(value_type = String, format = Date)]
    report_on: Date,
    coverage: Coverage,
    told_at_ms: i64,
    sent_at_ms: Option<i64>,
    /// When the phone had it, by the gateway's receipt.
    receipt_at_ms: Option<i64>,
    /// When the person had it on the screen.
    seen_at_ms: Option<i64>,
}

const ADVERSE: Table = Table {
    name: "adverse-notices",
    columns: &[
        "id",
        "person_masked",
        "phone_masked",
        "journey",
        "overdue",
        "due_date",
        "report_on",
        "coverage",
        "told_at_ms",
        "sent_at_ms",
        "receipt_at_ms",
        "seen_at_ms",
    ],
};

async fn adverse_rows(
    ctx: &Ctx,
    staff: &Staff,
    whose: &Whose,
    paging: Paging,
) -> Result<PageView<AdverseRow>> {
    staff.must(Right::ViewConsents)?;
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = adverse::list(&view, whose, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(found, limit, |notice| notice.id.to_string());
    let known = people(ctx, &view, page.rows.iter().map(|row| &row.subject)).await?;
    let (days, now_ms) = (ctx.config.consent.adverse_days, ctx.clock.now_ms());
    let mut rows = Vec::with_capacity(page.rows.len());
    for notice in page.rows {
        let receipt_at_ms = adverse_receipt(&view, &notice.id).await?;
        let coverage = notice.coverage(receipt_at_ms, days, now_ms);
        let AdverseNotice { id, arrears, .. } = notice;
        rows.push(AdverseRow {
            id: id.to_string(),
            person: person(&known, &notice.subject),
            journey: notice.case,
            overdue: arrears.overdue,
            due_date: arrears.due_date,
            report_on: arrears.report_on,
            coverage,
            told_at_ms: notice.told_at_ms,
            sent_at_ms: notice.sent_at_ms,
            receipt_at_ms,
            seen_at_ms: notice.seen_at_ms,
        });
    }
    Ok(PageView {
        rows,
        next: page.next,
    })
}

/// Tellings before a report to the bureau with the proof of their delivery, newest first.
#[utoipa::path(get, path = "/api/console/adverse-notices", params(Filters, Form, Paging), responses((status = 200, body = PageView<AdverseRow>)))]
async fn adverse_notices(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    if !filters.state.is_empty() {
        return Err(unknown_value("state"));
    }
    let whose = Whose::about(&filters.journey);
    let page = |paging| adverse_rows(&ctx, &staff, &whose, paging);
    http::list(form, paging, ADVERSE, page).await
}

/// Tellings about one person or one journey.
#[utoipa::path(post, path = "/api/console/adverse-notices/search", params(Paging), request_body = DutySearch, responses((status = 200, body = PageView<AdverseRow>)))]
async fn search_adverse_notices(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Body(search): Body<DutySearch>,
) -> Result<Json<PageView<AdverseRow>>> {
    staff.must(Right::ViewConsents)?;
    if !search.state.is_empty() {
        return Err(unknown_value("state"));
    }
    let whose = whose(&ctx, &staff, &search.q).await?;
    Ok(Json(adverse_rows(&ctx, &staff, &whose, paging).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct ProvisionRow {
    id: String,
    #[serde(flatten)]
    person: Person,
    journey: String,
    consent: String,
    recipient: String,
    items: Vec<String>,
    state: WorkState,
    /// SHA-256 of the body that was sent, hex.
    digest: Option<String>,
    asked_at_ms: i64,
    ended_at_ms: Option<i64>,
}

const PROVISIONS: Table = Table {
    name: "provisions",
    columns: &[
        "id",
        "person_masked",
        "phone_masked",
        "journey",
        "consent",
        "recipient",
        "items",
        "state",
        "digest",
        "asked_at_ms",
        "ended_at_ms",
    ],
};

async fn provision_rows(
    ctx: &Ctx,
    staff: &Staff,
    (whose, state): (&Whose, &str),
    paging: Paging,
) -> Result<PageView<ProvisionRow>> {
    staff.must(Right::ViewConsents)?;
    if !state.is_empty() && WorkState::parse(state).is_none() {
        return Err(unknown_value("state"));
    }
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let found =
        outreach::provisions(&view, whose, state, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(found, limit, |provision| provision.id.to_string());
    let known = people(ctx, &view, page.rows.iter().map(|row| &row.subject)).await?;
    let row = |provision: Provision| ProvisionRow {
        id: provision.id.to_string(),
        person: person(&known, &provision.subject),
        journey: provision.case,
        consent: provision.consent.to_string(),
        recipient: provision.recipient,
        items: provision.items,
        state: provision.state,
        digest: provision.digest,
        asked_at_ms: provision.asked_at_ms,
        ended_at_ms: provision.ended_at_ms,
    };
    Ok(page.map(row).into())
}

/// What was given to partners, or is to be, newest first.
#[utoipa::path(get, path = "/api/console/provisions", params(Filters, Form, Paging), responses((status = 200, body = PageView<ProvisionRow>)))]
async fn provisions(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    let whose = Whose::about(&filters.journey);
    let page = |paging| provision_rows(&ctx, &staff, (&whose, &filters.state), paging);
    http::list(form, paging, PROVISIONS, page).await
}

/// What was given of one person or in one journey.
#[utoipa::path(post, path = "/api/console/provisions/search", params(Paging), request_body = DutySearch, responses((status = 200, body = PageView<ProvisionRow>)))]
async fn search_provisions(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Body(search): Body<DutySearch>,
) -> Result<Json<PageView<ProvisionRow>>> {
    staff.must(Right::ViewConsents)?;
    let whose = whose(&ctx, &staff, &search.q).await?;
    let page = provision_rows(&ctx, &staff, (&whose, &search.state), paging).await?;
    Ok(Json(page))
}
