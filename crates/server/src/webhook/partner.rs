//! Endpoints as the lender's own systems see them: what was sent, how it went, and once more please.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use super::http::{
    Row, WebhookAttempt, WebhookDelivery, WebhookReplayed, WebhookReplaying, attempts_of,
    deliveries_page, endpoints_page,
};
use super::{DeliveryId, EndpointId, actions};
use crate::access::{Partner, Scope};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, PageView, Paging, Path, Query, Routes};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(endpoints))
        .routes(routes!(sent))
        .routes(routes!(tried))
        .routes(routes!(send_again))
        .routes(routes!(send_since))
}

/// The institution's endpoints, newest first.
#[utoipa::path(get, path = "/v1/webhooks", params(Paging), responses((status = 200, body = PageView<Row>)))]
async fn endpoints(
    State(ctx): State<Ctx>,
    partner: Partner,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<Row>>> {
    partner.must(Scope::UseWebhooks)?;
    Ok(Json(
        endpoints_page(&ctx, &partner.institution, paging).await?,
    ))
}

/// What was sent to an endpoint, newest first.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", params(Paging), responses((status = 200, body = PageView<WebhookDelivery>)))]
async fn sent(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<WebhookDelivery>>> {
    partner.must(Scope::UseWebhooks)?;
    let id = EndpointId::parse(&id)?;
    Ok(Json(
        deliveries_page(&ctx, &partner.institution, &id, paging).await?,
    ))
}

/// How each attempt of a delivery went.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries/{delivery}/attempts", responses((status = 200, body = Vec<WebhookAttempt>)))]
async fn tried(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Json<Vec<WebhookAttempt>>> {
    partner.must(Scope::UseWebhooks)?;
    Ok(Json(
        attempts_of(&ctx, &partner.institution, &id, &delivery).await?,
    ))
}

/// Sends one settled delivery again, under the same id.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{delivery}/replay", request_body = Nothing, responses((status = 200, body = WebhookReplayed)))]
async fn send_again(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path((id, delivery)): Path<(String, String)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<WebhookReplayed>> {
    partner.must(Scope::UseWebhooks)?;
    let (id, delivery) = (EndpointId::parse(&id)?, DeliveryId::parse(&delivery)?);
    let seat = partner.seat();
    let deliveries = ledger::retrying(|| actions::replay(&ctx, &seat, &id, &delivery)).await?;
    Ok(Json(WebhookReplayed { deliveries }))
}

/// Sends again what happened from an instant on, at most 1,000 events a call.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", request_body = WebhookReplaying, responses((status = 200, body = WebhookReplayed)))]
async fn send_since(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(asked): Body<WebhookReplaying>,
) -> Result<Json<WebhookReplayed>> {
    partner.must(Scope::UseWebhooks)?;
    let (id, seat) = (EndpointId::parse(&id)?, partner.seat());
    let deliveries =
        ledger::retrying(|| actions::replay_since(&ctx, &seat, &id, asked.since_ms)).await?;
    Ok(Json(WebhookReplayed { deliveries }))
}
