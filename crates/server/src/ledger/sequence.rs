//! The sequencer: gives committed facts their place in the log, then publishes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::Semaphore;

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
    let mut turns = Turns::of(&ctx, &holder);
    tokio::pin!(stop);
    loop {
        let stopping = turns.beside(async {
            tokio::select! {
                () = &mut stop => true,
                () = ctx.facts_committed.notified() => false,
                // Facts of other nodes ring no bell here.
                () = clock::pause(rest) => false,
            }
        });
        if stopping.await {
            break;
        }
        if let Err(cause) = turns.begin().await {
            tracing::error!(%cause, "sequencer");
        }
        // Facts that arrive while we rest share the next checkpoint: a log grows by a few files a second at most.
        let stopping = turns.beside(async {
            tokio::select! {
                () = &mut stop => true,
                () = clock::pause(rest) => false,
            }
        });
        if stopping.await {
            break;
        }
    }
    // What came last is in no turn that is under way.
    let under_way = turns.end().await;
    if let Err(cause) = under_way.and(advance_as(&ctx, &holder).await) {
        tracing::error!(%cause, "sequencer");
    }
}

/// One round: sequences and publishes everything committed so far. Returns how many facts found their place.
pub async fn advance(ctx: &Ctx) -> Result<i64> {
    advance_as(ctx, "by-hand").await
}

async fn advance_as(ctx: &Ctx, holder: &str) -> Result<i64> {
    let mut turns = Turns::of(ctx, holder);
    turns.begin().await?;
    turns.end().await
}

/// Turns of logs side by side. Whoever waits for a slow witness holds up its own log: every other has its next turn meanwhile.
struct Turns<'a> {
    ctx: &'a Ctx,
    holder: &'a str,
    slots: Arc<Semaphore>,
    under_way: FuturesUnordered<BoxFuture<'a, (InstitutionId, Result<i64>)>>,
    busy: HashSet<InstitutionId>,
}

impl<'a> Turns<'a> {
    fn of(ctx: &'a Ctx, holder: &'a str) -> Self {
        Self {
            ctx,
            holder,
            slots: Arc::new(Semaphore::new(TURNS_AT_ONCE)),
            under_way: FuturesUnordered::new(),
            busy: HashSet::new(),
        }
    }

    /// Begins a turn of every log that is not having one.
    async fn begin(&mut self) -> Result<()> {
        let ctx = self.ctx;
        // Turns go on meanwhile: they may hold the connections that this waits for.
        let logs = self.beside(async {
            let view = ctx.db.read(Scope::Unscoped).await?;
            store::logs(&view).await
        });
        for log in logs.await? {
            let institution = log.institution();
            if !self.busy.insert(institution.clone()) {
                continue;
            }
            let (holder, slots) = (self.holder, self.slots.clone());
            let turn = async move {
                let _slot = slots.acquire().await;
                (institution, turn(ctx, log, holder).await)
            };
            self.under_way.push(turn.boxed());
        }
        Ok(())
    }

    /// How the next turn ended; none when none is under way.
    async fn next(&mut self) -> Option<Result<i64>> {
        let (institution, placed) = self.under_way.next().await?;
        self.busy.remove(&institution);
        Some(placed)
    }

    /// Goes on with turns while something else is waited for.
    async fn beside<T>(&mut self, wait: impl Future<Output = T>) -> T {
        tokio::pin!(wait);
        loop {
            tokio::select! {
                done = &mut wait => return done,
                Some(_) = self.next() => {}
            }
        }
    }

    /// Waits for every turn, whatever happens to the others; the first trouble is told at the end.
    async fn end(&mut self) -> Result<i64> {
        let mut total = Ok(0);
        while let Some(placed) = self.next().await {
            total = match (total, placed) {
                (Ok(total), Ok(placed)) => Ok(total + placed),
                (Err(cause), _) | (Ok(_), Err(cause)) => Err(cause),
            };
        }
        total
    }
}

/// Logs that have their turn at the same time.
const TURNS_AT_ONCE: usize = 8;

async fn turn(ctx: &Ctx, log: store::Log, holder: &str) -> Result<i64> {
    let institution = log.institution();
    if super::sealed(ctx, &institution).is_some() {
        return Ok(0);
    }
    match advance_log(ctx, &institution, holder).await {
        // Another node was faster; the next round sees its work.
        Err(Error::Conflict) => Ok(0),
        Err(cause) => {
            tracing::error!(log = log.origin, %cause, "sequencer");
            Err(cause)
        }
        placed => placed,
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
