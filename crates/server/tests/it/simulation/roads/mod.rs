//! Whole roads under seeds, from a lender's request to its money: programs that end in the middle of anything, messages that
//! come late and twice, clocks that jump, people who give up and payers who don't do as they should.
//!
//! In the end every log verifies, nothing was signed or released twice, and the books agree but for what was put in.
//! `XIAOBAO_SIM_JOURNEYS` says how many journeys (40 by default); `XIAOBAO_SIM_SEED` runs the one house of a seed again.

mod closing;
mod lender;
mod phone;
mod town;

use std::sync::Mutex;

use town::{Tally, Town};

/// Journeys of one house.
const IN_A_HOUSE: usize = 20;
/// Steps after which a house must have come to its end.
const STEPS_MAX: usize = 4_000;
/// Houses at a time: a road alone keeps one core busy.
const AT_ONCE: usize = 2;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
    )
}

async fn house(seed: u64) -> Tally {
    let mut town = Town::begin(seed).await;
    let mut steps = 0;
    while !town.is_quiet() {
        steps += 1;
        assert!(steps < STEPS_MAX, "the roads lead somewhere");
        town.step().await;
    }
    town.end().await
}

#[test]
fn whatever_happens_on_the_way_nothing_is_signed_or_paid_twice_and_the_books_agree() {
    let journeys = number("XIAOBAO_SIM_JOURNEYS").unwrap_or(40);
    let last = journeys.div_ceil(IN_A_HOUSE as u64).max(1);
    let seeds: Vec<u64> = match number("XIAOBAO_SIM_SEED") {
        Some(one) => vec![one],
        None => (1..=last).rev().collect(),
    };
    let (all, left, done) = (seeds.len(), Mutex::new(seeds), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(seed) = left.lock().ok().and_then(|mut left| left.pop()) {
                    crate::app::on_runtime(async {
                        let tally = house(seed).await;
                        println!("XIAOBAO_SIM_SEED={seed}: {tally:?}");
                        if let Ok(mut done) = done.lock() {
                            *done += tally;
                        }
                    });
                }
            });
        }
    });
    let done = done.into_inner().expect("no house failed");
    println!("{} journeys in {all} houses: {done:?}", done.opened);
    // Chaos that never gets anywhere would prove nothing.
    let reached = [
        done.paid,
        done.signed,
        done.cut,
        done.restarts,
        done.repeated,
    ];
    assert!(reached.iter().all(|count| *count > 0), "{done:?}");
    let rare = [done.injected, done.expired, done.refused, done.unsworn];
    assert!(all < 20 || rare.iter().all(|count| *count > 0), "{done:?}");
}
