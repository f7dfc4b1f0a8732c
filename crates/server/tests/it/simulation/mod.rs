//! Seeded chaos: people who press everything, programs that end in the middle of anything, clocks that jump.
//!
//! `XIAOBAO_SIM_SEEDS` says how many seeds are run (5 by default); a failure names its seed and its last steps.

mod filmed;
mod invariants;
mod killed;
mod roads;
mod world;

use world::World;
pub use world::cut;

/// Journeys of one seed, and steps with them.
const JOURNEYS: usize = 10;
const STEPS: usize = 200;
const DAY_MS: u64 = 86_400_000;

#[test]
fn whatever_happens_the_promises_hold() {
    let seeds = std::env::var("XIAOBAO_SIM_SEEDS").ok();
    let seeds: u64 = seeds.map_or(5, |text| {
        text.parse().expect("XIAOBAO_SIM_SEEDS is a number")
    });
    assert!(seeds > 0, "at least one seed");
    let mut done = world::Tally::default();
    for seed in 1..=seeds {
        crate::app::on_runtime(async {
            let mut world = World::begin(seed).await;
            for step in 0..STEPS {
                if seed % 2 == 0 && step == STEPS / 2 {
                    world.pass(8 * DAY_MS);
                }
                world.step().await;
                world.check_touched().await;
                if step % 10 == 0 {
                    world.check_all().await;
                }
            }
            done += world.end().await;
        });
    }
    // Chaos that never gets anywhere would prove nothing.
    assert!(seeds < 2 || done.expired > 0, "{done:?}");
    assert!(
        done.confirmed > 0 && done.allowed > 0 && done.cut > 0,
        "{done:?}"
    );
}
