//! Flows whose sign changes more than once: count the rates before naming one.

use super::{LOG_MAX, LOG_MIN, RateError};

/// Most sign changes looked into; the work grows with their square.
const CHANGES_MAX: usize = 32;

/// A sum this small beside its parts counts as zero (a rate where the flows only touch balance).
const TOUCH: f64 = 1e-13;

/// The one rate of sorted flows with at least two sign changes.
pub(super) fn rate(amounts: &[f64], times: &[f64], changes: usize) -> Result<f64, RateError> {
    if norstrom(amounts) {
        // Exactly one positive rate: f changes sign once between rate 0 and the end of the range.
        let sum = Sum {
            amounts: amounts.to_vec(),
            times,
        };
        return match crossing(&sum, 0.0, LOG_MAX) {
            Some(log) => Ok(log.exp_m1()),
            None => Err(RateError::OutOfRange),
        };
    }
    if changes > CHANGES_MAX {
        return Err(RateError::TooManyChanges {
            changes,
            changes_max: CHANGES_MAX,
        });
    }
    let roots = isolate(&Sum {
        amounts: amounts.to_vec(),
        times,
    });
    match roots.as_slice() {
        [] => Err(RateError::NoRoot { changes }),
        [log] => Ok(log.exp_m1()),
        _ => Err(RateError::SeveralRoots {
            rates: roots.iter().map(|log| log.exp_m1()).collect(),
        }),
    }
}

/// Norstrøm: the running sum changes sign exactly once and does not end in zero.
fn norstrom(amounts: &[f64]) -> bool {
    let (mut running, mut last, mut changes) = (0.0_f64, 0.0_f64, 0);
    for amount in amounts {
        running += amount;
        if running != 0.0 {
            if last != 0.0 && (last > 0.0) != (running > 0.0) {
                changes += 1;
            }
            last = running;
        }
    }
    changes == 1 && running != 0.0
}

/// `f(δ) = Σ cⱼ e^(−δ tⱼ)`, times ascending.
struct Sum<'a> {
    amounts: Vec<f64>,
    times: &'a [f64],
}

impl Sum<'_> {
    /// The sign of `f`: −1, 0 or 1; 0 also when the parts cancel to within rounding.
    fn sign(&self, log: f64) -> i8 {
        let shift = if log >= 0.0 {
            self.times.first()
        } else {
            self.times.last()
        }
        .copied()
        .unwrap_or_default();
        let (mut sum, mut size) = (0.0, 0.0);
        for (amount, time) in self.amounts.iter().zip(self.times) {
            let part = amount * (-log * (time - shift)).exp();
            sum += part;
            size += part.abs();
        }
        if sum.abs() <= TOUCH * size {
            0
        } else if sum > 0.0 {
            1
        } else {
            -1
        }
    }

    /// Index after the middle one of the sign changes, if there are any, and their number.
    fn changes(&self) -> (usize, Option<(usize, usize)>) {
        let mut found = Vec::new();
        let mut last: Option<usize> = None;
        for (at, amount) in self
            .amounts
            .iter()
            .enumerate()
            .filter(|(_, amount)| **amount != 0.0)
        {
            if let Some(before) = last
                && (self.amounts[before] > 0.0) != (*amount > 0.0)
            {
                found.push((before, at));
            }
            last = Some(at);
        }
        (found.len(), found.get(found.len() / 2).copied())
    }

    /// `d/dδ (e^(δτ) f)` up to the factor `e^(δτ)`, with τ between two flows of unlike sign: one sign change fewer.
    fn derivative(&self, between: (usize, usize)) -> Self {
        let tau = f64::midpoint(self.times[between.0], self.times[between.1]);
        let mut amounts: Vec<f64> = self
            .amounts
            .iter()
            .zip(self.times)
            .map(|(amount, time)| amount * (tau - time))
            .collect();
        let size = amounts
            .iter()
            .fold(0.0_f64, |size, amount| size.max(amount.abs()));
        amounts.iter_mut().for_each(|amount| *amount /= size);
        Self {
            amounts,
            times: self.times,
        }
    }
}

/// Every zero of `f` in range, ascending, each once however often it counts.
///
/// Between two zeros of `(e^(δτ) f)′` that product is monotone, so `f` has at most one zero there (Rolle);
/// the derivative has one sign change fewer, so the recursion ends at sums with one change and thus one zero.
fn isolate(sum: &Sum<'_>) -> Vec<f64> {
    let (changes, middle) = sum.changes();
    let turning = match middle {
        None => return Vec::new(),
        Some(_) if changes == 1 => Vec::new(),
        Some(between) => isolate(&sum.derivative(between)),
    };
    let mut roots: Vec<f64> = Vec::new();
    let mut low = LOG_MIN;
    for high in turning.into_iter().chain([LOG_MAX]) {
        if let Some(root) = crossing(sum, low, high)
            && roots.last().is_none_or(|last| root - last > 1e-7)
        {
            roots.push(root);
        }
        low = high;
    }
    roots
}

/// The zero in `[low, high]`, where `f` times an exponential is monotone: at an end, or by bisection.
fn crossing(sum: &Sum<'_>, mut low: f64, mut high: f64) -> Option<f64> {
    let (at_low, at_high) = (sum.sign(low), sum.sign(high));
    if at_low == 0 {
        return Some(low);
    }
    if at_high == 0 {
        return Some(high);
    }
    if at_low == at_high {
        return None;
    }
    for _ in 0..80 {
        let middle = low + (high - low) / 2.0;
        match sum.sign(middle) {
            0 => return Some(middle),
            sign if sign == at_low => low = middle,
            _ => high = middle,
        }
    }
    Some(low + (high - low) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Coefficients of Π (x − xₖ) in the discount factor x, lowest power first.
    fn from_roots(discounts: &[f64]) -> Vec<f64> {
        let mut c = vec![1.0];
        for x in discounts {
            let mut next = vec![0.0; c.len() + 1];
            for (at, value) in c.iter().enumerate() {
                next[at + 1] += value;
                next[at] -= value * x;
            }
            c = next;
        }
        c
    }

    #[test]
    fn every_rate_is_found() {
        for rates in [
            vec![0.05, 0.3],
            vec![-0.4, 0.1, 0.9],
            vec![0.01, 0.02, 0.5, 2.0],
        ] {
            let flows = from_roots(
                &rates
                    .iter()
                    .map(|rate| 1.0 / (1.0 + rate))
                    .collect::<Vec<_>>(),
            );
            let times: Vec<f64> = (0..flows.len()).map(|at| at as f64).collect();
            let found: Vec<f64> = isolate(&Sum {
                amounts: flows,
                times: &times,
            })
            .iter()
            .map(|log| log.exp_m1())
            .collect();
            assert_eq!(found.len(), rates.len(), "{found:?}");
            assert!(
                found
                    .iter()
                    .zip(&rates)
                    .all(|(found, rate)| (found - rate).abs() < 1e-7),
                "{found:?}"
            );
        }
    }

    #[test]
    fn too_many_changes_are_refused() {
        let flows: Vec<f64> = (0..80)
            .map(|at| if at % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        let times: Vec<f64> = (0..80).map(f64::from).collect();
        assert_eq!(
            rate(&flows, &times, 79),
            Err(RateError::TooManyChanges {
                changes: 79,
                changes_max: 32
            })
        );
    }
}
