//! What it takes to settle a loan early.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::charges::{charges, periodic_exact};
use crate::money::{MILLION, div_round, part};
use crate::schedule::{Row, Schedule, interest, schedule};
use crate::{CostError, Fen, LoanTerms, Repayment, Standard};

/// The sum that ends a loan on a given day, every instalment due until then having been paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EarlySettlement {
    /// The day.
    #[serde(with = "crate::iso_date")]
    pub on: Date,
    /// How many periods have fallen due, that day included.
    pub periods_due: u32,
    /// Principal still owed.
    pub principal: Fen,
    /// Interest since the last due date (for a bullet loan since the start).
    pub interest: Fen,
    /// Days it accrued, by the loan's day count.
    pub interest_days: i64,
    /// Periodic items of the running period, by its days.
    pub items: Vec<SettlementItem>,
    /// The contingent charge `prepayment_fee`, if any.
    pub prepayment_fee: Fen,
    /// All of it.
    pub total: Fen,
    /// Interest and periodic items of the plan that are no longer paid, less the fee; negative when the fee is higher.
    pub saved: Fen,
}

/// A periodic item in an [`EarlySettlement`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettlementItem {
    /// Item code.
    pub code: String,
    /// Fen.
    pub amount: Fen,
}

/// Reckons the settlement of a loan on `on`.
///
/// Interest, instalment fees and periodic items of the running period are owed by the days passed, rounded half up;
/// what was paid or deducted at the start is not given back.
///
/// # Errors
/// [`CostError::OutsideLoan`] before the start or after the last due date, else as for the figures.
pub fn early_settlement(terms: &LoanTerms, on: Date) -> Result<EarlySettlement, CostError> {
    terms.validate()?;
    let mut plan = schedule(terms)?;
    let periodic = charges(terms, &mut plan.rows)?.periodic;
    let end = plan.rows.last().map_or(terms.first_due, |row| row.due);
    if on < terms.start || on > end {
        return Err(CostError::OutsideLoan {
            on,
            start: terms.start,
            end,
        });
    }
    let due = plan.rows.iter().take_while(|row| row.due <= on).count();
    let (past, future) = plan.rows.split_at(due);
    let from = past.last().map_or(terms.start, |row| row.due);
    let width = terms.items.len();
    let mut settlement = EarlySettlement {
        on,
        periods_due: past.last().map_or(0, |row| row.no),
        principal: past.last().map_or(terms.principal, |row| row.balance),
        interest: 0,
        interest_days: 0,
        items: Vec::new(),
        prepayment_fee: 0,
        total: 0,
        saved: 0,
    };
    if let Some(running) = future.first() {
        let days = plan.calendar.days_until(running.no, from, running.due, on);
        settlement.interest_days = days;
        settlement.interest = accrued(terms, &plan, past, running, days)?;
        let passed = part_of_period(&plan.calendar, running, from, on);
        for (at, item) in terms
            .items
            .iter()
            .enumerate()
            .filter(|(at, _)| periodic[due * width + at] > 0)
        {
            let exact = periodic_exact(terms, item.charge, running.opening) * i128::from(passed.0);
            let amount =
                div_round(exact, MILLION * i128::from(passed.1))?.min(periodic[due * width + at]);
            settlement.items.push(SettlementItem {
                code: item.code.clone(),
                amount,
            });
        }
        if matches!(terms.repayment, Repayment::Bullet) {
            settlement.interest_days += past.iter().map(|row| row.days).sum::<i64>();
        }
        settlement.prepayment_fee = prepayment_fee(terms, settlement.principal)?;
    }
    let items: Fen = settlement.items.iter().map(|item| item.amount).sum();
    settlement.total =
        settlement.principal + settlement.interest + items + settlement.prepayment_fee;
    settlement.saved = future.iter().map(|row| row.total).sum::<Fen>() - settlement.total;
    Ok(settlement)
}

/// Interest owed for the days passed of the running period.
fn accrued(
    terms: &LoanTerms,
    plan: &Schedule,
    past: &[Row],
    running: &Row,
    days: i64,
) -> Result<Fen, CostError> {
    let year = plan.interest_year;
    match terms.repayment {
        Repayment::InstalmentFee { .. } => div_round(
            i128::from(running.interest) * i128::from(days),
            i128::from(running.days),
        ),
        Repayment::Bullet => {
            let before: i128 = past
                .iter()
                .map(|row| i128::from(row.rate_ppm) * i128::from(row.days))
                .sum();
            let weighted = before + i128::from(running.rate_ppm) * i128::from(days);
            div_round(
                i128::from(terms.principal) * weighted,
                MILLION * i128::from(year),
            )
        }
        _ => interest(running.opening, running.rate_ppm, days, year),
    }
}

/// Days passed of the running period and its length.
fn part_of_period(calendar: &Calendar, running: &Row, from: Date, on: Date) -> (i64, i64) {
    (
        calendar.days_until(running.no, from, running.due, on),
        running.days.max(1),
    )
}

fn prepayment_fee(terms: &LoanTerms, principal: Fen) -> Result<Fen, CostError> {
    match terms
        .contingent
        .iter()
        .find(|charge| charge.code == "prepayment_fee")
        .map(|charge| charge.standard)
    {
        Some(Standard::Amount { amount }) => Ok(amount),
        Some(Standard::Percent { ppm }) => part(principal, ppm),
        // A yearly rate says nothing about a single sum.
        Some(Standard::Annual { .. }) | None => Ok(0),
    }
}
