//! What staff do with endpoints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::deliver::Deliver;
use super::facts::{Created, Replayed, Resumed, Rotated, Stopped};
use super::model::{DeliveryState, Endpoint, EventType, State};
use super::refusal::Refused;
use super::store::{self, Delivery};
use super::{DeliveryId, EndpointId};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys;
use crate::ledger::{self, Fact, Seat, Tx};
use crate::outward::{self, Reach};
use crate::vault::Private;

pub const KEY: &str = "webhook";

const ENDPOINTS_MAX: i64 = 20;

/// Deliveries that one call may send again.
const REPLAY_MAX: i64 = 1_000;

/// The secret of an endpoint by its number: derived, never stored.
pub fn secret(
    ctx: &Ctx,
    institution: &InstitutionId,
    endpoint: &EndpointId,
    generation: i64,
) -> Result<Private<String>> {
    let key = ctx.keys.get_or_create(KEY, &ctx.random)?;
    let parts: [&[u8]; 3] = [
        institution.as_str().as_bytes(),
        endpoint.as_str().as_bytes(),
        &generation.to_be_bytes(),
    ];
    let bytes = keys::mac(&key, &parts);
    Ok(Private::new(format!("whsec_{}", STANDARD.encode(bytes))))
}

/// Where an institution's endpoints may lie.
pub(super) async fn reach(ctx: &Ctx, institution: &InstitutionId) -> Result<Reach> {
    let view = ctx.db.read(institution).await?;
    let lender = access::institution(&view, institution).await?;
    Ok(ctx.config.webhook_reach(&lender.code))
}

/// An endpoint with its newest secret, which is shown this once.
pub type WithSecret = (Endpoint, Private<String>);

pub async fn create(
    ctx: &Ctx,
    staff: &Staff,
    url: &str,
    events: &[EventType],
) -> Result<WithSecret> {
    staff.must_now(Right::ManageWebhooks, ctx.clock.now_ms())?;
    let reach = reach(ctx, &staff.institution).await?;
    let url = outward::parse(url, reach).map_err(Refused::from)?;
    if events.is_empty() {
        return Err(Error::field(
            "events",
            "required",
            "请至少选择一种事件。",
            "Choose at least one type of event.",
        ));
    }
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let known = store::endpoints(&tx, "", ENDPOINTS_MAX).await?;
    if i64::try_from(known.len())? >= ENDPOINTS_MAX {
        return Err(Refused::TooMany.into());
    }
    let wanted = EventType::ALL.iter().filter(|one| events.contains(one));
    let endpoint = Endpoint {
        id: EndpointId::fresh(tx.now_ms(), &ctx.random),
        url: url.to_string(),
        events: wanted.copied().collect(),
        state: State::Live,
        generation: 1,
        older_until_ms: None,
        failing_since_ms: None,
        created_at_ms: tx.now_ms(),
        version: 1,
    };
    store::insert(&mut tx, &endpoint).await?;
    // What happened before anyone listened is not told.
    let head = ledger::head(&tx).await?;
    store::begin_at(&mut tx, head).await?;
    let fact = Created {
        origin: &url.origin().ascii_serialization(),
        events: &endpoint.events,
    };
    ledger::commit(tx, Fact::of(&endpoint.id, &fact)?).await?;
    let secret = secret(ctx, &staff.institution, &endpoint.id, endpoint.generation)?;
    Ok((endpoint, secret))
}

async fn locked(ctx: &Ctx, staff: &Staff, id: &EndpointId) -> Result<(Tx, Endpoint)> {
    staff.must(Right::ManageWebhooks)?;
    locked_by(ctx, &staff.seat(), id).await
}

async fn locked_by(ctx: &Ctx, seat: &Seat, id: &EndpointId) -> Result<(Tx, Endpoint)> {
    let tx = ledger::begin(ctx, seat).await?;
    let endpoint = store::find(&tx, id).await?.ok_or_else(Error::not_found)?;
    Ok((tx, endpoint))
}

pub async fn rotate(
    ctx: &Ctx,
    staff: &Staff,
    id: &EndpointId,
    grace_hours: i64,
) -> Result<WithSecret> {
    staff.must_now(Right::ManageWebhooks, ctx.clock.now_ms())?;
    let (mut tx, endpoint) = locked(ctx, staff, id).await?;
    let endpoint = endpoint.rotate(grace_hours, tx.now_ms())?;
    store::save(&mut tx, &endpoint).await?;
    let fact = Rotated {
        generation: endpoint.generation,
        older_until_ms: endpoint.older_until_ms,
    };
    ledger::commit(tx, Fact::of(id, &fact)?).await?;
    let secret = secret(ctx, &staff.institution, id, endpoint.generation)?;
    Ok((endpoint, secret))
}

pub async fn disable(ctx: &Ctx, staff: &Staff, id: &EndpointId) -> Result<Endpoint> {
    let (mut tx, endpoint) = locked(ctx, staff, id).await?;
    let Some(changed) = endpoint.clone().disable() else {
        return Ok(endpoint);
    };
    store::save(&mut tx, &changed).await?;
    let fact = Stopped {
        failing_since_ms: changed.failing_since_ms,
    };
    ledger::commit(tx, Fact::of(id, &fact)?).await?;
    Ok(changed)
}

pub async fn resume(ctx: &Ctx, staff: &Staff, id: &EndpointId) -> Result<Endpoint> {
    let (mut tx, endpoint) = locked(ctx, staff, id).await?;
    let Some(changed) = endpoint.clone().resume() else {
        return Ok(endpoint);
    };
    store::save(&mut tx, &changed).await?;
    ledger::commit(tx, Fact::of(id, &Resumed {})?).await?;
    Ok(changed)
}

/// Sends one settled delivery again, under the same id; whoever asks was let in by their handler.
pub async fn replay(ctx: &Ctx, seat: &Seat, id: &EndpointId, delivery: &DeliveryId) -> Result<i64> {
    let (tx, endpoint) = locked_by(ctx, seat, id).await?;
    let known = store::delivery(&tx, delivery).await?;
    let found = known
        .filter(|found| found.endpoint == *id)
        .ok_or_else(Error::not_found)?;
    if found.state == DeliveryState::Waiting {
        return Err(Refused::NotSettled.into());
    }
    resend(tx, &endpoint, vec![found]).await
}

/// Sends again what happened from an instant on, at most 1,000 events a call; says how many.
pub async fn replay_since(ctx: &Ctx, seat: &Seat, id: &EndpointId, since_ms: i64) -> Result<i64> {
    let (tx, endpoint) = locked_by(ctx, seat, id).await?;
    let found = store::settled_since(&tx, id, since_ms, REPLAY_MAX).await?;
    if found.is_empty() {
        return Ok(0);
    }
    resend(tx, &endpoint, found).await
}

async fn resend(mut tx: Tx, endpoint: &Endpoint, found: Vec<Delivery>) -> Result<i64> {
    if endpoint.state != State::Live {
        return Err(Refused::Disabled.into());
    }
    for delivery in &found {
        store::again(&mut tx, delivery).await?;
        tx.enqueue(&Deliver {
            delivery: delivery.id.to_string(),
            round: delivery.round + 1,
        })
        .await?;
    }
    let deliveries = i64::try_from(found.len())?;
    ledger::commit(tx, Fact::of(&endpoint.id, &Replayed { deliveries })?).await?;
    Ok(deliveries)
}
