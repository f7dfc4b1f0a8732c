//! The plan that was confirmed, and how far it is paid; pure.
//!
//! What was received covers the plan from its first day on. That is a sum, not an allocation: which part of a payment is
//! interest only the lender can say.

use cost::sheet::PlanRow;
use cost::{CostSheet, Standard, early_settlement};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::model::{Kind, Repayment, left, towards_plan};

/// How far one instalment is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InstalmentState)]
pub enum RowState {
    Paid,
    Coming,
    /// Its day has come.
    Due,
    /// Its day is over.
    Overdue,
    /// Its day has come, and nobody reported how this loan stands, or it was planned anew: only the lender knows.
    Unsure,
    /// The loan ended without it: nobody owes it any more.
    Ended,
}

/// One instalment and how far it is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub row: &'a PlanRow,
    /// Fen that are still missing.
    pub missing: i64,
    pub state: RowState,
}

/// The same of a loan that is over.
pub fn rows_over(plan: &[PlanRow], received: i64, today: Date) -> Vec<Row<'_>> {
    let mut rows = rows(plan, received, today);
    for one in rows.iter_mut().filter(|one| one.missing > 0) {
        (one.missing, one.state) = (0, RowState::Ended);
    }
    rows
}

/// When a reminder comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Some days before.
    Ahead,
    OnTheDay,
}

/// How many days before.
const AHEAD_DAYS: i64 = 3;

impl Moment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::OnTheDay => "on_the_day",
        }
    }
}

/// Of what a borrower is reminded today: an instalment that is still missing; what is due today goes before what comes.
pub fn reminder<'a, 'b>(rows: &'a [Row<'b>], today: Date) -> Option<(&'a Row<'b>, Moment)> {
    let missing = |day: Date| {
        rows.iter()
            .find(|one| one.row.due == day && one.missing > 0)
    };
    let on_the_day = missing(today).map(|row| (row, Moment::OnTheDay));
    on_the_day.or_else(|| missing(days_after(today, AHEAD_DAYS)).map(|row| (row, Moment::Ahead)))
}

/// The next day after another on which a reminder may come.
pub fn next_reminder(plan: &[PlanRow], after: Date) -> Option<Date> {
    let days = plan
        .iter()
        .flat_map(|row| [days_after(row.due, -AHEAD_DAYS), row.due]);
    days.filter(|day| *day > after).min()
}

fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

/// Sums of what was received, fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// As instalments, towards the plan.
    pub instalments: i64,
    /// With instalments, for what was late.
    pub penalty: i64,
    /// Ahead of the plan.
    pub prepaid: i64,
    pub settlement: i64,
}

impl Sums {
    pub fn of(reported: &[Repayment]) -> Self {
        let sum = |kind| {
            let of_kind = reported.iter().filter(|one| one.kind == kind);
            of_kind.map(|one| left(reported, one)).sum()
        };
        let received: i64 = sum(Kind::Instalment);
        let instalments = reported.iter().filter(|one| one.kind == Kind::Instalment);
        let instalments = instalments.map(|one| towards_plan(reported, one)).sum();
        Self {
            instalments,
            penalty: received - instalments,
            prepaid: sum(Kind::Prepayment),
            settlement: sum(Kind::Settlement),
        }
    }

    pub fn total(self) -> i64 {
        self.instalments + self.penalty + self.prepaid + self.settlement
    }
}

/// Every instalment with how far what was reported covers it. Nothing is called late of a loan whose lender never reported
/// anything, or that was paid ahead and so has another plan than the one confirmed.
pub fn rows_known<'a>(plan: &'a [PlanRow], reported: &[Repayment], today: Date) -> Vec<Row<'a>> {
    let sums = Sums::of(reported);
    let mut rows = rows(plan, sums.instalments, today);
    let late = rows.iter().any(|one| one.state == RowState::Overdue);
    if sums.prepaid > 0 || (late && reported.is_empty()) {
        let unsure = |one: &&mut Row<'_>| one.missing > 0;
        for one in rows.iter_mut().filter(unsure) {
            if matches!(one.state, RowState::Overdue | RowState::Due) {
                one.state = RowState::Unsure;
            }
        }
    }
    rows
}

/// Whether what is missing of a plan is known well enough to remind of it.
pub fn is_known(rows: &[Row<'_>], reported: &[Repayment]) -> bool {
    let unsure = rows.iter().any(|one| one.state == RowState::Unsure);
    !unsure && Sums::of(reported).prepaid == 0
}

/// The plan with changed terms: what falls due until the day they count from stays, the rest is theirs.
pub fn changed(before: CostSheet, change: CostSheet) -> CostSheet {
    let from = change.terms.start;
    let kept = before.plan.into_iter().filter(|row| row.due <= from);
    let mut plan: Vec<PlanRow> = kept.collect();
    let last = plan.last().map_or(0, |row| row.no);
    plan.extend(change.plan.iter().cloned().map(|row| PlanRow {
        no: last + row.no,
        ..row
    }));
    CostSheet {
        total_repaid: total(plan.iter()),
        plan,
        net_received: before.net_received,
        paid_upfront: before.paid_upfront,
        ..change
    }
}

/// Every instalment with how far `received` fen cover it.
pub fn rows(plan: &[PlanRow], received: i64, today: Date) -> Vec<Row<'_>> {
    let mut rest = received;
    plan.iter()
        .map(|row| {
            let covered = rest.clamp(0, row.total);
            rest -= covered;
            let missing = row.total - covered;
            let state = match row.due.cmp(&today) {
                _ if missing == 0 => RowState::Paid,
                std::cmp::Ordering::Greater => RowState::Coming,
                std::cmp::Ordering::Equal => RowState::Due,
                std::cmp::Ordering::Less => RowState::Overdue,
            };
            Row {
                row,
                missing,
                state,
            }
        })
        .collect()
}

/// What ends a loan on a day, with everything that is due and missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SettlementQuote)]
pub struct Quote {
    pub on: Date,
    /// Principal that is not due yet, fen like every sum here.
    pub principal: i64,
    /// Interest and periodic items of the running period, by its days.
    pub accrued: i64,
    pub prepayment_fee: i64,
    /// Due and not received.
    pub arrears: i64,
    /// The most that the contract allows for what is late.
    pub penalty_max: i64,
    /// Received ahead of the plan.
    pub prepaid: i64,
    /// Everything received so far.
    pub received: i64,
    /// All of it: nobody may ask more on that day.
    pub total: i64,
    /// Less than the rest of the plan.
    pub saved: i64,
}

/// Reckons what ends a loan on a day; nothing before the loan's first day.
pub fn quote(sheet: &CostSheet, reported: &[Repayment], on: Date) -> Option<Quote> {
    let terms = &sheet.terms;
    let last = sheet.plan.last()?.due;
    if on < terms.start {
        return None;
    }
    let sums = Sums::of(reported);
    let due: i64 = total(sheet.plan.iter().filter(|row| row.due <= on));
    let penalty_max = penalty_max(sheet, reported, on);
    // Beyond the last day everything is due.
    let early = if on > last {
        None
    } else {
        Some(early_settlement(terms, on).ok()?)
    };
    let principal = early.as_ref().map_or(0, |one| one.principal);
    let accrued = early.as_ref().map_or(0, |one| {
        one.interest + one.items.iter().map(|item| item.amount).sum::<i64>()
    });
    let prepayment_fee = early.as_ref().map_or(0, |one| one.prepayment_fee);
    let arrears = due - sums.instalments;
    let sum = principal + accrued + prepayment_fee + arrears + penalty_max - sums.prepaid;
    let rest = sheet.total_repaid + penalty_max - sums.instalments - sums.prepaid;
    Some(Quote {
        on,
        principal,
        accrued,
        prepayment_fee,
        arrears,
        penalty_max,
        prepaid: sums.prepaid,
        received: sums.total(),
        total: sum.max(0),
        saved: rest.max(0) - sum.max(0),
    })
}

fn total<'a>(rows: impl Iterator<Item = &'a PlanRow>) -> i64 {
    rows.map(|row| row.total).sum()
}

/// Days of a year by which a yearly rate becomes a day's; the shorter year asks the more.
const YEAR_DAYS: i128 = 360;

/// The most that the contract's highest yearly rate on default makes of what was late until a day, fen.
pub fn penalty_max(sheet: &CostSheet, reported: &[Repayment], on: Date) -> i64 {
    let yearly = sheet
        .terms
        .contingent
        .iter()
        .filter_map(|one| match one.standard {
            Standard::Annual { ppm } => Some(ppm),
            _ => None,
        });
    let Some(ppm) = yearly.max() else { return 0 };
    let mut owed = 0;
    let mut weighted: i128 = 0;
    for row in sheet.plan.iter().filter(|row| row.due < on) {
        owed += row.total;
        let until = covered_on(reported, owed).map_or(on, |day| day.min(on));
        let days = i128::from((until - row.due).get_days().max(0));
        weighted += i128::from(row.total) * days;
    }
    let exact = weighted * i128::from(ppm);
    let divisor = YEAR_DAYS * 1_000_000;
    // A part of a fen goes to the borrower's side.
    i64::try_from((exact + divisor - 1) / divisor).unwrap_or(i64::MAX / 4)
}

/// The day on which instalments first made a sum.
fn covered_on(reported: &[Repayment], sum: i64) -> Option<Date> {
    let mut paid: Vec<(Date, i64)> = reported
        .iter()
        .filter(|one| one.kind == Kind::Instalment)
        .map(|one| (one.day, towards_plan(reported, one)))
        .collect();
    paid.sort_unstable();
    let mut so_far = 0;
    paid.into_iter().find_map(|(day, amount)| {
        so_far += amount;
        (so_far >= sum).then_some(day)
    })
}
