//! The lender's backend: open journeys, fix prices, ask for release, fetch evidence.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use cost::LoanTerms;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions;
use super::changes::{self, ChangeRow, ChangeView};
use super::kind::Kind;
use super::model::{Journey, Refused, Represented, State as JourneyState};
use super::parties::{self, PartyView};
use super::release::{self, Release};
use super::reminders::RemindersView;
use super::request::{OpenRequest, key_fits};
use super::views::{LineView, line_view, state_at};
use super::{JourneyId, documents, store};
use crate::access::{self, Partner, Scope};
use crate::ctx::Ctx;
use crate::db::View;
use crate::disclosure;
use crate::error::Result;
use crate::http::{self, Body, Path, Query, Routes};
use crate::ledger;
use crate::product::{self, Ask, Protection};
use crate::suitability::{Figures, Given, SceneGiven};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(open))
        .routes(routes!(one))
        .routes(routes!(loan))
        .routes(routes!(supplied))
        .routes(routes!(decision))
        .routes(routes!(link))
        .routes(routes!(ticket))
        .routes(routes!(release))
        .routes(routes!(bundle))
}

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct LinkView {
    pub url: String,
    pub expires_at_ms: i64,
}

/// A journey as its lender sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct JourneyView {
    id: String,
    kind: Kind,
    /// The line of a drawdown.
    line: Option<String>,
    /// The 50 newest drawdowns of a line.
    drawdowns: Vec<String>,
    /// Of a line, once the lender granted it.
    granted: Option<LineView>,
    reference: String,
    /// The business that borrows, when one does.
    business: Option<Represented>,
    /// The journey whose loan a co-borrower or guarantor answers for.
    main: Option<String>,
    /// Who answers for this loan beside its borrower.
    parties: Vec<PartyView>,
    /// What a journey of the kind `change` changes.
    change: Option<ChangeView>,
    /// The changes of this loan, the newest first.
    changes: Vec<ChangeRow>,
    state: JourneyState,
    /// Absent once no link opens this journey any more.
    link: Option<LinkView>,
    terms_digest: Option<String>,
    /// The final terms, as the borrower is shown them; what the lender books.
    terms: Option<LoanTerms>,
    sheet_digest: Option<String>,
    required: Vec<Protection>,
    /// Messages to a person who left the journey half-way.
    reminders: RemindersView,
    release: Release,
}

impl LinkView {
    pub async fn of(ctx: &Ctx, view: &View, link: &access::Link) -> Result<Self> {
        Ok(Self {
            url: access::link_url(ctx, view, link.id.as_str()).await?,
            expires_at_ms: link.expires_at_ms,
        })
    }
}

async fn live_link(ctx: &Ctx, view: &View, journey: &Journey) -> Result<Option<LinkView>> {
    match access::live_link(ctx, view, journey.id.as_str()).await? {
        Some(link) => Ok(Some(LinkView::of(ctx, view, &link).await?)),
        None => Ok(None),
    }
}

pub async fn view(ctx: &Ctx, journey: &Journey, partner: &Partner) -> Result<JourneyView> {
    let view = ctx.db.read(&partner.institution).await?;
    let version = product::version(&view, &journey.product, journey.product_version).await?;
    let sheet = disclosure::find(&view, journey.id.as_str()).await?;
    let shown = sheet.as_ref().map(disclosure::Sheet::shown).transpose()?;
    let state = state_at(journey, ctx.clock.now_ms());
    let own = access::settings(&view).await?.settings;
    let reminders = store::reminders(&view, &journey.id).await?;
    Ok(JourneyView {
        reminders: reminders.view(journey.kind, state, own.remind_hours(&ctx.config)),
        id: journey.id.to_string(),
        kind: journey.kind,
        line: journey.line.as_ref().map(JourneyId::to_string),
        drawdowns: store::drawdowns_of(&view, &journey.id, DRAWDOWNS_MAX)
            .await?
            .iter()
            .map(JourneyId::to_string)
            .collect(),
        granted: line_view(&view, journey, ctx.clock.now_ms()).await?,
        reference: journey.reference.clone(),
        business: journey.business.clone(),
        main: journey.main.as_ref().map(JourneyId::to_string),
        parties: parties::of(&view, journey, ctx.clock.now_ms()).await?,
        change: changes::shown(&view, journey).await?,
        changes: changes::of(&view, journey, ctx.clock.now_ms()).await?,
        state,
        link: live_link(ctx, &view, journey).await?,
        terms_digest: journey.terms_digest.clone(),
        terms: shown.map(|shown| shown.sheet.terms),
        sheet_digest: sheet.map(|sheet| sheet.sheet_digest),
        required: journey.asked(&version.definition),
        release: release::ask(ctx, &view, journey, None).await?,
    })
}

const DRAWDOWNS_MAX: i64 = 50;

/// The key of a request, which makes it safe to send again.
pub fn idempotency_key(headers: &HeaderMap) -> Result<String> {
    let key = headers
        .get("idempotency-key")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if key_fits(key) {
        Ok(key.to_owned())
    } else {
        Err(Refused::KeyMissing.into())
    }
}

/// Opens a journey for one loan.
#[utoipa::path(post, path = "/v1/journeys", params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")), request_body = OpenRequest, responses((status = 201, body = JourneyView), (status = 200, body = JourneyView, description = "The same request again")))]
async fn open(
    State(ctx): State<Ctx>,
    partner: Partner,
    headers: HeaderMap,
    Body(asked): Body<OpenRequest>,
) -> Result<Response> {
    partner.must(Scope::WriteJourneys)?;
    let idempotency_key = idempotency_key(&headers)?;
    let opening = asked.opening(&ctx, &partner.institution, &idempotency_key)?;
    let seat = partner.seat();
    let opened = ledger::retrying(|| actions::open(&ctx, &seat, &opening)).await?;
    let status = if opened.replayed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(view(&ctx, &opened.journey, &partner).await?)).into_response())
}

async fn find(ctx: &Ctx, partner: &Partner, id: &str) -> Result<Journey> {
    let view = ctx.db.read(&partner.institution).await?;
    store::find(&view, &JourneyId::parse(id)?).await
}

/// One journey.
#[utoipa::path(get, path = "/v1/journeys/{id}", responses((status = 200, body = JourneyView)))]
async fn one(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<JourneyView>> {
    partner.must(Scope::ReadJourneys)?;
    let journey = find(&ctx, &partner, &id).await?;
    Ok(Json(view(&ctx, &journey, &partner).await?))
}

/// Makes the price of a waiting journey final.
#[utoipa::path(post, path = "/v1/journeys/{id}/loan", request_body = Ask, responses((status = 200, body = JourneyView)))]
async fn loan(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(ask): Body<Ask>,
) -> Result<Json<JourneyView>> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let journey = ledger::retrying(|| actions::price(&ctx, &seat, &id, &ask)).await?;
    Ok(Json(view(&ctx, &journey, &partner).await?))
}

/// What the lender knows of the person and of the purchase.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SuppliedRequest {
    #[serde(default)]
    figures: Figures,
    scene: Option<SceneGiven>,
}

/// Hands over what the lender knows of the person, before they answer.
#[utoipa::path(post, path = "/v1/journeys/{id}/supplied", request_body = SuppliedRequest, responses((status = 200, body = JourneyView)))]
async fn supplied(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(known): Body<SuppliedRequest>,
) -> Result<Json<JourneyView>> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let supply = || actions::supply(&ctx, &seat, &id, &known.figures, known.scene);
    let journey = ledger::retrying(supply).await?;
    Ok(Json(view(&ctx, &journey, &partner).await?))
}

/// The lender's own credit decision.
#[utoipa::path(post, path = "/v1/journeys/{id}/decision", request_body = Given, responses((status = 200, body = JourneyView)))]
async fn decision(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(given): Body<Given>,
) -> Result<Json<JourneyView>> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let journey = ledger::retrying(|| actions::decide(&ctx, &seat, &id, &given)).await?;
    Ok(Json(view(&ctx, &journey, &partner).await?))
}

/// A new link; the older one stops opening.
#[utoipa::path(post, path = "/v1/journeys/{id}/link", responses((status = 200, body = LinkView)))]
async fn link(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<LinkView>> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let link = ledger::retrying(|| actions::renew_link(&ctx, &seat, &id)).await?;
    let view = ctx.db.read(&partner.institution).await?;
    Ok(Json(LinkView::of(&ctx, &view, &link).await?))
}

/// Which terms the money would move for; without them the answer is for the final ones.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReleaseQuery {
    terms_digest: Option<String>,
}

/// A one-time way in, for a person whom the lender's app has signed in.
#[derive(Serialize, utoipa::ToSchema)]
struct TicketView {
    url: String,
    expires_at_ms: i64,
}

/// A ticket to the journey.
#[utoipa::path(post, path = "/v1/journeys/{id}/ticket", responses((status = 201, body = TicketView)))]
async fn ticket(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<TicketView>)> {
    partner.must(Scope::IssueTickets)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let issued = ledger::retrying(|| actions::issue_ticket(&ctx, &seat, &id)).await?;
    let ticket = TicketView {
        url: issued.url,
        expires_at_ms: issued.expires_at_ms,
    };
    Ok((StatusCode::CREATED, Json(ticket)))
}

/// May the money move?
#[utoipa::path(get, path = "/v1/journeys/{id}/release", params(ReleaseQuery), responses((status = 200, body = Release)))]
async fn release(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Query(asked): Query<ReleaseQuery>,
) -> Result<Json<Release>> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    Ok(Json(
        release::ask(&ctx, &view, &journey, asked.terms_digest.as_deref()).await?,
    ))
}

/// The evidence bundle.
#[utoipa::path(get, path = "/v1/journeys/{id}/bundle", responses((status = 200, content_type = "application/zip")))]
async fn bundle(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Response> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    drop(view);
    let zip = documents::bundle(&ctx, &partner.seat(), journey.id.as_str()).await?;
    http::attachment(zip, "application/zip", &format!("{}.zip", journey.id))
}
