//! Recorded actions a second, with so many clients at once. The sequencer runs beside, as it does in the server.
//!
//! `actions.N`: the smallest whole action, one change, one job and one fact in one transaction (`room.rs`).
//! `codes.N`: a whole request of the product, `POST /api/h5/link/code` through the router: it looks the link up by its
//! token, then locks it, counts the codes of the day, stores a code, enqueues its delivery and swears to it.
//! `actions.batched`: facts a second, a hundred of one case in a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use xiaobao::clock::Clock;
use xiaobao::ctx::Ctx;
use xiaobao::{access, app, ledger};

use crate::house::House;
use crate::{Outcome, figure, quantile, room};

/// 2026-11-21 10:00 in Shanghai.
const START_MS: i64 = 1_795_226_400_000;
/// Loans and journeys that are acted on in turn.
const CASES: usize = 2_048;
/// A link gives ten codes a day and lives seven days: the clock moves on so much with every turn that each link is
/// asked for eight a day.
const STEP: Duration = Duration::from_millis(86_400_000 / 8 / CASES as u64);
const ROUNDS_MAX: usize = 54;
/// Not measured: connections learn their statements.
const WARM_UP: Duration = Duration::from_secs(1);
/// With this many clients facts are also measured a hundred to a transaction.
const BATCH_CLIENTS: usize = 16;
const BATCH: i64 = 100;

pub async fn run(clients: usize, seconds: u64) -> Outcome {
    House::during(Clock::mock(START_MS), async |house| {
        measure(house, clients, seconds).await
    })
    .await
}

async fn measure(house: &House, clients: usize, seconds: u64) -> Outcome {
    let (stop, stopped) = oneshot::channel::<()>();
    let sequencer = tokio::spawn(ledger::run(house.ctx.clone(), async {
        // A dropped sender stops it too.
        let _ = stopped.await;
    }));

    let loans = Arc::new(Turns::of(
        room::furnish(&house.ctx, &house.owner, &house.institution, CASES).await?,
    ));
    let (ctx, seat, turns) = (house.ctx.clone(), house.seat(), loans.clone());
    let mut waits = timed(clients, seconds, move |_| {
        let (ctx, seat, turns) = (ctx.clone(), seat.clone(), turns.clone());
        async move { Ok(room::advance(&ctx, &seat, turns.next()).await?) }
    })
    .await?;
    let rate = |count: usize| count as f64 / seconds as f64;
    figure(&format!("actions.{clients}"), rate(waits.len()));
    figure(
        &format!("actions.{clients}_p99_ms"),
        quantile(&mut waits, 0.99),
    );

    if clients == BATCH_CLIENTS {
        let (ctx, seat, turns) = (house.ctx.clone(), house.seat(), loans);
        let waits = timed(clients, seconds, move |client| {
            let (ctx, seat, turns) = (ctx.clone(), seat.clone(), turns.clone());
            async move { Ok(room::recount(&ctx, &seat, turns.at(client), BATCH).await?) }
        });
        figure(
            "actions.batched",
            rate(waits.await?.len() * usize::try_from(BATCH)?),
        );
    }

    let (ctx, site) = (house.ctx.clone(), app::router(&house.ctx)?);
    let links = Arc::new(Turns::of(links(house).await?));
    let waits = timed(clients, seconds, move |_| {
        let (ctx, site, links) = (ctx.clone(), site.clone(), links.clone());
        async move { code(&ctx, site, &links).await }
    });
    figure(&format!("codes.{clients}"), rate(waits.await?.len()));
    drop(stop);
    sequencer.await?;
    Ok(())
}

/// Asks for a code to the next link, so much later that it may.
async fn code(ctx: &Ctx, site: Router, links: &Turns) -> Outcome {
    if links.taken.load(Ordering::Relaxed) >= ROUNDS_MAX * CASES {
        return Err("the links are used up: measure fewer seconds".into());
    }
    ctx.clock.advance(STEP);
    let body = format!("{{\"token\":\"{}\"}}", links.next());
    let request = Request::post("/api/h5/link/code")
        .header("content-type", "application/json")
        .header("x-xiaobao", "1")
        .body(Body::from(body))?;
    let answer = site.oneshot(request).await?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(format!("a code was refused: {}", answer.status()).into())
    }
}

/// Tokens of the links of as many journeys.
async fn links(house: &House) -> Outcome<Vec<String>> {
    let mut tokens = Vec::with_capacity(CASES);
    for journey in house.journeys(CASES).await? {
        let view = house.ctx.db.read(&house.institution).await?;
        let link = access::live_link(&house.ctx, &view, &journey)
            .await?
            .ok_or("a fresh journey has a link")?;
        let url = access::link_url(&house.ctx, &view, link.id.as_str()).await?;
        let (_, token) = url.rsplit_once('/').ok_or("a link ends in its token")?;
        tokens.push(token.to_owned());
    }
    Ok(tokens)
}

/// Whose turn it is to be acted on.
struct Turns {
    names: Vec<String>,
    taken: AtomicUsize,
}

impl Turns {
    fn of(names: Vec<String>) -> Self {
        Self {
            names,
            taken: AtomicUsize::new(0),
        }
    }

    fn next(&self) -> &str {
        self.at(self.taken.fetch_add(1, Ordering::Relaxed))
    }

    fn at(&self, turn: usize) -> &str {
        &self.names[turn % self.names.len()]
    }
}

/// Repeats an action with so many clients; gives the milliseconds of each that ended in the measured time.
async fn timed<F>(
    clients: usize,
    seconds: u64,
    action: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Outcome<Vec<f64>>
where
    F: Future<Output = Outcome> + Send,
{
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs(seconds);
    let mut running = JoinSet::new();
    for client in 0..clients {
        let action = action.clone();
        running.spawn(async move {
            let mut waits = Vec::new();
            loop {
                let started = Instant::now();
                action(client).await?;
                let ended = Instant::now();
                if ended >= end {
                    return Outcome::Ok(waits);
                }
                if ended >= begin {
                    waits.push((ended - started).as_secs_f64() * 1e3);
                }
            }
        });
    }
    let mut waits = Vec::new();
    while let Some(client) = running.join_next().await {
        waits.extend(client??);
    }
    Ok(waits)
}
