//! Sending one event to one endpoint: signed, tried again with growing waits, given up in the end.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::actions::{reach, secret};
use super::facts::Stopped;
use super::model::{DeliveryState, Endpoint, Heard, State, wait_after};
use super::store::{self, Attempt, Delivery};
use super::{DeliveryId, EndpointId};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Write;
use crate::error::{Error, Result};
use crate::http;
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job, handler};
use crate::ledger::{self, Fact, Seat};
use crate::outward::{self, Outcome};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<Deliver>()]
}

/// Sends a delivery once; a failure makes the next job.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    pub delivery: String,
    pub round: i64,
}

impl Job for Deliver {
    const KIND: &'static str = "webhook.deliver";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = DeliveryId::parse(&self.delivery)?;
        let view = ctx.db.read(&institution).await?;
        let delivery = store::delivery(&view, &id).await?;
        let Some(delivery) = delivery
            .filter(|known| known.round == self.round && known.state == DeliveryState::Waiting)
        else {
            return Ok(());
        };
        let endpoint = store::look(&view, &delivery.endpoint)
            .await?
            .ok_or_else(|| Error::internal("a delivery without its endpoint"))?;
        drop(view);
        let at_ms = ctx.clock.now_ms();
        let outcome = if endpoint.state == State::Live {
            send(&ctx, &institution, &endpoint, &delivery).await?
        } else {
            Outcome::Failed("endpoint_stopped")
        };
        let ended = Ended {
            delivery: &delivery,
            endpoint: &endpoint.id,
            outcome,
            at_ms,
        };
        ledger::retrying(|| settle(&ctx, &institution, &ended)).await
    }
}

/// The event's id: the same for every endpoint and every attempt.
pub fn event_id(institution: &InstitutionId, index: i64) -> String {
    let body = institution.as_str().trim_start_matches("ins_");
    format!("evt_{body}_{index}")
}

/// What is sent: ids only. The receiver asks the API for more.
fn payload(institution: &InstitutionId, delivery: &Delivery) -> Vec<u8> {
    let body = json!({
        "type": delivery.event.as_str(),
        "timestamp": clock::timestamp(delivery.happened_at_ms).to_string(),
        "data": { "institution": institution.as_str(), "id": delivery.case, "entry": delivery.index },
    });
    body.to_string().into_bytes()
}

async fn send(
    ctx: &Ctx,
    institution: &InstitutionId,
    endpoint: &Endpoint,
    delivery: &Delivery,
) -> Result<Outcome> {
    let reach = reach(ctx, institution).await?;
    let Ok(url) = outward::parse(&endpoint.url, reach.clone()) else {
        return Ok(Outcome::Failed("target_forbidden"));
    };
    let now_ms = ctx.clock.now_ms();
    let secrets = endpoint
        .signing(now_ms)
        .into_iter()
        .map(|generation| secret(ctx, institution, &endpoint.id, generation))
        .collect::<Result<Vec<_>>>()?;
    let secrets: Vec<&str> = secrets.iter().map(|one| one.expose().as_str()).collect();
    let (id, body) = (
        event_id(institution, delivery.index),
        payload(institution, delivery),
    );
    let signature = http::sign(&secrets, &id, now_ms, &body)?;
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", (now_ms / 1000).to_string()),
        ("webhook-signature", signature),
    ];
    outward::post(&url, headers, body, reach).await
}

/// A call that ended.
struct Ended<'a> {
    delivery: &'a Delivery,
    endpoint: &'a EndpointId,
    outcome: Outcome,
    at_ms: i64,
}

/// Notes the attempt, and what follows from it. An endpoint that this pauses is a fact.
async fn settle(ctx: &Ctx, institution: &InstitutionId, ended: &Ended<'_>) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "attempts are bookkeeping")
        .await?;
    let changed = note(ctx, institution, &mut tx, ended).await?;
    if let Some(endpoint) = &changed
        && endpoint.state == State::Paused
    {
        drop(tx);
        let seat = Seat::system(institution, Deliver::KIND);
        let mut tx = ledger::begin(ctx, &seat).await?;
        // Another delivery may have paused it in between; then there is nothing to swear to.
        if note(ctx, institution, &mut tx, ended).await?.is_none() {
            return Err(Error::Conflict);
        }
        let fact = Stopped {
            failing_since_ms: endpoint.failing_since_ms,
        };
        return ledger::commit(tx, Fact::of(ended.endpoint, &fact)?).await;
    }
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

/// Answers the endpoint when this changed it.
async fn note(
    ctx: &Ctx,
    institution: &InstitutionId,
    tx: &mut impl Write,
    ended: &Ended<'_>,
) -> Result<Option<Endpoint>> {
    let now_ms = ctx.clock.now_ms();
    let went_well = matches!(ended.outcome, Outcome::Answered(200..=299));
    let stopped = ended.outcome == Outcome::Failed("endpoint_stopped");
    let attempts = ended.delivery.attempts + 1;
    let wait = (!went_well && !stopped)
        .then(|| wait_after(attempts))
        .flatten();
    let state = match (went_well, wait) {
        (true, _) => DeliveryState::Delivered,
        (false, Some(_)) => DeliveryState::Waiting,
        (false, None) => DeliveryState::Dead,
    };
    let settled = (state != DeliveryState::Waiting).then_some(now_ms);
    if !store::note(tx, ended.delivery, state, attempts, settled).await? {
        // The same job ran twice; the other one noted it.
        return Ok(None);
    }
    let (status, failure) = match ended.outcome {
        Outcome::Answered(status) => (Some(i64::from(status)), None),
        Outcome::Failed(why) => (None, Some(why.to_owned())),
    };
    let attempt = Attempt {
        no: 0,
        at_ms: ended.at_ms,
        duration_ms: (now_ms - ended.at_ms).max(0),
        status,
        failure,
    };
    store::attempted(tx, &ended.delivery.id, &attempt).await?;
    if let Some(wait_ms) = wait {
        let job = Deliver {
            delivery: ended.delivery.id.to_string(),
            round: ended.delivery.round,
        };
        let row = jobs::enqueue(ctx, institution, &job, now_ms + wait_ms, None)?;
        tx.exec_together(vec![row]).await?;
    }
    if stopped {
        return Ok(None);
    }
    let endpoint = store::find(tx, ended.endpoint)
        .await?
        .ok_or_else(|| Error::internal("a delivery without its endpoint"))?;
    let heard = if went_well { Heard::Well } else { Heard::Badly };
    let after = endpoint.clone().heard(heard, now_ms);
    if after == endpoint {
        return Ok(None);
    }
    store::save(tx, &after).await?;
    Ok(Some(after))
}
