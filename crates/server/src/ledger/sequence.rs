//! The sequencer: gives committed facts their place in the log, then publishes.

use std::time::Duration;

use super::{publish, store};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// Sequences and publishes until `stop` resolves, then once more.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    let rest = Duration::from_millis(ctx.config.ledger.publish_ms_max / 2);
    let holder = format!("node-{}", crate::id::body(ctx.clock.now_ms(), &ctx.random));
    tokio::pin!(stop);
    loop {
        let stopping = tokio::select! {
            () = &mut stop => true,
            // Facts that arrive while we rest are sequenced together.
            () = async { ctx.facts_committed.notified().await; clock::pause(rest / 4).await } => false,
            () = clock::pause(rest) => false,
        };
        if let Err(cause) = advance_as(&ctx, &holder).await {
            tracing::error!(%cause, "sequencer");
            clock::pause(rest).await;
        }
        if stopping {
            return;
        }
    }
}

/// One round: sequences and publishes everything committed so far. Returns how many facts found their place.
pub async fn advance(ctx: &Ctx) -> Result<i64> {
    advance_as(ctx, "by-hand").await
}

async fn advance_as(ctx: &Ctx, holder: &str) -> Result<i64> {
    let logs = store::logs(&ctx.db.read(Scope::Unscoped).await?).await?;
    let mut total = 0;
    for log in logs {
        let institution = log.institution();
        if ctx.db.writes_closed(&institution).is_some() {
            continue;
        }
        loop {
            let placed = sequence(ctx, &institution).await?;
            total += placed;
            if placed < ctx.config.ledger.batch_facts_max {
                break;
            }
            publish::publish(ctx, &institution, holder).await?;
        }
        publish::publish(ctx, &institution, holder).await?;
    }
    Ok(total)
}

/// Places one batch of waiting facts, in one transaction with the head.
async fn sequence(ctx: &Ctx, institution: &InstitutionId) -> Result<i64> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "the sequencer orders facts, it adds none")
        .await?;
    let log = store::lock_log(&tx, institution).await?;
    let placed = store::assign(
        &mut tx,
        institution,
        log.head_size,
        ctx.config.ledger.batch_facts_max,
    )
    .await?;
    if placed.is_empty() {
        return Ok(0);
    }
    let mut frontier = proof::tree::Frontier::from_bytes(&log.frontier)?;
    for (place, row) in placed.iter().enumerate() {
        if row.log_index != log.head_size + i64::try_from(place)? {
            return Err(Error::internal("the sequencer placed facts with a gap"));
        }
        let commitment: proof::Hash = row
            .commitment
            .as_slice()
            .try_into()
            .map_err(|_| Error::internal("a stored hash is not 32 bytes long"))?;
        frontier.push(proof::tree::leaf_hash(&proof::fact::entry(&commitment)));
    }
    let count = i64::try_from(placed.len())?;
    let moved = store::move_head(
        &mut tx,
        institution,
        log.head_size,
        log.head_size + count,
        &frontier.to_bytes(),
    )
    .await?;
    if !moved {
        return Err(Error::Conflict);
    }
    tx.commit().await?;
    Ok(count)
}
