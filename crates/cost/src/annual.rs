//! From a schedule to yearly rates: the conventions of the PBOC, the EU and US Regulation Z.

use crate::calendar::{day_number, plus_months, year_days_before};
use crate::rate::{self, RateError, UnitFlow};
use crate::schedule::{Row, Schedule};
use crate::sheet::AllIn;
use crate::{CostError, LoanTerms, Ppm, Unit};

/// Largest rate a sheet holds: integers above 2^53 have no exact JSON number.
const PPM_MAX: f64 = 9_007_199_254_740_992.0;

/// A yearly rate in ppm, rounded half up.
pub(crate) fn ppm(rate: f64) -> Result<Ppm, CostError> {
    let scaled = (rate * 1e6 + 0.5).floor();
    if scaled.is_finite() && scaled.abs() < PPM_MAX {
        Ok(scaled as Ppm)
    } else {
        Err(RateError::OutOfRange.into())
    }
}

/// Periods of a year of 12 months or 365 days.
fn periods_a_year(terms: &LoanTerms) -> f64 {
    let count = f64::from(terms.interval.count);
    match terms.interval.unit {
        Unit::Month => 12.0 / count,
        Unit::Week => 365.0 / (7.0 * count),
        Unit::Day => 365.0 / count,
    }
}

/// The internal rate of the same instants as the schedule, simple (periods a year × rate of a period).
///
/// With an odd first period, times are days of 365 and the yearly rate `X` gives `m·((1 + X)^(1/m) − 1)`.
pub(crate) fn simple_rate(
    terms: &LoanTerms,
    schedule: &Schedule,
    flows: &[f64],
) -> Result<f64, RateError> {
    Ok(pboc(terms, schedule, flows)?.0)
}

/// PBOC 2021-3: simple and compound.
fn pboc(terms: &LoanTerms, schedule: &Schedule, flows: &[f64]) -> Result<(f64, f64), RateError> {
    let periods = periods_a_year(terms);
    if schedule.calendar.regular {
        let rate = rate::irr_periodic(flows)?;
        return Ok((periods * rate, (periods * rate.ln_1p()).exp_m1()));
    }
    let start = day_number(terms.start);
    let days = |row: &Row| (day_number(row.due) - start) as f64 / 365.0;
    let compound = dated(flows, schedule.rows.iter().map(days))?;
    Ok((periods * (compound.ln_1p() / periods).exp_m1(), compound))
}

/// The yearly rate of flows at the start and at these times in years.
fn dated(flows: &[f64], years: impl Iterator<Item = f64>) -> Result<f64, RateError> {
    let timed: Vec<(f64, f64)> = std::iter::once(0.0)
        .chain(years)
        .zip(flows.iter().copied())
        .collect();
    rate::irr_dated(&timed)
}

/// All four all-in rates of the borrower's flows: what arrives at the start, then each period's total, negative.
pub(crate) fn all_in(
    terms: &LoanTerms,
    schedule: &Schedule,
    flows: &[f64],
) -> Result<AllIn, CostError> {
    let (simple, compound) = pboc(terms, schedule, flows)?;
    let count = f64::from(terms.interval.count);
    let regular = schedule.calendar.regular;
    let single = single_payment(&schedule.rows);
    let eu = match terms.interval.unit {
        Unit::Month if regular => compound,
        Unit::Week if regular => (52.0 / count * (simple / periods_a_year(terms)).ln_1p()).exp_m1(),
        _ => eu_odd(terms, schedule, flows)?,
    };
    let regz = match (terms.interval.unit, single) {
        (_, Some(row)) => regz_single(terms, schedule, flows, row)?,
        (Unit::Week, None) if regular => 52.0 / count * (simple / periods_a_year(terms)),
        (_, None) if regular => simple,
        (_, None) => regz_odd(terms, schedule, flows)?,
    };
    Ok(AllIn {
        simple_ppm: ppm(simple)?,
        compound_ppm: ppm(compound)?,
        eu_aprc_ppm: ppm(eu)?,
        regz_ppm: ppm(regz)?,
    })
}

/// The only row with something to pay, if it is the only one.
fn single_payment(rows: &[Row]) -> Option<&Row> {
    let mut paying = rows.iter().filter(|row| row.total > 0);
    match (paying.next(), paying.next()) {
        (Some(row), None) => Some(row),
        _ => None,
    }
}

/// EU Annex I: whole months or weeks counted backwards from each payment, then odd days over the 365 or 366 days of the
/// year that ends with them; a loan in days is reckoned in whole years and odd days.
fn eu_odd(terms: &LoanTerms, schedule: &Schedule, flows: &[f64]) -> Result<f64, CostError> {
    let count = f64::from(terms.interval.count);
    let first = day_number(terms.first_due) - day_number(terms.start);
    let years: Vec<f64> = match terms.interval.unit {
        Unit::Month => {
            let (months, days, end) = schedule.calendar.first_months()?;
            let odd = if days == 0 {
                0.0
            } else {
                days as f64 / year_days_before(end)? as f64
            };
            schedule
                .rows
                .iter()
                .map(|row| (months as f64 + f64::from(row.no - 1) * count) / 12.0 + odd)
                .collect()
        }
        Unit::Week => {
            let (weeks, days) = (first / 7, first % 7);
            let end = terms.start.checked_add(
                jiff::Span::new()
                    .try_days(days)
                    .map_err(|_| CostError::TooBig)?,
            );
            let odd = days as f64 / year_days_before(end.map_err(|_| CostError::TooBig)?)? as f64;
            schedule
                .rows
                .iter()
                .map(|row| (weeks as f64 + f64::from(row.no - 1) * count) / 52.0 + odd)
                .collect()
        }
        Unit::Day => schedule
            .rows
            .iter()
            .map(|row| years_and_days(terms, row))
            .collect::<Result<_, _>>()?,
    };
    Ok(dated(flows, years.into_iter())?)
}

/// Whole years counted backwards from a due date, then odd days.
fn years_and_days(terms: &LoanTerms, row: &Row) -> Result<f64, CostError> {
    let mut years = i32::from(row.due.year()) - i32::from(terms.start.year());
    let mut end = plus_months(row.due, -12 * years, row.due.day())?;
    if end < terms.start {
        years -= 1;
        end = plus_months(row.due, -12 * years, row.due.day())?;
    }
    let days = day_number(end) - day_number(terms.start);
    Ok(f64::from(years) + days as f64 / year_days_before(end)? as f64)
}

/// Regulation Z with an odd first period: whole unit-periods and a fraction of one.
fn regz_odd(terms: &LoanTerms, schedule: &Schedule, flows: &[f64]) -> Result<f64, CostError> {
    let count = i64::from(terms.interval.count);
    let first = day_number(terms.first_due) - day_number(terms.start);
    // A month of odd days is 30 days, and so is a month of a longer unit-period's odd part.
    let (whole, part, unit, units_a_year) = match terms.interval.unit {
        Unit::Month => {
            let (months, days, _) = schedule.calendar.first_months()?;
            (
                months / count,
                months % count * 30 + days,
                30 * count,
                12.0 / count as f64,
            )
        }
        Unit::Week => (
            first / (7 * count),
            first % (7 * count),
            7 * count,
            52.0 / count as f64,
        ),
        Unit::Day => (first / count, first % count, count, 365.0 / count as f64),
    };
    // Thirty-one odd days in a month of thirty are one unit-period and a day.
    let (whole, part) = (whole + part / unit, part % unit);
    let whole = u32::try_from(whole).map_err(|_| CostError::TooBig)?;
    let fraction = part as f64 / unit as f64;
    let mut timed = vec![UnitFlow {
        whole: 0,
        fraction: 0.0,
        amount: flows[0],
    }];
    timed.extend(
        schedule
            .rows
            .iter()
            .zip(&flows[1..])
            .map(|(row, amount)| UnitFlow {
                whole: whole + row.no - 1,
                fraction,
                amount: *amount,
            }),
    );
    Ok(rate::irr_regz(&timed)? * units_a_year)
}

/// Regulation Z with one payment: the unit-period is the term, but at most a year.
fn regz_single(
    terms: &LoanTerms,
    schedule: &Schedule,
    flows: &[f64],
    row: &Row,
) -> Result<f64, CostError> {
    let amount = flows[0];
    let ratio = row.total as f64 / amount;
    let later = i64::from(row.no - 1) * i64::from(terms.interval.count);
    let months = match terms.interval.unit {
        Unit::Month => match schedule.calendar.first_months()? {
            (first, 0, _) => Some(first + later),
            _ => None,
        },
        Unit::Week | Unit::Day => None,
    };
    let years = match months {
        Some(months) => months as f64 / 12.0,
        None => (day_number(row.due) - day_number(terms.start)) as f64 / 365.0,
    };
    if years <= 1.0 {
        return Ok((ratio - 1.0) / years);
    }
    let fraction = years.fract();
    let payment = UnitFlow {
        whole: years.trunc() as u32,
        fraction,
        amount: -(row.total as f64),
    };
    Ok(rate::irr_regz(&[
        UnitFlow {
            whole: 0,
            fraction: 0.0,
            amount,
        },
        payment,
    ])?)
}
