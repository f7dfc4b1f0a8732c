//! US Regulation Z, Appendix J: whole unit-periods compound, the fraction of one accrues simply.

use super::{AMOUNT_MAX, RateError};

/// A flow some unit-periods after the first advance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitFlow {
    /// Whole unit-periods.
    pub whole: u32,
    /// Fraction of a unit-period, 0 to 1.
    pub fraction: f64,
    /// Received by the borrower when positive, paid when negative.
    pub amount: f64,
}

/// The range that is looked into, per unit-period; the scan for several rates uses geometric steps of `1 + i`.
const RATE_MIN: f64 = -0.99;
const RATE_MAX: f64 = 10_000.0;
const STEPS: u32 = 4096;

/// The rate per unit-period `i` with `Σ amount / ((1 + fraction·i)(1 + i)^whole) = 0`; the APR is `i` × unit-periods a year.
///
/// With one sign change it is unique, for later flows lose value faster.
/// With several, the range is scanned in 4,096 steps and must hold exactly one crossing; crossings closer than a step
/// (0.4 % of `1 + i`) can't be told apart.
///
/// # Errors
/// [`RateError`], whenever the rate is not unique or not in range.
pub fn irr_regz(flows: &[UnitFlow]) -> Result<f64, RateError> {
    if let Some(at) = flows.iter().position(|flow| {
        !(-AMOUNT_MAX..=AMOUNT_MAX).contains(&flow.amount) || !(0.0..=1.0).contains(&flow.fraction)
    }) {
        return Err(RateError::BadFlow { at });
    }
    let mut sorted = flows.to_vec();
    sorted.sort_by(|left, right| {
        left.whole
            .cmp(&right.whole)
            .then(left.fraction.total_cmp(&right.fraction))
    });
    sorted.dedup_by(|next, kept| {
        let same = next.whole == kept.whole && next.fraction == kept.fraction;
        if same {
            kept.amount += next.amount;
        }
        same
    });
    if sorted.len() == 1 && flows.len() > 1 {
        return Err(RateError::OneInstant);
    }
    let found = super::signs(sorted.iter().map(|flow| flow.amount))?;
    if found.changes == 1 {
        return bracketed(&sorted, RATE_MIN, RATE_MAX).ok_or(RateError::OutOfRange);
    }
    let step = ((1.0 + RATE_MAX) / (1.0 + RATE_MIN)).powf(1.0 / f64::from(STEPS));
    let mut rates = Vec::new();
    let mut low = RATE_MIN;
    for _ in 0..STEPS {
        let high = ((1.0 + low) * step - 1.0).min(RATE_MAX);
        let (at_low, at_high) = (value(&sorted, low).0, value(&sorted, high).0);
        if at_low == 0.0 {
            rates.push(low);
        } else if at_high != 0.0
            && (at_low > 0.0) != (at_high > 0.0)
            && let Some(rate) = bracketed(&sorted, low, high)
        {
            rates.push(rate);
        }
        low = high;
    }
    match rates.as_slice() {
        [] => Err(RateError::NoRoot {
            changes: found.changes,
        }),
        [rate] => Ok(*rate),
        _ => Err(RateError::SeveralRoots { rates }),
    }
}

/// A sum with the sign and zeros of the present value at rate `i`, and its slope.
///
/// Below zero it is the value at the last flow, so that nothing overflows.
fn value(flows: &[UnitFlow], i: f64) -> (f64, f64) {
    let end = if i < 0.0 {
        flows.last().map_or(0, |flow| flow.whole)
    } else {
        0
    };
    let (mut sum, mut slope) = (0.0, 0.0);
    for flow in flows {
        let simple = 1.0 + flow.fraction * i;
        let whole = f64::from(end) - f64::from(flow.whole);
        let factor = if i < 0.0 {
            power(1.0 + i, end - flow.whole)
        } else {
            1.0 / power(1.0 + i, flow.whole)
        };
        let part = flow.amount * factor / simple;
        sum += part;
        slope += part * (whole / (1.0 + i) - flow.fraction / simple);
    }
    (sum, slope)
}

/// `base^exponent` by squaring: the same result on every machine.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

/// The crossing in `[low, high]`: Newton's method held inside the bracket; `None` when the ends have one sign.
fn bracketed(flows: &[UnitFlow], mut low: f64, mut high: f64) -> Option<f64> {
    let (at_low, at_high) = (value(flows, low).0, value(flows, high).0);
    if at_low.is_nan() || at_high.is_nan() || (at_low > 0.0) == (at_high > 0.0) {
        return None;
    }
    let mut rate = if low < 0.0 && high > 0.0 {
        0.0
    } else {
        low + (high - low) / 2.0
    };
    for _ in 0..300 {
        let (at, slope) = value(flows, rate);
        if at.is_nan() {
            return None;
        }
        if at == 0.0 {
            return Some(rate);
        }
        if (at > 0.0) == (at_low > 0.0) {
            low = rate
        } else {
            high = rate
        }
        let step = at / slope;
        let next = rate - step;
        if next > low && next < high && step.is_finite() {
            rate = next;
            if step.abs() <= 1e-15 * rate.abs().max(1e-3) {
                return Some(rate);
            }
        } else {
            rate = low + (high - low) / 2.0;
            if high - low <= 1e-15 * rate.abs().max(1e-3) {
                return Some(rate);
            }
        }
    }
    Some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(whole: u32, fraction: f64, amount: f64) -> UnitFlow {
        UnitFlow {
            whole,
            fraction,
            amount,
        }
    }

    #[test]
    fn odd_days_accrue_simply() {
        let mut flows = vec![flow(0, 0.0, 6000.0)];
        flows.extend((1..=36).map(|whole| flow(whole, 19.0 / 30.0, -200.0)));
        let rate = irr_regz(&flows).unwrap();
        assert!((rate * 12.0 - 0.1182).abs() < 5e-5, "{rate}");
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(
            irr_regz(&[flow(0, 0.0, 5.0), flow(0, 0.0, -5.0)]),
            Err(RateError::OneInstant)
        );
        assert_eq!(
            irr_regz(&[flow(0, 0.0, 5.0), flow(0, 2.0, -5.0)]),
            Err(RateError::BadFlow { at: 1 })
        );
        assert_eq!(
            irr_regz(&[flow(0, 0.0, 5.0), flow(1, 0.0, 5.0)]),
            Err(RateError::NoSignChange)
        );
        let several = irr_regz(&[
            flow(0, 0.0, -100.0),
            flow(1, 0.0, 230.0),
            flow(2, 0.0, -132.0),
        ]);
        assert!(matches!(several, Err(RateError::SeveralRoots { rates }) if rates.len() == 2));
    }
}
