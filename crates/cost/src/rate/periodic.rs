//! One flow per period: the fast path.

use super::{LOG_MAX, LOG_MIN, RateError, dated, several, signs};

/// The internal rate per period of flows 0, 1, 2, … periods from the start.
///
/// # Errors
/// [`RateError`], whenever the rate is not unique or not in range.
pub fn irr_periodic(flows: &[f64]) -> Result<f64, RateError> {
    let found = signs(flows.iter().copied())?;
    // The usual loan is one advance at the start and then payments.
    if found.changes == 1
        && found.first == 0
        && flows[1..found.split].iter().all(|amount| *amount == 0.0)
        && let Some(log) = one_advance(flows)
    {
        return Ok(log.exp_m1());
    }
    let times: Vec<f64> = (0..flows.len()).map(|at| at as f64).collect();
    if found.changes == 1 {
        return dated::one_change(flows, &times, found.split);
    }
    several::rate(flows, &times, found.changes)
}

/// `ln(1 + rate)` when one sum is followed by sums of the other sign; `None` when the quick way does not settle.
///
/// Newton's method on `h(δ) = ln(advance) − ln Σ pₖ e^(−δk)`, which is increasing and concave and nearly a straight line,
/// so that it converges from any start and in two or three steps from this one.
fn one_advance(flows: &[f64]) -> Option<f64> {
    let advance = flows[0].abs();
    let payments = &flows[1..];
    let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
    let mut at = 1.0;
    for payment in payments {
        let weighted = payment * at;
        sum += payment;
        first += weighted;
        second += weighted * at;
        at += 1.0;
    }
    // At δ = 0: the logarithm's slope is the mean time of the payments, its curvature their variance.
    let mean = first / sum;
    let variance = second / sum - mean * mean;
    let log_ratio = (sum.abs() / advance).ln();
    let straight = log_ratio / mean;
    let mut log = straight * (1.0 + straight * variance / (2.0 * mean));
    if log.abs() > 4.0 {
        log = straight;
    }
    for _ in 0..40 {
        if !(LOG_MIN..=LOG_MAX).contains(&log) {
            return None;
        }
        let discount = (-log).exp();
        let (value, slope) = polynomial(payments, discount);
        let value = value.abs();
        // value = Σ pₖ x^(k−1), so the present value is x·value and the mean time 1 + x·slope/value.
        let present = value * discount;
        if !(present > 0.0 && present.is_finite() && slope.is_finite()) {
            return None;
        }
        let time = 1.0 + discount * slope.abs() / value;
        let step = (advance / present).ln() / time;
        log -= step;
        // The error after a Newton step is about step² × variance / (2·time), at most step² × periods.
        if step * step * payments.len() as f64 <= 1e-16 * log.abs().max(1e-3) {
            return (LOG_MIN..=LOG_MAX).contains(&log).then_some(log);
        }
    }
    None
}

/// Value and slope of `Σ cₖ xᵏ`, in four interleaved Horner chains that the processor can run side by side.
fn polynomial(coefficients: &[f64], x: f64) -> (f64, f64) {
    let x2 = x * x;
    let x4 = x2 * x2;
    let mut value = [0.0_f64; 4];
    let mut slope = [0.0_f64; 4];
    let chunks = coefficients.chunks_exact(4);
    let rest = chunks.remainder();
    for (lane, coefficient) in value.iter_mut().zip(rest) {
        *lane = *coefficient;
    }
    for chunk in chunks.rev() {
        for lane in 0..4 {
            slope[lane] = slope[lane] * x4 + value[lane];
            value[lane] = value[lane] * x4 + chunk[lane];
        }
    }
    let x3 = x2 * x;
    let total = value[0] + x * value[1] + x2 * value[2] + x3 * value[3];
    let inner = slope[0] + x * slope[1] + x2 * slope[2] + x3 * slope[3];
    (
        total,
        value[1] + 2.0 * x * value[2] + 3.0 * x2 * value[3] + 4.0 * x3 * inner,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interleaved_polynomial_is_the_plain_one() {
        for length in 0..13_i32 {
            let c: Vec<f64> = (0..length).map(|k| f64::from(k * k + 3)).collect();
            let x = 0.83_f64;
            let value: f64 = c.iter().zip(0..).map(|(c, k)| c * x.powi(k)).sum();
            let slope: f64 = c
                .iter()
                .zip(0..)
                .map(|(c, k)| c * f64::from(k) * x.powi(k - 1))
                .sum();
            let (got_value, got_slope) = polynomial(&c, x);
            assert!(
                (got_value - value).abs() < 1e-9 && (got_slope - slope).abs() < 1e-9,
                "{length}: {got_value} {got_slope}"
            );
        }
    }

    #[test]
    fn known_rates() {
        let mut flows = [-200.0; 37];
        flows[0] = 6_000.0;
        assert!((irr_periodic(&flows).unwrap() - 0.010_207_5).abs() < 1e-6);
        assert_eq!(irr_periodic(&[100.0, -50.0, -50.0]).unwrap(), 0.0);
        assert!((irr_periodic(&[100.0, -50.0]).unwrap() + 0.5).abs() < 1e-12);
        assert!((irr_periodic(&[100.0, 0.0, 0.0, -800.0]).unwrap() - 1.0).abs() < 1e-12);
        // Two advances, then payments.
        let rate = irr_periodic(&[100.0, 100.0, -121.0, -121.0]).unwrap();
        assert!((rate - 0.1).abs() < 1e-12);
    }

    #[test]
    fn no_rate_says_why() {
        assert_eq!(irr_periodic(&[]), Err(RateError::NoFlows));
        assert_eq!(irr_periodic(&[0.0, 0.0]), Err(RateError::NoFlows));
        assert_eq!(
            irr_periodic(&[1.0, f64::NAN]),
            Err(RateError::BadFlow { at: 1 })
        );
        assert_eq!(irr_periodic(&[1.0, 2.0]), Err(RateError::NoSignChange));
        assert_eq!(irr_periodic(&[1.0, -1e9]), Err(RateError::OutOfRange));
        let Err(RateError::SeveralRoots { rates }) = irr_periodic(&[-100.0, 230.0, -132.0]) else {
            panic!("two rates")
        };
        assert!((rates[0] - 0.1).abs() < 1e-9 && (rates[1] - 0.2).abs() < 1e-9);
        assert_eq!(
            irr_periodic(&[1.0, -1.0, 1.0]),
            Err(RateError::NoRoot { changes: 2 })
        );
    }

    #[test]
    fn one_rate_in_spite_of_several_changes() {
        // Norstrøm: the running sum −100, 60, 50, 120 changes sign once.
        let rate = irr_periodic(&[-100.0, 160.0, -10.0, 70.0]).unwrap();
        let value = -100.0 + 160.0 / (1.0 + rate) - 10.0 / (1.0 + rate).powi(2)
            + 70.0 / (1.0 + rate).powi(3);
        assert!(rate > 0.0 && value.abs() < 1e-9);
        // A double root is one rate: (x − 1/1.1)² in the discount factor.
        let rate = irr_periodic(&[1.0, -2.2, 1.21]).unwrap();
        assert!((rate - 0.1).abs() < 1e-6);
    }
}
