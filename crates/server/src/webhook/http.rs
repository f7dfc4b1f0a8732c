//! Endpoints in the console.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions::{self, WithSecret};
use super::deliver::event_id;
use super::model::{DeliveryState, Endpoint, EventType, State as EndpointState};
use super::store::{self, Attempt, Delivery};
use super::{DeliveryId, EndpointId, partner};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::id::InstitutionId;
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, create))
        .routes(routes!(events))
        .routes(routes!(rotate))
        .routes(routes!(disable))
        .routes(routes!(resume))
        .routes(routes!(replay_since))
        .routes(routes!(deliveries))
        .routes(routes!(attempts))
        .routes(routes!(replay))
        .merge(partner::routes())
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookEndpoint)]
pub struct Row {
    id: String,
    url: String,
    events: Vec<EventType>,
    state: EndpointState,
    failing_since_ms: Option<i64>,
    /// How long the secret before counts beside the newest.
    older_until_ms: Option<i64>,
    created_at_ms: i64,
}

impl From<Endpoint> for Row {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url,
            events: endpoint.events,
            state: endpoint.state,
            failing_since_ms: endpoint.failing_since_ms,
            older_until_ms: endpoint.older_until_ms,
            created_at_ms: endpoint.created_at_ms,
        }
    }
}

const TABLE: Table = Table {
    name: "webhooks",
    columns: &[
        "id",
        "url",
        "events",
        "state",
        "failing_since_ms",
        "older_until_ms",
        "created_at_ms",
    ],
};

/// Endpoints, newest first.
#[utoipa::path(get, path = "/api/console/webhooks", params(Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewWebhooks)?;
    let page = |paging| endpoints_page(&ctx, &staff.institution, paging);
    http::list(form, paging, TABLE, page).await
}

/// One page of an institution's endpoints.
pub async fn endpoints_page(
    ctx: &Ctx,
    institution: &InstitutionId,
    paging: Paging,
) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(institution).await?;
    let rows = store::endpoints(&view, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(rows, limit, |endpoint| endpoint.id.to_string());
    Ok(page.map(Row::from).into())
}

/// Every type of event, for the form that chooses among them.
#[utoipa::path(get, path = "/api/console/webhooks/events", responses((status = 200, body = Vec<EventType>)))]
async fn events(staff: Staff) -> Result<Json<&'static [EventType]>> {
    staff.must(Right::ViewWebhooks)?;
    Ok(Json(EventType::ALL))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookCreating {
    url: String,
    events: Vec<EventType>,
}

/// The only answer that ever holds a secret.
#[derive(Serialize, utoipa::ToSchema)]
struct WebhookSecret {
    #[serde(flatten)]
    endpoint: Row,
    secret: String,
}

impl From<WithSecret> for WebhookSecret {
    fn from((endpoint, secret): WithSecret) -> Self {
        Self {
            endpoint: endpoint.into(),
            secret: secret.expose().clone(),
        }
    }
}

/// Names an address that events are sent to; its secret is shown once.
#[utoipa::path(post, path = "/api/console/webhooks", request_body = WebhookCreating, responses((status = 201, body = WebhookSecret)))]
async fn create(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(asked): Body<WebhookCreating>,
) -> Result<(StatusCode, Json<WebhookSecret>)> {
    let made =
        ledger::retrying(|| actions::create(&ctx, &staff, &asked.url, &asked.events)).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookRotating {
    /// How long the older secret signs beside the new one, 0 to 72.
    grace_hours: i64,
}

/// A new secret; it is shown once.
#[utoipa::path(post, path = "/api/console/webhooks/{id}/rotate", request_body = WebhookRotating, responses((status = 200, body = WebhookSecret)))]
async fn rotate(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<WebhookRotating>,
) -> Result<Json<WebhookSecret>> {
    let id = EndpointId::parse(&id)?;
    let made = ledger::retrying(|| actions::rotate(&ctx, &staff, &id, asked.grace_hours)).await?;
    Ok(Json(made.into()))
}

/// Calls the endpoint no more.
#[utoipa::path(post, path = "/api/console/webhooks/{id}/disable", request_body = Nothing, responses((status = 200, body = Row)))]
async fn disable(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Row>> {
    let id = EndpointId::parse(&id)?;
    let endpoint = ledger::retrying(|| actions::disable(&ctx, &staff, &id)).await?;
    Ok(Json(endpoint.into()))
}

/// Calls the endpoint again.
#[utoipa::path(post, path = "/api/console/webhooks/{id}/resume", request_body = Nothing, responses((status = 200, body = Row)))]
async fn resume(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Row>> {
    let id = EndpointId::parse(&id)?;
    let endpoint = ledger::retrying(|| actions::resume(&ctx, &staff, &id)).await?;
    Ok(Json(endpoint.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookReplaying {
    pub since_ms: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookReplayed {
    pub deliveries: i64,
}

/// Sends again what happened from an instant on, at most 1,000 events a call.
#[utoipa::path(post, path = "/api/console/webhooks/{id}/replay", request_body = WebhookReplaying, responses((status = 200, body = WebhookReplayed)))]
async fn replay_since(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<WebhookReplaying>,
) -> Result<Json<WebhookReplayed>> {
    staff.must(Right::ManageWebhooks)?;
    let (id, seat) = (EndpointId::parse(&id)?, staff.seat());
    let deliveries =
        ledger::retrying(|| actions::replay_since(&ctx, &seat, &id, asked.since_ms)).await?;
    Ok(Json(WebhookReplayed { deliveries }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookDelivery {
    id: String,
    /// The header `webhook-id` of every attempt.
    event: String,
    r#type: EventType,
    case: String,
    state: DeliveryState,
    attempts: i64,
    happened_at_ms: i64,
    created_at_ms: i64,
    settled_at_ms: Option<i64>,
}

fn delivery_view(institution: &InstitutionId, delivery: Delivery) -> WebhookDelivery {
    WebhookDelivery {
        event: event_id(institution, delivery.index),
        id: delivery.id.to_string(),
        r#type: delivery.event,
        case: delivery.case,
        state: delivery.state,
        attempts: delivery.attempts,
        happened_at_ms: delivery.happened_at_ms,
        created_at_ms: delivery.created_at_ms,
        settled_at_ms: delivery.settled_at_ms,
    }
}

const DELIVERIES: Table = Table {
    name: "webhook-deliveries",
    columns: &[
        "id",
        "event",
        "type",
        "case",
        "state",
        "attempts",
        "happened_at_ms",
        "created_at_ms",
        "settled_at_ms",
    ],
};

/// Deliveries of one endpoint, newest first.
#[utoipa::path(get, path = "/api/console/webhooks/{id}/deliveries", params(Paging, Form), responses((status = 200, body = PageView<WebhookDelivery>)))]
async fn deliveries(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewWebhooks)?;
    let id = EndpointId::parse(&id)?;
    let page = |paging| deliveries_page(&ctx, &staff.institution, &id, paging);
    http::list(form, paging, DELIVERIES, page).await
}

/// One page of an endpoint's deliveries.
pub async fn deliveries_page(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &EndpointId,
    paging: Paging,
) -> Result<PageView<WebhookDelivery>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(institution).await?;
    store::look(&view, id).await?.ok_or_else(Error::not_found)?;
    let rows = store::deliveries(&view, id, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(rows, limit, |delivery| delivery.id.to_string());
    let shown = page.map(|delivery| delivery_view(institution, delivery));
    Ok(shown.into())
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookAttempt {
    no: i64,
    at_ms: i64,
    duration_ms: i64,
    status: Option<i64>,
    /// What went wrong before an answer.
    failure: Option<String>,
}

impl From<Attempt> for WebhookAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            no: attempt.no,
            at_ms: attempt.at_ms,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            failure: attempt.failure,
        }
    }
}

/// Attempts of one delivery that are shown.
const ATTEMPTS_MAX: i64 = 100;

/// Attempts of one delivery.
#[utoipa::path(get, path = "/api/console/webhooks/{id}/deliveries/{delivery}/attempts", responses((status = 200, body = Vec<WebhookAttempt>)))]
async fn attempts(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Json<Vec<WebhookAttempt>>> {
    staff.must(Right::ViewWebhooks)?;
    Ok(Json(
        attempts_of(&ctx, &staff.institution, &id, &delivery).await?,
    ))
}

/// Attempts of one delivery of one endpoint.
pub async fn attempts_of(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &str,
    delivery: &str,
) -> Result<Vec<WebhookAttempt>> {
    let (id, delivery) = (EndpointId::parse(id)?, DeliveryId::parse(delivery)?);
    let view = ctx.db.read(institution).await?;
    store::delivery(&view, &delivery)
        .await?
        .filter(|known| known.endpoint == id)
        .ok_or_else(Error::not_found)?;
    let attempts = store::attempts(&view, &delivery, ATTEMPTS_MAX).await?;
    Ok(attempts.into_iter().map(WebhookAttempt::from).collect())
}

/// Sends one settled delivery again, under the same id.
#[utoipa::path(post, path = "/api/console/webhooks/{id}/deliveries/{delivery}/replay", request_body = Nothing, responses((status = 200, body = WebhookReplayed)))]
async fn replay(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, delivery)): Path<(String, String)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<WebhookReplayed>> {
    staff.must(Right::ManageWebhooks)?;
    let (id, delivery) = (EndpointId::parse(&id)?, DeliveryId::parse(&delivery)?);
    let seat = staff.seat();
    let deliveries = ledger::retrying(|| actions::replay(&ctx, &seat, &id, &delivery)).await?;
    Ok(Json(WebhookReplayed { deliveries }))
}
