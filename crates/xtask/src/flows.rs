//! Loans for the rate benchmarks: the same flows for us and for the peers.

use std::fmt::Write;

const LOANS: u64 = 20_000;
const MONTHS: u32 = 36;

/// Loans as lines of whole fen from the lender's side: what went out (negative), then 36 months.
/// Every principal, rate and deducted fee differs; the same numbers come out every time.
pub fn text() -> String {
    let mut text = String::new();
    let mut seed = 20_261_121_u64;
    let mut draw = move |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..LOANS {
        let principal = 200_000 + draw(19_800_000);
        let monthly = 0.002 + draw(1_800) as f64 / 100_000.0;
        let deducted = principal * draw(40) / 1_000;
        let factor = (1.0 + monthly).powf(f64::from(MONTHS));
        let payment = (principal as f64 * monthly * factor / (factor - 1.0)).round() as u64;
        // Writing to a string cannot fail.
        let _ = write!(text, "-{}", principal - deducted);
        for month in 0..MONTHS {
            // The last payment takes up what rounding left.
            let _ = write!(
                text,
                " {}",
                if month + 1 == MONTHS {
                    payment - draw(17)
                } else {
                    payment
                }
            );
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loan_earns_and_ends() {
        let text = text();
        assert_eq!(text.lines().count() as u64, LOANS);
        for line in text.lines() {
            let flows: Vec<i64> = line
                .split(' ')
                .map(|number| number.parse().expect("a number"))
                .collect();
            assert_eq!(flows.len(), MONTHS as usize + 1);
            assert!(
                flows[0] < 0 && flows[1..].iter().all(|flow| *flow > 0),
                "one change of sign"
            );
            assert!(flows.iter().sum::<i64>() > 0, "a loan that earns");
        }
        assert_eq!(text, super::text(), "the same every time");
    }
}
