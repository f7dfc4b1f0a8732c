//! Internal rates of cash flows: one rate, or a typed reason why there is none.
//!
//! A flow is positive when the borrower receives it and negative when the borrower pays; the opposite works as well.
//! A rate is returned only when it is the flows' one rate:
//! 1. by Descartes' rule, when the flows in order of time change sign once;
//! 2. by Norstrøm's rule, when their running sum changes sign once and does not end in zero: then exactly one rate is
//!    positive, and that one is meant;
//! 3. otherwise every rate in range is isolated (`several`) and there must be exactly one.

mod dated;
mod error;
mod periodic;
mod regz;
mod several;

pub use dated::irr_dated;
pub use error::RateError;
pub use periodic::irr_periodic;
pub use regz::{UnitFlow, irr_regz};

/// Rates from −99.9999 % to 10^6 a unit of time are looked for, as logarithms of `1 + rate`.
const LOG_MIN: f64 = -13.815_510_557_964_274;
const LOG_MAX: f64 = 13.815_511_557_963_774;

/// Amounts and times beyond these are no money and no loan; within them no sum overflows.
const AMOUNT_MAX: f64 = 1e30;
const TIME_MAX: f64 = 1e6;

/// What the signs of flows in order of time say.
struct Signs {
    /// How often the sign changes; zeros don't count.
    changes: usize,
    /// Index of the first flow after the first change.
    split: usize,
    /// Index of the first flow that is not zero.
    first: usize,
}

/// Counts sign changes of flows in order of time.
fn signs(amounts: impl Iterator<Item = f64>) -> Result<Signs, RateError> {
    let mut found = Signs {
        changes: 0,
        split: 0,
        first: 0,
    };
    let mut last = 0.0_f64;
    for (at, amount) in amounts.enumerate() {
        if amount.is_nan() || amount.abs() > AMOUNT_MAX {
            return Err(RateError::BadFlow { at });
        }
        if amount == 0.0 {
            continue;
        }
        if last == 0.0 {
            found.first = at;
        } else if (last > 0.0) != (amount > 0.0) {
            if found.changes == 0 {
                found.split = at;
            }
            found.changes += 1;
        }
        last = amount;
    }
    if last == 0.0 {
        return Err(RateError::NoFlows);
    }
    if found.changes == 0 {
        return Err(RateError::NoSignChange);
    }
    Ok(found)
}
