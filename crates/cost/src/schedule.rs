//! Who owes what when: principal and interest by period, exact to the fen.

use jiff::civil::Date;

use crate::calendar::{Calendar, interest_year, occupied_year};
use crate::money::{MILLION, div_round, part};
use crate::{CostError, Fen, LoanTerms, Ppm, Repayment};

/// Principal and interest of one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Period, from 1.
    pub no: u32,
    /// Due date.
    pub due: Date,
    /// Days that bear interest, by the loan's day count.
    pub days: i64,
    /// Rate the borrower bears in this period, a year (0 while interest-free; lowered by a subsidy).
    pub rate_ppm: Ppm,
    /// Principal owed during the period.
    pub opening: Fen,
    /// Principal part of the instalment.
    pub principal: Fen,
    /// Interest part of the instalment.
    pub interest: Fen,
    /// Periodic items of the instalment together.
    pub charges: Fen,
    /// Principal, interest and charges.
    pub total: Fen,
    /// Principal owed afterwards.
    pub balance: Fen,
}

/// All periods of a loan, those with nothing to pay included.
pub(crate) struct Schedule {
    pub(crate) rows: Vec<Row>,
    pub(crate) calendar: Calendar,
    /// By how much rounding makes the last instalment differ from a regular one.
    pub(crate) residue: Fen,
    /// Interest that the subsidy's payer pays.
    pub(crate) subsidy: Fen,
    /// Interest before rounding, in 10⁻⁶ fen × `interest_year`.
    pub(crate) interest_exact: i128,
    /// Σ principal owed × days, in fen × days of `occupied_year`.
    pub(crate) occupied: i128,
    pub(crate) interest_year: i64,
    pub(crate) occupied_year: i64,
}

/// Reckons the schedule of validated terms; `charges` and `total` are still without items.
pub(crate) fn schedule(terms: &LoanTerms) -> Result<Schedule, CostError> {
    let calendar = Calendar::new(terms)?;
    let year = interest_year(terms.day_count);
    let mut rows = Vec::with_capacity(terms.periods as usize);
    let mut from = terms.start;
    for no in 1..=terms.periods {
        let due = calendar.due(no)?;
        let days = calendar.days(no, from, due);
        let rate_ppm = rate(terms, no);
        rows.push(Row {
            no,
            due,
            days,
            rate_ppm,
            opening: 0,
            principal: 0,
            interest: 0,
            charges: 0,
            total: 0,
            balance: 0,
        });
        from = due;
    }
    let residue = match terms.repayment {
        Repayment::LevelPayment => level(terms, &mut rows, year, 0)?,
        Repayment::Balloon { balloon } => level(terms, &mut rows, year, balloon)?,
        Repayment::LevelPrincipal => equal_principal(terms, &mut rows, |row| {
            interest(row.opening, row.rate_ppm, row.days, year)
        })?,
        Repayment::InstalmentFee { fee_ppm } => {
            let fee = part(terms.principal, fee_ppm)?;
            equal_principal(terms, &mut rows, |row| {
                Ok(if row.no > terms.interest_free_periods {
                    fee
                } else {
                    0
                })
            })?
        }
        Repayment::InterestFirst => at_the_end(terms, &mut rows, |row| {
            interest(row.opening, row.rate_ppm, row.days, year)
        })?,
        Repayment::Bullet => {
            at_the_end(terms, &mut rows, |_| Ok(0))?;
            bullet_interest(&mut rows, year)?;
            0
        }
    };
    let (mut occupied, mut interest_exact) = (0_i128, 0_i128);
    for row in &mut rows {
        row.total = row.principal + row.interest;
        let owed = i128::from(row.opening) * i128::from(row.days);
        occupied += owed;
        interest_exact += owed * i128::from(row.rate_ppm);
    }
    if let Repayment::InstalmentFee { fee_ppm } = terms.repayment {
        let charged = i128::from(terms.periods - terms.interest_free_periods);
        interest_exact =
            i128::from(terms.principal) * i128::from(fee_ppm) * charged * i128::from(year);
    }
    let subsidy = subsidised(terms, &rows, year)?;
    let occupied_year = occupied_year(terms.day_count);
    Ok(Schedule {
        rows,
        calendar,
        residue,
        subsidy,
        interest_exact,
        occupied,
        interest_year: year,
        occupied_year,
    })
}

/// The borrower's yearly rate in period `no`.
fn rate(terms: &LoanTerms, no: u32) -> Ppm {
    if no <= terms.interest_free_periods {
        return 0;
    }
    match &terms.subsidy {
        Some(subsidy) if no <= subsidy.periods => terms.annual_rate_ppm - subsidy.ppm,
        _ => terms.annual_rate_ppm,
    }
}

/// Interest on `principal` for `days`, rounded half up to the fen.
pub(crate) fn interest(
    principal: Fen,
    rate_ppm: Ppm,
    days: i64,
    year: i64,
) -> Result<Fen, CostError> {
    div_round(
        i128::from(principal) * i128::from(rate_ppm) * i128::from(days),
        MILLION * i128::from(year),
    )
}

/// Level payments, the same in every period whatever its days, which leave `balloon` open for the last due date.
///
/// The payment is the one that clears the debt before rounding: principal less the balloon's present value over the sum of
/// the periods' discount factors.
fn level(terms: &LoanTerms, rows: &mut [Row], year: i64, balloon: Fen) -> Result<Fen, CostError> {
    let scale = 1.0 / (1e6 * year as f64);
    let (mut annuity, mut discount) = (0.0, 1.0);
    let (mut known, mut factor) = ((-1, -1), 1.0);
    for row in rows.iter().rev() {
        if known != (row.rate_ppm, row.days) {
            known = (row.rate_ppm, row.days);
            factor = 1.0 / (1.0 + row.rate_ppm as f64 * row.days as f64 * scale);
        }
        annuity = (1.0 + annuity) * factor;
        discount *= factor;
    }
    let exact = (terms.principal as f64 - balloon as f64 * discount) / annuity;
    // Principal is at most 10^12 and the first factor at least 10^-4 of it, so this fits.
    let payment = (exact + 0.5).floor() as Fen;
    let mut balance = terms.principal;
    let last = rows.len() - 1;
    let mut residue = 0;
    for (at, row) in rows.iter_mut().enumerate() {
        row.opening = balance;
        row.interest = interest(balance, row.rate_ppm, row.days, year)?;
        if at == last {
            row.principal = balance;
            residue = row.principal + row.interest - payment - balloon;
        } else {
            row.principal = (payment - row.interest).min(balance - balloon);
            if row.principal < 0 {
                return Err(CostError::DebtGrows { no: row.no });
            }
        }
        balance -= row.principal;
        row.balance = balance;
    }
    Ok(residue)
}

/// The same principal every period, the last with what rounding left.
fn equal_principal(
    terms: &LoanTerms,
    rows: &mut [Row],
    charge: impl Fn(&Row) -> Result<Fen, CostError>,
) -> Result<Fen, CostError> {
    let each = div_round(i128::from(terms.principal), i128::from(terms.periods))?;
    let mut balance = terms.principal;
    let last = rows.len() - 1;
    for (at, row) in rows.iter_mut().enumerate() {
        row.opening = balance;
        row.interest = charge(row)?;
        row.principal = if at == last {
            balance
        } else {
            each.min(balance)
        };
        balance -= row.principal;
        row.balance = balance;
    }
    Ok(rows[last].principal - each)
}

/// All principal with the last period.
fn at_the_end(
    terms: &LoanTerms,
    rows: &mut [Row],
    charge: impl Fn(&Row) -> Result<Fen, CostError>,
) -> Result<Fen, CostError> {
    let last = rows.len() - 1;
    for (at, row) in rows.iter_mut().enumerate() {
        row.opening = terms.principal;
        row.interest = charge(row)?;
        row.principal = if at == last { terms.principal } else { 0 };
        row.balance = terms.principal - row.principal;
    }
    Ok(0)
}

/// Simple interest of all periods, rounded once, with the last.
fn bullet_interest(rows: &mut [Row], year: i64) -> Result<(), CostError> {
    let exact: i128 = rows
        .iter()
        .map(|row| i128::from(row.opening) * i128::from(row.rate_ppm) * i128::from(row.days))
        .sum();
    if let Some(last) = rows.last_mut() {
        last.interest = div_round(exact, MILLION * i128::from(year))?;
    }
    Ok(())
}

/// Interest that somebody else pays: the subsidy's rate on the principal owed, period by period.
fn subsidised(terms: &LoanTerms, rows: &[Row], year: i64) -> Result<Fen, CostError> {
    let Some(subsidy) = &terms.subsidy else {
        return Ok(0);
    };
    let mut total = 0;
    for row in rows
        .iter()
        .filter(|row| row.no > terms.interest_free_periods && row.no <= subsidy.periods)
    {
        total += interest(row.opening, subsidy.ppm, row.days, year)?;
    }
    Ok(total)
}
