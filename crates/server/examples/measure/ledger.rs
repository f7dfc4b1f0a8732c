//! The log itself: a backlog sequenced, integrated and published; the wait for a checkpoint under load; proofs.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use xiaobao::clock::{Clock, pause};
use xiaobao::ledger;

use crate::house::House;
use crate::{Outcome, figure, quantile, room};

/// Backlogs measured one after the other; the middle one counts.
const BACKLOGS: i64 = 3;
const CLIENTS: usize = 8;
/// Transactions of a client for one backlog, and facts of a transaction: 8 × 50 × 100 = 40,000 facts.
const TRANSACTIONS: i64 = 50;
const FACTS: i64 = 100;
/// Steady load: one-fact transactions a second.
const LOAD: u64 = 200;
const PROOFS: usize = 1_000;
const LEASE: Duration = Duration::from_millis(2_500);

pub async fn run(seconds: u64) -> Outcome {
    House::during(Clock::System, async |house| measure(house, seconds).await).await
}

async fn measure(house: &House, seconds: u64) -> Outcome {
    let mut rates = Vec::new();
    for _ in 0..BACKLOGS {
        let written = backlog(house).await?;
        let started = Instant::now();
        let placed = ledger::advance(&house.ctx).await?;
        rates.push(placed as f64 / started.elapsed().as_secs_f64());
        if placed < written {
            return Err(format!("{placed} of {written} facts were sequenced").into());
        }
    }
    figure("ledger.facts", quantile(&mut rates, 0.5));
    let mut waits = proofs(house).await?;
    figure("ledger.proof_p50_ms", quantile(&mut waits, 0.5));
    figure("ledger.proof_p99_ms", quantile(&mut waits, 0.99));
    let mut waits = published(house, seconds).await?;
    figure("ledger.published_p50_ms", quantile(&mut waits, 0.5));
    figure("ledger.published_p99_ms", quantile(&mut waits, 0.99));
    Ok(())
}

async fn backlog(house: &House) -> Outcome<i64> {
    let mut writing = JoinSet::new();
    for client in 0..CLIENTS {
        let (ctx, seat) = (house.ctx.clone(), house.seat());
        writing.spawn(async move {
            for _ in 0..TRANSACTIONS {
                room::recount(&ctx, &seat, &case(client), FACTS).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(client) = writing.join_next().await {
        client??;
    }
    Ok(i64::try_from(CLIENTS)? * TRANSACTIONS * FACTS)
}

fn case(client: usize) -> String {
    format!("bench-{client}")
}

/// Milliseconds of proofs of facts spread over the log, each read from the stored tiles and then verified.
async fn proofs(house: &House) -> Outcome<Vec<f64>> {
    let facts_a_case = BACKLOGS * TRANSACTIONS * FACTS;
    let mut waits = Vec::with_capacity(PROOFS);
    for at in 0..PROOFS {
        // A stride without a common divisor visits facts far apart.
        let no = 1 + i64::try_from(at)? * 7_919 % facts_a_case;
        let started = Instant::now();
        let proof =
            ledger::proof_of(&house.ctx, &house.institution, &case(at % CLIENTS), no).await?;
        waits.push(started.elapsed().as_secs_f64() * 1e3);
        let commitment = proof::fact::commitment(&proof.salt, &proof.fact);
        let leaf = proof::tree::leaf_hash(&proof::fact::entry(&commitment));
        let root = proof
            .checkpoint
            .lines()
            .nth(2)
            .ok_or("a checkpoint has a root")?;
        let root: proof::Hash = base64(root)?
            .try_into()
            .map_err(|_| "a root has 32 bytes")?;
        proof::tree::verify_inclusion(&leaf, proof.index, proof.tree_size, &proof.path, &root)?;
    }
    Ok(waits)
}

fn base64(text: &str) -> Outcome<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::STANDARD.decode(text)?)
}

/// Milliseconds from commit to published checkpoint of facts that come at a steady pace while the sequencer runs.
async fn published(house: &House, seconds: u64) -> Outcome<Vec<f64>> {
    let (stop, stopped) = oneshot::channel::<()>();
    let sequencer = tokio::spawn(ledger::run(house.ctx.clone(), async {
        // A dropped sender stops it too.
        let _ = stopped.await;
    }));
    // Who sequenced by hand may publish for two seconds yet.
    pause(LEASE).await;
    let mut writing = JoinSet::new();
    let begin = Instant::now();
    for turn in 0..LOAD * seconds {
        let due = begin + Duration::from_micros(turn * 1_000_000 / LOAD);
        pause(due.saturating_duration_since(Instant::now())).await;
        let (ctx, seat) = (house.ctx.clone(), house.seat());
        writing.spawn(async move {
            let case = format!("load-{turn}");
            room::recount(&ctx, &seat, &case, 1).await?;
            Outcome::Ok((case, ctx.clock.now_ms()))
        });
    }
    let mut committed = Vec::new();
    while let Some(fact) = writing.join_next().await {
        committed.push(fact??);
    }
    drop(stop);
    sequencer.await?;
    let mut waits = Vec::with_capacity(committed.len());
    for (case, committed_ms) in committed {
        let page = ledger::timeline(&house.ctx, &house.institution, &case, 0, 1).await?;
        let published_ms = page.rows.first().and_then(|entry| entry.proved_at_ms);
        waits.push((published_ms.ok_or("a fact was never published")? - committed_ms) as f64);
    }
    Ok(waits)
}
