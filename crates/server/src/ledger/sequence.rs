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
            () = ctx.facts_committed.notified() => false,
            // Facts of other nodes ring no bell here.
            () = clock::pause(rest) => false,
        };
        if let Err(cause) = advance_as(&ctx, &holder).await {
            tracing::error!(%cause, "sequencer");
        }
        if stopping {
            return;
        }
        // Facts that arrive while we rest share the next checkpoint: a log grows by a few files a second at most.
        tokio::select! {
            () = &mut stop => {
                if let Err(cause) = advance_as(&ctx, &holder).await {
                    tracing::error!(%cause, "sequencer");
                }
                return;
            }
            () = clock::pause(rest) => {}
        }
    }
}

/// One round: sequences and publishes everything committed so far. Returns how many facts found their place.
pub async fn advance(ctx: &Ctx) -> Result<i64> {
    advance_as(ctx, "by-hand").await
}

/// Every log gets its turn, whatever happens to the others; the first trouble is told at the end.
async fn advance_as(ctx: &Ctx, holder: &str) -> Result<i64> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let logs = store::logs(&view).await?;
    drop(view);
    let mut total = 0;
    let mut trouble = None;
    for log in logs {
        let institution = log.institution();
        if super::sealed(ctx, &institution).is_some() {
            continue;
        }
        match advance_log(ctx, &institution, holder).await {
            Ok(placed) => total += placed,
            // Another node was faster; the next round sees its work.
            Err(Error::Conflict) => {}
            Err(cause) => {
                tracing::error!(log = log.origin, %cause, "sequencer");
                trouble.get_or_insert(cause);
            }
        }
    }
    match trouble {
        None => Ok(total),
        Some(cause) => Err(cause),
    }
}

/// Batches in one log's turn at the most, so that a backlog of one does not keep the others waiting.
const BATCHES_PER_TURN: usize = 8;

async fn advance_log(ctx: &Ctx, institution: &InstitutionId, holder: &str) -> Result<i64> {
    let mut total = 0;
    for _ in 0..BATCHES_PER_TURN {
        let view = ctx.db.read(institution).await?;
        let waiting = store::any_waiting(&view, institution).await?;
        drop(view);
        let placed = if waiting {
            sequence(ctx, institution).await?
        } else {
            0
        };
        publish::publish(ctx, institution, holder).await?;
        total += placed;
        if placed < ctx.config.ledger.batch_facts_max {
            break;
        }
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
