//! Processor time of a whole act: five documents, two parties, ten signatures of level B-T with an
//! authority, single-use keys and a timestamp service at hand.
//!
//! `cargo run --release -p xiaobao-pades --example sign_five`

#[path = "../tests/it/house.rs"]
mod house;

use house::{House, NOON};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: u32 = 20;
const DOCUMENTS: u32 = 5;

fn main() {
    let house = House::at(NOON);
    // Warms caches and the curve's table.
    let pdf = house::signed(&house);
    let started = Instant::now();
    for _ in 0..ROUNDS * DOCUMENTS {
        black_box(house::signed(&house));
    }
    let signed = started.elapsed() / ROUNDS;
    let started = Instant::now();
    for _ in 0..ROUNDS * DOCUMENTS {
        let report = pades::verify(&pdf, &house.trust, NOON).expect("a signed file");
        assert!(report.holds());
    }
    let verified = started.elapsed() / ROUNDS;
    println!(
        "signing {DOCUMENTS} documents twice, with keys, certificates and timestamps: {signed:.1?}"
    );
    println!("checking {DOCUMENTS} documents: {verified:.1?}");
}
