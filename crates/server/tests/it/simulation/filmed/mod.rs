//! Recordings under way while the real program is killed and lines are cut at any moment: whatever was acknowledged is there,
//! byte for byte and in its order, and nothing is left half-done.
//!
//! A round is one recording that was disturbed once: the program was killed in the middle of its requests, its line was cut, its
//! answer was lost, its page was loaded anew, or its chunks were sent twice, too early, or by two tabs at once. At least half
//! the rounds are kills. `XIAOBAO_RECORDING_ROUNDS` says how many (200 by default), `XIAOBAO_RECORDING_SEED` repeats one run's
//! dice; what a kill meets depends on the machine's own timing all the same.

mod house;
mod line;
mod phone;
mod segment;

use std::collections::BTreeMap;
use std::time::Duration;

use house::House;
use phone::Phone;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;

/// People who record at the same time.
const PHONES: u32 = 10;

/// What happened to recordings, by kind.
type Tally = BTreeMap<&'static str, usize>;

fn asked_for(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
        Err(_) => otherwise,
    }
}

#[test]
fn whatever_is_killed_or_cut_no_acknowledged_chunk_is_lost() {
    let rounds = asked_for("XIAOBAO_RECORDING_ROUNDS", 200) as usize;
    let seed = asked_for("XIAOBAO_RECORDING_SEED", 20_261_123);
    println!("XIAOBAO_RECORDING_SEED={seed} repeats these dice");
    crate::app::on_runtime(async {
        let mut dice = StdRng::seed_from_u64(seed);
        let house = House::prepared(PHONES).await;
        let mut phones: Vec<Phone> = house.phones(&mut dice);
        let mut tally = Tally::new();
        let mut deaths = 0;
        let killed = |tally: &Tally| tally.get("killed").copied().unwrap_or(0);
        while tally.values().sum::<usize>() < rounds || killed(&tally) * 2 < rounds {
            let running = house.begins().await;
            for phone in &mut phones {
                phone.comes_back(&running.demo.url).await;
                house.looks_into(&running.demo.url, phone).await;
            }
            let (tell, gone) = watch::channel(false);
            let mut at_work = tokio::task::JoinSet::new();
            for phone in phones.drain(..) {
                at_work.spawn(phone.records(running.demo.url.clone(), gone.clone()));
            }
            xiaobao::clock::pause(Duration::from_millis(dice.random_range(40..1_400))).await;
            tell.send_replace(true);
            running.dies().await;
            deaths += 1;
            while let Some(phone) = at_work.join_next().await {
                phones.push(phone.expect("no phone panics"));
            }
            phones.sort_by_key(|phone| phone.number);
            for phone in &mut phones {
                for (what, times) in std::mem::take(&mut phone.tally) {
                    *tally.entry(what).or_default() += times;
                }
            }
            // A program that is killed before anybody came would turn this into a test of starting.
            assert!(deaths < 10 + rounds, "seed {seed}: {tally:?}");
        }
        println!("{deaths} deaths of the program; {tally:?}");
        if rounds >= 100 {
            for what in phone::KINDS {
                assert!(
                    tally.contains_key(what),
                    "seed {seed}: never {what}: {tally:?}"
                );
            }
        }
        let running = house.begins().await;
        for phone in &mut phones {
            phone.comes_back(&running.demo.url).await;
            phone.hands_in(&running.demo.url).await;
            house.looks_into(&running.demo.url, phone).await;
        }
        running.dies().await;
        house.closes(&phones).await;
    });
}

#[test]
fn a_full_disk_takes_nothing_half_and_recording_goes_on_once_there_is_room() {
    crate::app::on_runtime(async {
        let house = House::prepared(1).await;
        let mut phones = house.phones(&mut StdRng::seed_from_u64(1));
        let phone = &mut phones[0];
        let running = house.begins_on_a_small_disk().await;
        let url = running.demo.url.clone();
        phone.begins_a_segment(&url).await;
        phone.keeps(vec![1; 50_000]);
        phone.hands_in(&url).await;

        House::leaves_room(&running, Some(64 * 1_024)).await;
        phone.keeps(vec![2; 200_000]);
        let (status, said) = phone.tries(&url).await;
        assert_eq!(
            (status, &said["error"]["code"]),
            (503, &"disk_full".into()),
            "{said}"
        );
        assert!(said["error"]["retry_after_ms"].as_i64() > Some(0), "{said}");
        phone.comes_back(&url).await;

        House::leaves_room(&running, None).await;
        phone.keeps(vec![3; 100]);
        // A connection of the database may have to be made anew first.
        for _ in 0..20 {
            if phone.tries(&url).await.0 == 200 {
                break;
            }
        }
        phone.hands_in(&url).await;
        house.looks_into(&url, phone).await;
        assert_eq!(phone.segments[0].acked, 3);
        running.dies().await;
        house.closes(&phones).await;
    });
}
