//! Journeys in the console: list, one journey, its bundle.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use cost::CostSheet;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::changes::{self, ChangeRow, ChangeView};
use super::documents::{self, DocumentView, offered};
use super::holds::{self, MoneyHold};
use super::kind::Kind;
use super::model::{Journey, Next, Represented, State as JourneyState};
use super::parties::{self, PartyView};
use super::partner::LinkView;
use super::release::{self, Release};
use super::steps::{self, Standing};
use super::views::{state_at, unpriced_at};
use super::{JourneyId, actions, store};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::disclosure::{self, Audience, Sheet, Step};
use crate::error::{Error, Result, Text};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::product::{self, Channel, Protection};
use crate::recording::Films;
use crate::vault::{self, ItemKind, Private};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(bundle))
        .routes(routes!(release))
        .routes(routes!(link))
        .routes(routes!(document))
}

#[derive(Serialize, utoipa::ToSchema)]
struct ProductRef {
    code: String,
    name: Text,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JourneyRow)]
struct Row {
    id: String,
    kind: Kind,
    reference: String,
    borrower_masked: String,
    phone_masked: String,
    /// The business that borrows, when one does.
    business: Option<Represented>,
    product: ProductRef,
    principal: Option<i64>,
    periods: Option<i64>,
    composite_ppm: Option<i64>,
    /// How the borrower came, where the lender says it.
    channel: Option<Channel>,
    /// The lender's own risk rules mark the loan.
    risk_flagged: bool,
    audience: Audience,
    state: JourneyState,
    /// The step that a journey without a price is at; with one, `step` says it.
    current: Option<Protection>,
    step: Next,
    person_asked_at_ms: Option<i64>,
    created_at_ms: i64,
    updated_at_ms: i64,
    expires_at_ms: i64,
}

fn row(
    journey: &Journey,
    name: Text,
    (current, step): (Option<Protection>, Option<Step>),
    now_ms: i64,
) -> Row {
    Row {
        current,
        id: journey.id.to_string(),
        kind: journey.kind,
        reference: journey.reference.clone(),
        borrower_masked: journey.borrower_masked.clone(),
        phone_masked: journey.phone_masked.clone(),
        business: journey.business.clone(),
        product: ProductRef {
            code: journey.product_code.clone(),
            name,
        },
        principal: journey.principal,
        periods: journey.periods,
        composite_ppm: journey.composite_ppm,
        channel: journey.came.channel,
        risk_flagged: journey.came.risk_flagged,
        audience: journey.audience,
        state: state_at(journey, now_ms),
        step: journey.next(step),
        person_asked_at_ms: journey.person_asked_at_ms,
        created_at_ms: journey.created_at_ms,
        updated_at_ms: journey.updated_at_ms,
        expires_at_ms: journey.expires_at_ms,
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    state: String,
    #[serde(default)]
    product: String,
}

/// Journeys, newest first.
#[utoipa::path(get, path = "/api/console/journeys", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    let filter = store::Filter {
        state: filters.state,
        product: filters.product,
        ..store::Filter::default()
    };
    let page = |paging| rows(&ctx, &staff, filter.clone(), paging);
    http::list(form, paging, TABLE, page).await
}

const TABLE: Table = Table {
    name: "journeys",
    columns: &[
        "id",
        "kind",
        "reference",
        "borrower_masked",
        "phone_masked",
        "business.name_masked",
        "product.code",
        "product.name.zh",
        "principal",
        "periods",
        "composite_ppm",
        "audience",
        "state",
        "current",
        "step",
        "person_asked_at_ms",
        "created_at_ms",
        "updated_at_ms",
        "expires_at_ms",
    ],
};

/// Looked for by a body, never by the address: a phone or ID number must not end in anyone's access log.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JourneySearch)]
struct Search {
    q: Private<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    product: String,
}

const SEARCH_CHARS_MAX: usize = 64;

/// Subjects that one phone or ID number may belong to; more would be a search by chance.
const SUBJECTS_MAX: usize = 20;

/// Journeys by an exact id, reference, phone or ID number.
#[utoipa::path(post, path = "/api/console/journeys/search", request_body = Search, responses((status = 200, body = PageView<Row>)))]
async fn search(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Body(search): Body<Search>,
) -> Result<Json<PageView<Row>>> {
    staff.must(Right::ViewJourneys)?;
    let q = search.q.expose().trim();
    if q.is_empty() || q.chars().count() > SEARCH_CHARS_MAX || q.chars().any(char::is_control) {
        return Err(Error::field(
            "q",
            "malformed",
            "请输入 1 至 64 个字符。",
            "Type 1 to 64 characters.",
        ));
    }
    let view = ctx.db.read(&staff.institution).await?;
    let mut subjects = Vec::new();
    for kind in [ItemKind::Phone, ItemKind::IdNumber, ItemKind::CreditCode] {
        subjects.extend(vault::search(&ctx, &view, kind, q).await?);
    }
    subjects.truncate(SUBJECTS_MAX);
    drop(view);
    let filter = store::Filter {
        id: q.to_owned(),
        reference: q.to_owned(),
        subjects,
        state: search.state,
        product: search.product,
    };
    Ok(Json(rows(&ctx, &staff, filter, paging).await?))
}

async fn rows(
    ctx: &Ctx,
    staff: &Staff,
    filter: store::Filter,
    paging: Paging,
) -> Result<PageView<Row>> {
    staff.must(Right::ViewJourneys)?;
    if !filter.state.is_empty() && JourneyState::parse(&filter.state).is_none() {
        return Err(Error::field(
            "state",
            "unknown_value",
            "没有这个状态。",
            "There is no such state.",
        ));
    }
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let now_ms = ctx.clock.now_ms();
    let journeys = store::list(
        &view,
        &filter,
        now_ms,
        paging.after().unwrap_or(""),
        limit + 1,
    )
    .await?;
    let page = Page::cut(journeys, limit, |journey| journey.id.to_string());
    let cases = page.rows.iter().map(|journey| journey.id.as_str());
    let cases: Vec<&str> = cases.collect();
    let steps = disclosure::steps(&view, &cases).await?;
    let mut names: HashMap<(String, i64), Text> = HashMap::new();
    let mut rows = Vec::with_capacity(page.rows.len());
    for journey in &page.rows {
        let key = (journey.product.to_string(), journey.product_version);
        let name = match names.entry(key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let (product, number) = (&journey.product, journey.product_version);
                let version = product::version(&view, product, number).await?;
                free.insert(version.definition.name).clone()
            }
        };
        let current = unpriced_at(&view, journey, now_ms).await?;
        let step = steps.get(journey.id.as_str()).copied();
        rows.push(row(journey, name, (current, step), now_ms));
    }
    Ok(PageView {
        rows,
        next: page.next,
    })
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JourneyPage)]
struct JourneyView {
    #[serde(flatten)]
    row: Row,
    terms_digest: Option<String>,
    sheet_digest: Option<String>,
    sheet: Option<CostSheet>,
    required: Vec<Protection>,
    /// The same in order, and how far each is.
    steps: Vec<Standing>,
    release: Release,
    documents: Vec<DocumentView>,
    /// The journey whose loan a co-borrower or guarantor answers for.
    main: Option<String>,
    /// Who answers for this loan beside its borrower.
    parties: Vec<PartyView>,
    /// What a journey of the kind `change` changes.
    change: Option<ChangeView>,
    /// The changes of this loan, the newest first.
    changes: Vec<ChangeRow>,
    /// What stops or stopped the money, the newest first.
    holds: Vec<MoneyHold>,
}

/// One journey.
#[utoipa::path(get, path = "/api/console/journeys/{id}", responses((status = 200, body = JourneyView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<JourneyView>> {
    staff.must(Right::ViewJourneys)?;
    let view = ctx.db.read(&staff.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    let version = product::version(&view, &journey.product, journey.product_version).await?;
    let sheet = disclosure::find(&view, journey.id.as_str()).await?;
    let name = version.definition.name.clone();
    let now_ms = ctx.clock.now_ms();
    let current = unpriced_at(&view, &journey, now_ms).await?;
    let at = (current, sheet.as_ref().map(Sheet::step));
    let row = row(&journey, name, at, now_ms);
    let documents = offered(&view, journey.id.as_str()).await?;
    let shown = sheet.as_ref().map(Sheet::shown).transpose()?;
    Ok(Json(JourneyView {
        row,
        terms_digest: journey.terms_digest.clone(),
        sheet_digest: sheet.map(|s| s.sheet_digest),
        sheet: shown.map(|s| s.sheet),
        required: journey.asked(&version.definition),
        steps: steps::standings(&view, &journey, now_ms).await?,
        release: release::ask(&ctx, &view, &journey, None).await?,
        documents,
        main: journey.main.as_ref().map(JourneyId::to_string),
        parties: parties::of(&view, &journey, now_ms).await?,
        change: changes::shown(&view, &journey).await?,
        changes: changes::of(&view, &journey, ctx.clock.now_ms()).await?,
        holds: holds::shown(&view, &staff, &journey.id).await?,
    }))
}

/// The id, when this institution has such a journey.
pub(super) async fn exists(ctx: &Ctx, staff: &Staff, id: &str) -> Result<JourneyId> {
    Ok(store::find(
        &ctx.db.read(&staff.institution).await?,
        &JourneyId::parse(id)?,
    )
    .await?
    .id)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct BundleQuery {
    /// `recording`: with the films of recordings, for whoever may see them.
    #[serde(default)]
    media: String,
}

/// The evidence bundle.
#[utoipa::path(get, path = "/api/console/journeys/{id}/bundle", params(BundleQuery), responses((status = 200, content_type = "application/zip")))]
async fn bundle(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(asked): Query<BundleQuery>,
) -> Result<Response> {
    staff.must(Right::ViewJourneys)?;
    let films = match asked.media.as_str() {
        "" => Films::Left,
        "recording" => {
            staff.must(Right::ReviewRecordings)?;
            Films::Enclosed
        }
        _ => {
            return Err(Error::field(
                "media",
                "unknown_value",
                "没有这个选项。",
                "There is no such value.",
            ));
        }
    };
    let id = exists(&ctx, &staff, &id).await?;
    let zip = documents::bundle_with(&ctx, &staff.seat(), id.as_str(), films).await?;
    http::attachment(zip, "application/zip", &format!("{id}.zip"))
}

/// May the money move?
#[utoipa::path(get, path = "/api/console/journeys/{id}/release", responses((status = 200, body = Release)))]
async fn release(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<Release>> {
    staff.must(Right::ViewJourneys)?;
    let view = ctx.db.read(&staff.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    Ok(Json(release::ask(&ctx, &view, &journey, None).await?))
}

/// A new link for the borrower.
#[utoipa::path(post, path = "/api/console/journeys/{id}/link", responses((status = 200, body = LinkView)))]
async fn link(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<LinkView>> {
    staff.must(Right::IssueLinks)?;
    let id = JourneyId::parse(&id)?;
    let seat = staff.seat();
    let link = ledger::retrying(|| actions::renew_link(&ctx, &seat, &id)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    Ok(Json(LinkView::of(&ctx, &view, &link).await?))
}

/// A printed document.
#[utoipa::path(get, path = "/api/console/journeys/{id}/documents/{digest}", responses((status = 200, content_type = "application/pdf")))]
async fn document(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response> {
    staff.must(Right::ViewJourneys)?;
    let id = exists(&ctx, &staff, &id).await?;
    let printed = documents::read(&ctx, &staff.seat(), id.as_str(), &digest).await?;
    http::attachment(printed.bytes, "application/pdf", printed.file)
}
