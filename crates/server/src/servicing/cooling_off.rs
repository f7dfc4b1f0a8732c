//! Giving the money back within the days that the product promises; pure.

use cost::{CostSheet, early_settlement};
use jiff::civil::Date;
use serde::Serialize;

use super::model::Repayment;
use super::plan::Sums;
use crate::product::{CoolingOff, CoolingOffCost};

/// What a borrower who withdraws on a day gives back, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CoolingOffOffer)]
pub struct Offer {
    /// The last day on which they may ask.
    pub last_day: Date,
    /// What arrived, fen like every sum here.
    pub principal: i64,
    /// Of the days since the payment.
    pub interest: i64,
    /// What was received already.
    pub received: i64,
    /// What is still to be given back.
    pub total: i64,
    /// What the lender returns: charges that were paid up front.
    pub refund: i64,
    /// The last day on which it counts as given back: nobody loses a day by asking late.
    pub pay_by: Date,
}

/// The money as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub paid_on: Date,
    /// The day on which its lender reported it: before, nobody could withdraw.
    pub told_on: Date,
    /// Fen.
    pub amount: i64,
}

/// The last day on which a borrower may ask: a late report costs them no day.
pub fn last_day(benefit: CoolingOff, arrived: Arrived) -> Date {
    days_after(arrived.paid_on.max(arrived.told_on), benefit.days)
}

fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

/// Reckons what withdrawing on a day takes; none after the last day.
pub fn offer(
    benefit: CoolingOff,
    sheet: &CostSheet,
    reported: &[Repayment],
    arrived: Arrived,
    today: Date,
) -> Option<Offer> {
    let last_day = last_day(benefit, arrived);
    if today > last_day {
        return None;
    }
    let interest = match benefit.cost {
        CoolingOffCost::None => 0,
        CoolingOffCost::InterestForDaysUsed => used(sheet, arrived.paid_on, today)?,
    };
    let received = Sums::of(reported).total();
    // Nobody gives back what never came; what came beyond it is another matter.
    let principal = arrived.amount.min(sheet.net_received);
    Some(Offer {
        last_day,
        principal,
        interest,
        received,
        total: (principal + interest - received).max(0),
        refund: sheet.paid_upfront,
        pay_by: last_day.max(days_after(today, 1)),
    })
}

/// Interest from the day the money came: nobody pays for days on which they did not have it.
fn used(sheet: &CostSheet, paid_on: Date, today: Date) -> Option<i64> {
    let mut terms = sheet.terms.clone();
    terms.start = paid_on;
    let since_paid = early_settlement(&terms, today);
    let figure = match since_paid {
        Ok(figure) => figure,
        // The money came when the first instalment was due already: by the terms as they are.
        Err(_) => early_settlement(&sheet.terms, today).ok()?,
    };
    Some(figure.interest)
}

#[cfg(test)]
mod tests {
    use cost::{LoanTerms, Policy};
    use jiff::civil::date;

    use super::*;

    const TERMS: &str = r#"{
        "v": 1, "currency": "CNY", "principal": 2000000, "start": "2026-11-21", "first_due": "2026-12-21", "periods": 12,
        "interval": { "unit": "month", "count": 1 }, "repayment": { "kind": "level_payment" }, "day_count": "act/360",
        "annual_rate_ppm": 90000,
        "parties": [{ "id": "anhe", "name": "安禾", "role": "lender", "share_ppm": 1000000 }]
    }"#;

    fn came(paid_on: Date, told_on: Date) -> Arrived {
        Arrived {
            paid_on,
            told_on,
            amount: 2_000_000,
        }
    }

    #[test]
    fn a_late_report_costs_no_day_and_what_never_came_is_not_given_back() {
        let terms = LoanTerms::from_json(TERMS.as_bytes()).expect("terms");
        let sheet = cost::sheet(&terms, &Policy::default()).expect("a sheet");
        let benefit = CoolingOff {
            days: 7,
            cost: CoolingOffCost::None,
        };
        let (paid, told) = (date(2026, 11, 21), date(2026, 11, 29));
        let late = came(paid, told);
        assert_eq!(last_day(benefit, late), date(2026, 12, 6));
        assert!(offer(benefit, &sheet, &[], late, date(2026, 12, 6)).is_some());
        assert!(offer(benefit, &sheet, &[], late, date(2026, 12, 7)).is_none());
        let short = Arrived {
            amount: 1_900_000,
            ..late
        };
        let found = offer(benefit, &sheet, &[], short, told).expect("an offer");
        assert_eq!((found.principal, found.total), (1_900_000, 1_900_000));
    }

    #[test]
    fn the_days_used_are_paid_for_and_no_others() {
        let terms = LoanTerms::from_json(TERMS.as_bytes()).expect("terms");
        let sheet = cost::sheet(&terms, &Policy::default()).expect("a sheet");
        let seven = |cost| CoolingOff { days: 7, cost };
        use CoolingOffCost::{InterestForDaysUsed, None as Free};
        // 20,000 yuan at 9 % are 5 yuan a day.
        for (cost, paid, today, expected) in [
            (InterestForDaysUsed, 21, 21, Some((0, 28))),
            (InterestForDaysUsed, 21, 24, Some((1_500, 28))),
            (InterestForDaysUsed, 21, 28, Some((3_500, 29))),
            (InterestForDaysUsed, 21, 29, None),
            (InterestForDaysUsed, 23, 24, Some((500, 30))),
            (Free, 21, 28, Some((0, 29))),
            (Free, 21, 29, None),
        ] {
            let (paid, today) = (date(2026, 11, paid), date(2026, 11, today));
            let arrived = came(paid, paid);
            let found = offer(seven(cost), &sheet, &[], arrived, today);
            let short = found.map(|one| (one.interest, one.pay_by.day()));
            assert_eq!(short, expected, "{cost:?} {paid} {today}");
            if let Some(offer) = found {
                assert_eq!(offer.total, 2_000_000 + offer.interest);
            }
        }
    }
}
