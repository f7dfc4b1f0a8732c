//! Turns: every exchange is looked at again and again, by one node at a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store::{exchanges, incoming as dropped};
use super::transport::{Outcome, Place};
use super::upload::Upload;
use super::{incoming, outgoing};
use crate::access;
use crate::clock;
use crate::config::Exchange;
use crate::ctx::Ctx;
use crate::db::{Scope, Write as _};
use crate::error::{Error, Refuse as _, Result};
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job, handler};

const REST: Duration = Duration::from_secs(2);

pub fn jobs() -> Vec<Handler> {
    vec![handler::<Turn>(), handler::<Upload>()]
}

/// Has exchanges looked at when they are due, until `stop` resolves.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = clock::pause(REST) => {}
        }
        if let Err(cause) = advance(&ctx).await {
            tracing::error!(%cause, "exchanges");
        }
    }
}

/// Enqueues a turn of every exchange that is due; says how many.
pub async fn advance(ctx: &Ctx) -> Result<usize> {
    let mut due = 0;
    for exchange in &ctx.config.batch.exchanges {
        let Some(institution) = institution_of(ctx, exchange).await? else {
            tracing::warn!(
                code = exchange.institution,
                "no such institution to exchange with"
            );
            continue;
        };
        if is_due(ctx, &institution.id).await? {
            let name = format!("batch-{}", institution.id);
            // However often it failed: a turn is looked for as long as the exchange is configured.
            let row = jobs::enqueue_again(&institution.id, &name, &Turn {}, ctx.clock.now_ms())?;
            let mut tx = ctx
                .db
                .begin_unrecorded(&institution.id, "when to look is no evidence")
                .await?;
            tx.exec_together(vec![row]).await?;
            tx.commit().await?;
            due += 1;
        }
    }
    if due > 0 {
        ctx.jobs_enqueued.notify_one();
    }
    Ok(due)
}

async fn institution_of(ctx: &Ctx, exchange: &Exchange) -> Result<Option<access::Institution>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    match access::institution_by_code(&view, &exchange.institution).await {
        Ok(institution) => Ok(Some(institution)),
        Err(cause) if cause.code() == Error::not_found().code() => Ok(None),
        Err(cause) => Err(cause),
    }
}

async fn is_due(ctx: &Ctx, institution: &InstitutionId) -> Result<bool> {
    let view = ctx.db.read(institution).await?;
    let Some(look) = exchanges::look(&view).await? else {
        return Ok(true);
    };
    let since_ms = ctx.clock.now_ms() - look.looked_at_ms;
    Ok(since_ms >= ctx.config.batch.look_seconds * 1_000
        || (look.trouble.is_none() && dropped::is_running(&view).await?))
}

/// One look at one exchange: what is due goes out, what was dropped comes in.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {}

impl Job for Turn {
    const KIND: &'static str = "batch.turn";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        let own = access::institution(&view, &institution).await?;
        drop(view);
        let Some(exchange) = ctx.config.batch.exchange(&own.code) else {
            return Ok(());
        };
        outgoing::make_due(&ctx, &own).await?;
        let place = Place::of(&ctx, exchange);
        let outcome = both_ways(&ctx, &institution, &place).await?;
        let mut tx = ctx
            .db
            .begin_unrecorded(&institution, "how an exchange does is no evidence")
            .await?;
        let trouble = outcome.err().map(|trouble| trouble.code());
        exchanges::looked(&mut tx, ctx.clock.now_ms(), trouble).await?;
        tx.commit().await
    }
}

async fn both_ways(
    ctx: &Ctx,
    institution: &InstitutionId,
    place: &Place<'_>,
) -> Result<Outcome<()>> {
    match outgoing::deliver(ctx, institution, place).await? {
        Ok(()) => incoming::take(ctx, institution, place).await,
        trouble => Ok(trouble),
    }
}
