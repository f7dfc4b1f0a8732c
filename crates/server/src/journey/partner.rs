//! The lender's backend: open journeys, fix prices, ask for release, fetch evidence.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::actions::{self, Opening};
use super::model::{Journey, Refused, State as JourneyState};
use super::release::{self, Release};
use super::views::state_at;
use super::{JourneyId, documents, store};
use crate::access::{self, Partner, Scope};
use crate::ctx::Ctx;
use crate::db::View;
use crate::disclosure;
use crate::error::Result;
use crate::http::{self, Body, Path, Query};
use crate::ledger;
use crate::product::{self, Ask, Protection};
use crate::vault::{Person, Private};

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/v1/journeys", post(open))
        .route("/v1/journeys/{id}", get(one))
        .route("/v1/journeys/{id}/loan", post(loan))
        .route("/v1/journeys/{id}/link", post(link))
        .route("/v1/journeys/{id}/release", get(release))
        .route("/v1/journeys/{id}/bundle", get(bundle))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Borrower {
    name: Private<String>,
    id_number: Private<String>,
    phone: Private<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenRequest {
    reference: String,
    product: String,
    borrower: Borrower,
    loan: Option<Ask>,
}

#[derive(Serialize)]
pub(super) struct LinkView {
    pub url: String,
    pub expires_at_ms: i64,
}

#[derive(Serialize)]
struct JourneyView {
    id: String,
    reference: String,
    state: JourneyState,
    /// Absent once no link opens this journey any more.
    link: Option<LinkView>,
    terms_digest: Option<String>,
    sheet_digest: Option<String>,
    required: Vec<Protection>,
    release: Release,
}

impl LinkView {
    pub fn of(ctx: &Ctx, link: &access::Link) -> Result<Self> {
        Ok(Self {
            url: access::link_url(ctx, link.id.as_str())?,
            expires_at_ms: link.expires_at_ms,
        })
    }
}

async fn live_link(ctx: &Ctx, view: &View, journey: &Journey) -> Result<Option<LinkView>> {
    let link = access::live_link(ctx, view, journey.id.as_str()).await?;
    link.as_ref()
        .map(|link| LinkView::of(ctx, link))
        .transpose()
}

async fn view(ctx: &Ctx, journey: &Journey, partner: &Partner) -> Result<JourneyView> {
    let view = ctx.db.read(&partner.institution).await?;
    let version = product::version(&view, &journey.product, journey.product_version).await?;
    let sheet = disclosure::find(&view, journey.id.as_str()).await?;
    Ok(JourneyView {
        id: journey.id.to_string(),
        reference: journey.reference.clone(),
        state: state_at(journey, ctx.clock.now_ms()),
        link: live_link(ctx, &view, journey).await?,
        terms_digest: journey.terms_digest.clone(),
        sheet_digest: sheet.map(|sheet| sheet.sheet_digest),
        required: version.definition.required,
        release: release::ask(ctx, &view, journey, None).await?,
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<String> {
    let key = headers
        .get("idempotency-key")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let plain = !key.is_empty() && key.len() <= 128 && key.bytes().all(|b| b.is_ascii_graphic());
    if plain {
        Ok(key.to_owned())
    } else {
        Err(Refused::KeyMissing.into())
    }
}

async fn open(
    State(ctx): State<Ctx>,
    partner: Partner,
    headers: HeaderMap,
    Body(asked): Body<OpenRequest>,
) -> Result<Response> {
    partner.must(Scope::WriteJourneys)?;
    let idempotency_key = idempotency_key(&headers)?;
    // Keyed digests: what is stored must not let anyone guess an ID number by trying, whatever a lender puts into its key.
    let key = ctx.keys.get_or_create("idempotency", &ctx.random)?;
    let loan = serde_json::to_vec(&asked.loan)?;
    let mac = |parts: &[&[u8]]| {
        let owned = [partner.institution.as_str().as_bytes()];
        proof::hex::encode(&crate::keys::mac(&key, &[&owned, parts].concat()))
    };
    let request_digest = mac(&[
        b"request",
        asked.reference.as_bytes(),
        asked.product.as_bytes(),
        asked.borrower.name.expose().as_bytes(),
        asked.borrower.id_number.expose().as_bytes(),
        asked.borrower.phone.expose().as_bytes(),
        &loan,
    ]);
    let opening = Opening {
        reference: asked.reference,
        product: asked.product,
        borrower: Person {
            name: asked.borrower.name,
            id_number: asked.borrower.id_number,
            phone: asked.borrower.phone,
        },
        loan: asked.loan,
        idempotency_key: mac(&[b"key", idempotency_key.as_bytes()]),
        request_digest,
    };
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

async fn one(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<JourneyView>> {
    partner.must(Scope::ReadJourneys)?;
    let journey = find(&ctx, &partner, &id).await?;
    Ok(Json(view(&ctx, &journey, &partner).await?))
}

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

async fn link(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<LinkView>> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let link = ledger::retrying(|| actions::renew_link(&ctx, &seat, &id)).await?;
    Ok(Json(LinkView::of(&ctx, &link)?))
}

/// Which terms the money would move for; without them the answer is for the final ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseQuery {
    terms_digest: Option<String>,
}

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

async fn bundle(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Response> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    let documents = documents::evidence(&ctx, view, journey.id.as_str()).await?;
    let zip = ledger::bundle(&ctx, &partner.institution, journey.id.as_str(), documents).await?;
    http::attachment(zip, "application/zip", &format!("{}.zip", journey.id))
}
