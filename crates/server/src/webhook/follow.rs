//! Facts become events: every log is followed by its index, up to its published checkpoint.

use std::time::Duration;

use super::DeliveryId;
use super::deliver::Deliver;
use super::model::{DeliveryState, EventType, State};
use super::store::{self, Delivery};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::{jobs, ledger};

const REST: Duration = Duration::from_secs(1);

/// Entries that one turn looks at.
const ENTRIES_MAX: i64 = 500;

/// An institution has at most this many endpoints.
const ENDPOINTS_MAX: i64 = 20;

/// Follows every log until `stop` resolves.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = clock::pause(REST) => {}
        }
        if let Err(cause) = advance(&ctx).await {
            tracing::error!(%cause, "events");
        }
    }
}

/// One turn over every log; says how many deliveries were begun.
pub async fn advance(ctx: &Ctx) -> Result<usize> {
    let mut begun = 0;
    for (institution, published) in ledger::published_sizes(ctx).await? {
        while let Some(count) = follow(ctx, &institution, published).await? {
            begun += count;
        }
    }
    if begun > 0 {
        ctx.jobs_enqueued.notify_one();
    }
    Ok(begun)
}

/// Looks at the next entries of one log; none when there are none.
async fn follow(ctx: &Ctx, institution: &InstitutionId, published: i64) -> Result<Option<usize>> {
    let view = ctx.db.read(institution).await?;
    let Some(next) = store::cursor(&view).await? else {
        return Ok(None);
    };
    let upto = published.min(next + ENTRIES_MAX);
    if upto <= next {
        return Ok(None);
    }
    let entries = ledger::sequenced(&view, next, upto - next).await?;
    let endpoints = store::endpoints(&view, "", ENDPOINTS_MAX).await?;
    drop(view);
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "deliveries are bookkeeping")
        .await?;
    if !store::move_on(&mut tx, next, upto).await? {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for entry in entries {
        let Some(event) = EventType::of_fact(&entry.kind) else {
            continue;
        };
        let told = |endpoint: &&super::model::Endpoint| {
            endpoint.state == State::Live
                && endpoint.events.contains(&event)
                // A fact may get its place after an endpoint that is younger.
                && entry.at_ms >= endpoint.created_at_ms
        };
        for endpoint in endpoints.iter().filter(told) {
            let delivery = Delivery {
                id: DeliveryId::fresh(now_ms, &ctx.random),
                endpoint: endpoint.id.clone(),
                event,
                index: entry.index,
                case: entry.case.clone(),
                happened_at_ms: entry.at_ms,
                state: DeliveryState::Waiting,
                attempts: 0,
                round: 0,
                created_at_ms: now_ms,
                settled_at_ms: None,
            };
            if store::add(&mut tx, &delivery).await? {
                let job = Deliver {
                    delivery: delivery.id.to_string(),
                    round: delivery.round,
                };
                rows.push(jobs::enqueue(ctx, institution, &job, now_ms, None)?);
            }
        }
    }
    let begun = rows.len();
    tx.exec_together(rows).await?;
    tx.commit().await?;
    Ok(Some(begun))
}
