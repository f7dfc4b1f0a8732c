//! Due dates and days between dates.

use jiff::civil::Date;

use crate::{CostError, DayCount, LoanTerms, Unit};

/// Days since 0000-03-01 in the proleptic Gregorian calendar, so that differences are days.
pub(crate) fn day_number(date: Date) -> i64 {
    let (month, day) = (i64::from(date.month()), i64::from(date.day()));
    let year = i64::from(date.year()) - i64::from(month <= 2);
    let era_day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + era_day
}

/// The date `days` after `date`.
fn plus_days(date: Date, days: i64) -> Result<Date, CostError> {
    date.checked_add(
        jiff::Span::new()
            .try_days(days)
            .map_err(|_| CostError::TooBig)?,
    )
    .map_err(|_| CostError::TooBig)
}

/// The date `months` later with this day of the month, or that month's last day.
pub(crate) fn plus_months(date: Date, months: i32, day: i8) -> Result<Date, CostError> {
    let count = i32::from(date.year()) * 12 + i32::from(date.month()) - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let year = i16::try_from(year).map_err(|_| CostError::TooBig)?;
    let month = i8::try_from(month).map_err(|_| CostError::TooBig)?;
    let last = month_days(year, month);
    Date::new(year, month, day.min(last)).map_err(|_| CostError::TooBig)
}

fn month_days(year: i16, month: i8) -> i8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_month_end(date: Date) -> bool {
    date.day() == month_days(date.year(), date.month())
}

/// Days by 30E/360 with every month's last day as the 30th.
fn days_30(from: Date, to: Date) -> i64 {
    let day = |date: Date| {
        if is_month_end(date) {
            30
        } else {
            i64::from(date.day())
        }
    };
    let months = (i64::from(to.year()) - i64::from(from.year())) * 12 + i64::from(to.month())
        - i64::from(from.month());
    months * 30 + day(to) - day(from)
}

/// The due dates of a loan.
#[derive(Clone, Copy)]
pub(crate) struct Calendar {
    start: Date,
    first_due: Date,
    unit: Unit,
    count: i32,
    /// Day of the month that later due dates aim at: 31 stays 31 across a February.
    day: i8,
    /// Whether the first period is as long as the others.
    pub(crate) regular: bool,
    day_count: DayCount,
}

impl Calendar {
    pub(crate) fn new(terms: &LoanTerms) -> Result<Self, CostError> {
        let count = i32::try_from(terms.interval.count).map_err(|_| CostError::TooBig)?;
        let mut calendar = Self {
            start: terms.start,
            first_due: terms.first_due,
            unit: terms.interval.unit,
            count,
            day: terms.first_due.day(),
            regular: false,
            day_count: terms.day_count,
        };
        match calendar.unit {
            Unit::Month => {
                calendar.regular =
                    plus_months(terms.start, count, terms.start.day())? == terms.first_due;
                if calendar.regular {
                    calendar.day = terms.start.day();
                }
            }
            Unit::Week | Unit::Day => {
                calendar.regular = day_number(terms.first_due) - day_number(terms.start)
                    == calendar.interval_days();
            }
        }
        Ok(calendar)
    }

    /// Days of an interval in weeks or days.
    fn interval_days(&self) -> i64 {
        i64::from(self.count) * if self.unit == Unit::Week { 7 } else { 1 }
    }

    /// Due date of period `no`, from 1; 0 is the start.
    pub(crate) fn due(&self, no: u32) -> Result<Date, CostError> {
        let later = i32::try_from(no).map_err(|_| CostError::TooBig)? - 1;
        match (no, self.unit) {
            (0, _) => Ok(self.start),
            (1, _) => Ok(self.first_due),
            (_, Unit::Month) => plus_months(self.first_due, later * self.count, self.day),
            (_, Unit::Week | Unit::Day) => {
                plus_days(self.first_due, i64::from(later) * self.interval_days())
            }
        }
    }

    /// Days that bear interest in the period `no` from `from` to `to`.
    pub(crate) fn days(&self, no: u32, from: Date, to: Date) -> i64 {
        match self.day_count {
            DayCount::Act360 | DayCount::Act365 => day_number(to) - day_number(from),
            DayCount::Thirty360 if no == 1 && !self.regular => days_30(from, to),
            // Validation allows 30/360 with months only.
            DayCount::Thirty360 => 30 * i64::from(self.count),
        }
    }

    /// Days that bear interest from the period's first day to `on`, a day before its last.
    pub(crate) fn days_until(&self, no: u32, from: Date, to: Date, on: Date) -> i64 {
        match self.day_count {
            DayCount::Act360 | DayCount::Act365 => day_number(on) - day_number(from),
            DayCount::Thirty360 => days_30(from, on).clamp(0, self.days(no, from, to)),
        }
    }

    /// Whole months and odd days from the start to the first due date, months counted backwards from the later date,
    /// and the day the odd days end.
    pub(crate) fn first_months(&self) -> Result<(i64, i64, Date), CostError> {
        let months = (i32::from(self.first_due.year()) - i32::from(self.start.year())) * 12
            + i32::from(self.first_due.month())
            - i32::from(self.start.month());
        if self.regular && self.unit == Unit::Month {
            return Ok((i64::from(self.count), 0, self.start));
        }
        let mut whole = months.max(0);
        let mut end = plus_months(self.first_due, -whole, self.first_due.day())?;
        if end < self.start {
            whole -= 1;
            end = plus_months(self.first_due, -whole, self.first_due.day())?;
        }
        Ok((
            i64::from(whole),
            day_number(end) - day_number(self.start),
            end,
        ))
    }
}

/// Days of the year that ends on `on` (365, or 366 with a 29 February in it).
pub(crate) fn year_days_before(on: Date) -> Result<i64, CostError> {
    Ok(day_number(on) - day_number(plus_months(on, -12, on.day())?))
}

/// The divisor that turns interest days into years.
pub(crate) fn interest_year(day_count: DayCount) -> i64 {
    match day_count {
        DayCount::Thirty360 | DayCount::Act360 => 360,
        DayCount::Act365 => 365,
    }
}

/// The divisor that turns the same days into years of occupied principal: a real year has 365 actual days.
pub(crate) fn occupied_year(day_count: DayCount) -> i64 {
    match day_count {
        DayCount::Thirty360 => 360,
        DayCount::Act360 | DayCount::Act365 => 365,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn day_numbers_differ_by_days() {
        assert_eq!(
            day_number(date(2024, 3, 1)) - day_number(date(2024, 2, 28)),
            2
        );
        assert_eq!(
            day_number(date(2025, 3, 1)) - day_number(date(2025, 2, 28)),
            1
        );
        assert_eq!(
            day_number(date(2100, 3, 1)) - day_number(date(2100, 2, 28)),
            1
        );
        assert_eq!(
            day_number(date(2027, 1, 1)) - day_number(date(2026, 1, 1)),
            365
        );
        for days in 0..1500 {
            let start = date(2023, 11, 30);
            assert_eq!(
                day_number(plus_days(start, days).unwrap()) - day_number(start),
                days
            );
        }
    }

    #[test]
    fn month_ends_hold_the_day() {
        assert_eq!(
            plus_months(date(2026, 1, 31), 1, 31).unwrap(),
            date(2026, 2, 28)
        );
        assert_eq!(
            plus_months(date(2028, 1, 31), 1, 31).unwrap(),
            date(2028, 2, 29)
        );
        assert_eq!(
            plus_months(date(2026, 3, 31), -13, 31).unwrap(),
            date(2025, 2, 28)
        );
        assert_eq!(year_days_before(date(2028, 6, 1)).unwrap(), 366);
        assert_eq!(year_days_before(date(2027, 6, 1)).unwrap(), 365);
    }

    #[test]
    fn thirty_day_months() {
        assert_eq!(days_30(date(2026, 11, 30), date(2027, 2, 28)), 90);
        assert_eq!(days_30(date(2026, 1, 15), date(2026, 2, 20)), 35);
        assert_eq!(days_30(date(2026, 1, 31), date(2026, 3, 31)), 60);
    }
}
