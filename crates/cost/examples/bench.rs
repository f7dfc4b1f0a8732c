//! Prints figures a peer can be held against: `bench rates FILE` and `bench sheets`, one thread.
//!
//! FILE holds a loan a line: whole fen, what went out (negative) and then a payment a month.

use cost::{LoanTerms, Policy, figures, rate, sheet};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

/// The best of some rounds counts: the others were disturbed.
const ROUNDS: usize = 7;
const LOANS: i64 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["rates", file] => rates(file),
        ["sheets"] => sheets(),
        _ => Err("usage: bench rates FILE | bench sheets".into()),
    }
}

fn rates(file: &str) -> Result<(), Box<dyn Error>> {
    let mut loans: Vec<Vec<f64>> = Vec::new();
    for line in std::fs::read_to_string(file)?.lines() {
        loans.push(line.split(' ').map(str::parse).collect::<Result<_, _>>()?);
    }
    let mut found = vec![0.0; loans.len()];
    let mut refused = 0;
    let speed = fastest(loans.len(), || {
        for (rate, flows) in found.iter_mut().zip(&loans) {
            match rate::irr_periodic(black_box(flows)) {
                Ok(value) => *rate = value,
                Err(_) => refused += 1,
            }
        }
    });
    if refused > 0 {
        return Err(format!("{refused} rates were refused").into());
    }
    println!("figure rates.ours {speed:.0}");
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    println!("figure rates.ours_mean {mean:.12}");
    Ok(())
}

fn sheets() -> Result<(), Box<dyn Error>> {
    let base = LoanTerms::from_json(include_bytes!("../tests/fixtures/hexiang.json"))?;
    let policy = Policy::default();
    // Loans that differ, so that nothing is learnt by heart.
    let loans: Vec<LoanTerms> = (0..LOANS)
        .map(|at| LoanTerms {
            principal: base.principal + 345 * at,
            annual_rate_ppm: base.annual_rate_ppm + at,
            ..base.clone()
        })
        .collect();
    for terms in &loans {
        figures(terms, &policy)?;
        sheet(terms, &policy)?;
    }
    let numbers = fastest(loans.len(), || {
        for terms in &loans {
            let _ = black_box(figures(black_box(terms), &policy));
        }
    });
    let with_words = fastest(loans.len(), || {
        for terms in &loans {
            let _ = black_box(sheet(black_box(terms), &policy));
        }
    });
    println!("figure sheets.ours {numbers:.0}");
    println!("figure sheets.with_words {with_words:.0}");
    Ok(())
}

/// Times of `count` a second in the best round.
fn fastest(count: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        work();
        best = best.min(started.elapsed().as_secs_f64());
    }
    count as f64 / best
}
