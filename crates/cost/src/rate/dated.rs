//! Flows at any times.

use super::{AMOUNT_MAX, LOG_MAX, LOG_MIN, RateError, TIME_MAX, several, signs};

/// The internal rate per unit of time: the `X` with `Σ amountⱼ (1 + X)^(−timeⱼ) = 0`, times ≥ 0.
///
/// Flows at the same time are taken together; the order given does not matter.
///
/// # Errors
/// [`RateError`], whenever the rate is not unique or not in range.
pub fn irr_dated(flows: &[(f64, f64)]) -> Result<f64, RateError> {
    if let Some(at) = flows.iter().position(|(time, amount)| {
        !(0.0..=TIME_MAX).contains(time) || !(-AMOUNT_MAX..=AMOUNT_MAX).contains(amount)
    }) {
        return Err(RateError::BadFlow { at });
    }
    let mut sorted = flows.to_vec();
    sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (mut times, mut amounts) = (
        Vec::with_capacity(sorted.len()),
        Vec::<f64>::with_capacity(sorted.len()),
    );
    for (time, amount) in sorted {
        match amounts.last_mut() {
            Some(last) if times.last() == Some(&time) => *last += amount,
            _ => {
                times.push(time);
                amounts.push(amount);
            }
        }
    }
    if times.len() == 1 && flows.len() > 1 {
        return Err(RateError::OneInstant);
    }
    let found = signs(amounts.iter().copied())?;
    if found.changes == 1 {
        return one_change(&amounts, &times, found.split);
    }
    several::rate(&amounts, &times, found.changes)
}

/// The rate of sorted flows whose sign changes once, before index `split`: Newton's method held inside a bracket.
pub(super) fn one_change(amounts: &[f64], times: &[f64], split: usize) -> Result<f64, RateError> {
    let before = Leg {
        amounts: &amounts[..split],
        times: &times[..split],
    };
    let after = Leg {
        amounts: &amounts[split..],
        times: &times[split..],
    };
    let distance = |log: f64| {
        let ((ahead, ahead_time), (behind, behind_time)) =
            (before.log_value(log), after.log_value(log));
        (ahead - behind, behind_time - ahead_time)
    };
    let (mut low, mut high) = (LOG_MIN, LOG_MAX);
    let mut log = 0.0;
    for _ in 0..200 {
        let (value, slope) = distance(log);
        if value.is_nan() {
            return Err(RateError::OutOfRange);
        }
        if value == 0.0 {
            return Ok(log.exp_m1());
        }
        if value < 0.0 {
            low = log
        } else {
            high = log
        }
        let step = value / slope;
        let mut next = log - step;
        if !(next > low && next < high) {
            next = low + (high - low) / 2.0;
            if high - low < 1e-15 * log.abs().max(1e-3) {
                break;
            }
        } else if step.abs() <= 1e-15 * next.abs().max(1e-3) {
            log = next;
            break;
        }
        log = next;
    }
    if log - LOG_MIN < 1e-9 || LOG_MAX - log < 1e-9 {
        return Err(RateError::OutOfRange);
    }
    Ok(log.exp_m1())
}

/// Flows of one sign.
struct Leg<'a> {
    amounts: &'a [f64],
    times: &'a [f64],
}

impl Leg<'_> {
    /// `ln |Σ c e^(−δt)|` and the mean time under those weights, without overflow at any δ.
    fn log_value(&self, log: f64) -> (f64, f64) {
        let shift = if log >= 0.0 {
            self.times.first()
        } else {
            self.times.last()
        }
        .copied()
        .unwrap_or_default();
        let (mut sum, mut moment) = (0.0, 0.0);
        for (amount, time) in self.amounts.iter().zip(self.times) {
            let weight = amount.abs() * (-log * (time - shift)).exp();
            sum += weight;
            moment += weight * time;
        }
        (sum.ln() - log * shift, moment / sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_grouping_do_not_matter() {
        let plain = irr_dated(&[(0.0, 1000.0), (1.0, -600.0), (2.0, -600.0)]).unwrap();
        let mixed = irr_dated(&[(2.0, -600.0), (0.0, 400.0), (1.0, -600.0), (0.0, 600.0)]).unwrap();
        assert_eq!(plain, mixed);
        assert!((plain - 0.130_662_386).abs() < 1e-9);
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(
            irr_dated(&[(0.0, 5.0), (0.0, -5.0)]),
            Err(RateError::OneInstant)
        );
        assert_eq!(
            irr_dated(&[(1.0, 5.0), (1.0, -4.0)]),
            Err(RateError::OneInstant)
        );
        assert_eq!(
            irr_dated(&[(0.0, 5.0), (f64::INFINITY, -5.0)]),
            Err(RateError::BadFlow { at: 1 })
        );
        assert_eq!(
            irr_dated(&[(0.0, 1.0), (0.001, -1e9)]),
            Err(RateError::OutOfRange)
        );
        assert_eq!(
            irr_dated(&[(0.0, 1.0), (-1.0, -1.0)]),
            Err(RateError::BadFlow { at: 1 })
        );
    }
}
