//! Loan applications a second over real HTTP: validated, under an idempotency key, in one durable transaction.
//!
//! The same load goes to our program (`POST /v1/journeys`: the person sealed under a key of their own, a link, facts and jobs)
//! and, with `--against`, to a peer that takes the same bodies at the same path.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::house::particulars;
use crate::program::Program;
use crate::{Outcome, figure, quantile};

/// Not measured: connections are made, statements are learnt.
const WARM_UP: Duration = Duration::from_secs(1);

/// Someone to send applications to.
#[derive(Clone)]
struct Door {
    client: reqwest::Client,
    url: String,
    key: String,
    sent: Arc<AtomicUsize>,
}

/// What came of the applications that ended in the measured time.
#[derive(Default)]
struct Taken {
    waits: Vec<f64>,
    failed: usize,
}

pub async fn run(clients: usize, seconds: u64, against: Option<String>) -> Outcome {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()?;
    let door = |url: &str, key: &str| Door {
        client: client.clone(),
        url: format!("{url}/v1/journeys"),
        key: key.to_owned(),
        sent: Arc::default(),
    };
    if let Some(peer) = against {
        let taken = load(&door(&peer, "peer"), clients, seconds).await?;
        tell("fastapi", taken, seconds);
        return Ok(());
    }
    let program = Program::start().await?;
    let taken = load(&door(&program.demo.url, program.key()?), clients, seconds).await?;
    tell(program.engine(), taken, seconds);
    program.close().await
}

fn tell(whose: &str, mut taken: Taken, seconds: u64) {
    figure(
        &format!("intake.{whose}"),
        taken.waits.len() as f64 / seconds as f64,
    );
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let wait = quantile(&mut taken.waits, share);
        figure(&format!("intake.{whose}_{name}_ms"), wait);
    }
    figure(&format!("intake.{whose}_failed"), taken.failed as f64);
}

/// What a lender sends: the price stays open.
fn application(number: usize) -> Value {
    let (id_number, phone) = particulars(number);
    json!({ "reference": format!("LN-{number}"), "product": "hexiang",
        "borrower": { "name": "周桂兰", "id_number": id_number, "phone": phone } })
}

async fn load(door: &Door, clients: usize, seconds: u64) -> Outcome<Taken> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs(seconds);
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let door = door.clone();
        running.spawn(async move {
            let mut taken = Taken::default();
            loop {
                let number = door.sent.fetch_add(1, Ordering::Relaxed);
                let started = Instant::now();
                let sent = door.client.post(&door.url).bearer_auth(&door.key);
                let sent = sent.header("idempotency-key", format!("intake-{number}"));
                let answer = sent.json(&application(number)).send().await;
                let done = match answer {
                    // The whole answer, as a lender reads it.
                    Ok(answer) => answer.status() == 201 && answer.bytes().await.is_ok(),
                    Err(_) => false,
                };
                let ended = Instant::now();
                taken.failed += usize::from(!done);
                if ended >= end {
                    return taken;
                }
                if done && ended >= begin {
                    taken.waits.push((ended - started).as_secs_f64() * 1e3);
                }
            }
        });
    }
    let mut all = Taken::default();
    while let Some(client) = running.join_next().await {
        let client = client?;
        all.waits.extend(client.waits);
        all.failed += client.failed;
    }
    Ok(all)
}
