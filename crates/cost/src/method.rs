//! One item as a yearly rate, by the configured method.

use crate::annual::{ppm, simple_rate};
use crate::charges::{once, periodic_exact, total_exact};
use crate::money::div_round;
use crate::policy::Method;
use crate::schedule::Schedule;
use crate::{Basis, Charge, CostError, LoanTerms, Ppm, Repayment, Unit};

/// A yearly rate and the method that gave it: `Nominal` falls back to the average balance where a contract has no rate.
pub(crate) type Annual = (Ppm, Method);

/// Interest a year.
pub(crate) fn interest(
    terms: &LoanTerms,
    schedule: &Schedule,
    method: Method,
) -> Result<Annual, CostError> {
    match method {
        Method::Nominal if !matches!(terms.repayment, Repayment::InstalmentFee { .. }) => {
            Ok((terms.annual_rate_ppm, method))
        }
        Method::FeeIrr => {
            let scale = 1e-6 / schedule.interest_year as f64;
            let last = schedule.rows.len() - 1;
            // Interest before rounding, where the schedule puts it.
            let charge = |at: usize| match terms.repayment {
                Repayment::Bullet if at == last => schedule.interest_exact as f64 * scale,
                Repayment::Bullet => 0.0,
                Repayment::InstalmentFee { fee_ppm }
                    if schedule.rows[at].no > terms.interest_free_periods =>
                {
                    terms.principal as f64 * fee_ppm as f64 * 1e-6
                }
                _ => {
                    let row = &schedule.rows[at];
                    row.opening as f64 * row.rate_ppm as f64 * row.days as f64 * scale
                }
            };
            Ok((against_principal(terms, schedule, 0.0, charge)?, method))
        }
        Method::AverageBalance | Method::Nominal => {
            // interest_exact is in 10⁻⁶ fen × interest_year, so the quotient is in ppm.
            let numerator = schedule.interest_exact * i128::from(schedule.occupied_year);
            let rate = div_round(
                numerator,
                schedule.occupied * i128::from(schedule.interest_year),
            )?;
            Ok((rate, Method::AverageBalance))
        }
    }
}

/// An item a year.
pub(crate) fn item(
    terms: &LoanTerms,
    schedule: &Schedule,
    charge: Charge,
    method: Method,
) -> Result<Annual, CostError> {
    match (method, charge) {
        (
            Method::Nominal,
            Charge::Periodic {
                basis: Basis::Outstanding,
                ppm,
            },
        ) => Ok((nominal(terms, ppm)?, method)),
        (Method::FeeIrr, _) => {
            let at_start = once(terms, charge)? as f64;
            let each =
                |at: usize| periodic_exact(terms, charge, schedule.rows[at].opening) as f64 * 1e-6;
            Ok((against_principal(terms, schedule, at_start, each)?, method))
        }
        (Method::AverageBalance | Method::Nominal, _) => {
            let numerator =
                total_exact(terms, charge, &schedule.rows) * i128::from(schedule.occupied_year);
            Ok((
                div_round(numerator, schedule.occupied)?,
                Method::AverageBalance,
            ))
        }
    }
}

/// A rate per period × periods a year.
fn nominal(terms: &LoanTerms, ppm: Ppm) -> Result<Ppm, CostError> {
    let count = i128::from(terms.interval.count);
    match terms.interval.unit {
        Unit::Month => div_round(i128::from(ppm) * 12, count),
        Unit::Week => div_round(i128::from(ppm) * 365, 7 * count),
        Unit::Day => div_round(i128::from(ppm) * 365, count),
    }
}

/// Simple internal rate of principal out and back with nothing but one charge on top.
fn against_principal(
    terms: &LoanTerms,
    schedule: &Schedule,
    at_start: f64,
    charge: impl Fn(usize) -> f64,
) -> Result<Ppm, CostError> {
    let mut flows = Vec::with_capacity(schedule.rows.len() + 1);
    flows.push(terms.principal as f64 - at_start);
    flows.extend(
        schedule
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| -(row.principal as f64 + charge(at))),
    );
    // Costs are never negative, so neither is their rate; −0 would be.
    ppm(simple_rate(terms, schedule, &flows)?.max(0.0))
}
