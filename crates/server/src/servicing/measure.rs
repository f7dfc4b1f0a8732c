//! What a lender took, against what was agreed; pure.
//!
//! A lender that names the parts is measured part by part, up to the day; one that doesn't, only by the whole. Contract rates
//! on default are measured by the highest, so that nothing is found that the contract allows. A reversal doesn't say of
//! which part it takes back: after one, only the whole is measured.

use cost::{CostSheet, Standard, early_settlement};

use super::asked::Asked;
use super::model::{Kind, Parts, Repayment, State};
use super::plan::{self, Sums};
use crate::disbursement::Finding;

/// Everything that is wrong with money received. `reported` holds this report too, as the last.
///
/// A borrower who withdrew gives back what they saw, and no more.
pub fn findings(
    sheet: Option<&CostSheet>,
    reported: &[Repayment],
    state: State,
    withdrawal: Option<&Asked>,
) -> Vec<Finding> {
    let Some((new, earlier)) = reported.split_last() else {
        return Vec::new();
    };
    if new.kind == Kind::Reversal {
        return Vec::new();
    }
    let mut found = Vec::new();
    let Some(sheet) = sheet else {
        // Nobody agreed to anything: only that the loan is over can be told.
        if state != State::Running {
            found.push(Finding::ChargedMoreThanAgreed);
        }
        return found;
    };
    if state != State::Running
        || too_much_in_all(sheet, reported, new)
        || new
            .parts
            .filter(|_| earlier.iter().all(|one| one.kind != Kind::Reversal))
            .is_some_and(|parts| too_much_in_parts(sheet, earlier, new, parts))
    {
        found.push(Finding::ChargedMoreThanAgreed);
    }
    let most = match withdrawal {
        Some(asked) => Some(asked.total + asked.received - Sums::of(earlier).total()),
        None => plan::quote(sheet, earlier, new.day).map(|quote| quote.total),
    };
    if new.kind == Kind::Settlement && most.is_some_and(|most| new.amount > most) {
        found.push(Finding::SettledAboveQuote);
    }
    found
}

/// More than the whole loan with everything that may come on top.
fn too_much_in_all(sheet: &CostSheet, reported: &[Repayment], new: &Repayment) -> bool {
    let ahead = |one: &&Repayment| matches!(one.kind, Kind::Prepayment | Kind::Settlement);
    let early: i64 = reported
        .iter()
        .filter(ahead)
        .map(|one| prepayment_fee(sheet, one.amount))
        .sum();
    let agreed = sheet.total_repaid
        + sheet.paid_upfront
        + early
        + plan::penalty_max(sheet, reported, new.day);
    Sums::of(reported).total() > agreed
}

fn too_much_in_parts(
    sheet: &CostSheet,
    earlier: &[Repayment],
    new: &Repayment,
    parts: Parts,
) -> bool {
    let taken = |part: fn(Parts) -> i64| {
        let before = earlier.iter().filter_map(|one| one.parts);
        before.map(part).sum::<i64>() + part(parts)
    };
    let agreed = agreed(sheet, earlier, new);
    taken(|parts| parts.interest) > agreed.interest
        || taken(|parts| parts.fees) > agreed.fees
        || taken(|parts| parts.penalty) > plan::penalty_max(sheet, earlier, new.day)
}

/// What may have been taken up to a report, fen.
struct Agreed {
    interest: i64,
    fees: i64,
}

/// Interest and items of what is due, or of the instalment that is paid next; of what ends early, those of the days passed.
fn agreed(sheet: &CostSheet, earlier: &[Repayment], new: &Repayment) -> Agreed {
    let rows = plan::rows(&sheet.plan, Sums::of(earlier).instalments, new.day);
    let begun = rows.iter().take_while(|one| one.missing == 0).count() + 1;
    let due = rows.iter().filter(|one| one.row.due <= new.day).count();
    let upto = |count: usize| {
        let rows = || sheet.plan.iter().take(count);
        let interest: i64 = rows().map(|row| row.interest).sum();
        let items = rows().flat_map(|row| &row.items);
        (interest, items.map(|item| item.amount).sum::<i64>())
    };
    let (interest, items) = upto(due.max(begun));
    if new.kind == Kind::Instalment {
        return Agreed {
            interest,
            fees: items + sheet.paid_upfront,
        };
    }
    let (due_interest, due_items) = upto(due);
    let accrued = early_settlement(&sheet.terms, new.day).ok();
    let (more_interest, more_items) = accrued.map_or((0, 0), |one| {
        let items = one.items.iter().map(|item| item.amount).sum::<i64>();
        (one.interest, items)
    });
    let (paid_interest, paid_items) = upto(begun - 1);
    Agreed {
        interest: (due_interest + more_interest).max(paid_interest),
        fees: (due_items + more_items).max(paid_items)
            + prepayment_fee(sheet, new.parts.map_or(new.amount, |parts| parts.principal))
            + sheet.paid_upfront,
    }
}

/// What the contract asks for paying so much principal early, fen.
fn prepayment_fee(sheet: &CostSheet, principal: i64) -> i64 {
    let fee = sheet
        .terms
        .contingent
        .iter()
        .find(|one| one.code == "prepayment_fee");
    match fee.map(|one| one.standard) {
        Some(Standard::Amount { amount }) => amount,
        Some(Standard::Percent { ppm }) => {
            let exact = i128::from(principal) * i128::from(ppm);
            i64::try_from((exact + 999_999) / 1_000_000).unwrap_or(i64::MAX / 4)
        }
        Some(Standard::Annual { .. }) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use cost::{LoanTerms, Policy};
    use jiff::civil::{Date, date};

    use super::super::asked::{AskId, AskKind};
    use super::super::model::RepaymentId;
    use super::super::plan::{Moment, RowState, changed, next_reminder, quote, reminder, rows};
    use super::*;

    const TERMS: &str = r#"{
        "v": 1, "currency": "CNY", "principal": 600000, "start": "2026-11-21", "first_due": "2026-12-21", "periods": 6,
        "interval": { "unit": "month", "count": 1 }, "repayment": { "kind": "level_principal" }, "day_count": "30/360",
        "annual_rate_ppm": 120000,
        "parties": [{ "id": "anhe", "name": "安禾", "role": "lender", "share_ppm": 1000000 }],
        "contingent": [{
            "code": "overdue", "name": { "zh": "逾期罚息", "en": "Overdue interest" }, "collector": "anhe",
            "standard": { "kind": "annual", "ppm": 180000 }
        }]
    }"#;

    fn sheet() -> CostSheet {
        let terms = LoanTerms::from_json(TERMS.as_bytes()).expect("terms");
        cost::sheet(&terms, &Policy::default()).expect("a sheet")
    }

    fn received(kind: Kind, amount: i64, day: Date, parts: Option<[i64; 4]>) -> Repayment {
        Repayment {
            id: RepaymentId::stored("rpm_1".to_owned()),
            case: "jny_1".to_owned(),
            reference: format!("{kind:?}-{amount}-{day}"),
            kind,
            amount,
            day,
            parts: parts.map(|[principal, interest, fees, penalty]| Parts {
                principal,
                interest,
                fees,
                penalty,
            }),
            reverses: None,
            request_digest: String::new(),
            recorded_at_ms: 0,
        }
    }

    /// 6,000 yuan in six parts of 1,000 with 60, 50, 40, 30, 20 and 10 yuan of interest.
    #[test]
    fn more_than_was_agreed_is_found_and_nothing_else() {
        use Finding::{ChargedMoreThanAgreed as More, SettledAboveQuote as Above};
        use Kind::{Instalment, Prepayment, Settlement};
        let december = date(2026, 12, 21);
        let first = received(Instalment, 106_000, december, None);
        let one = |kind, amount, day, parts| vec![received(kind, amount, day, parts)];
        let after = |new: Repayment| vec![first.clone(), new];
        let cases: [(&str, Vec<Repayment>, &[Finding]); 15] = [
            ("as planned", one(Instalment, 106_000, december, None), &[]),
            (
                "with its parts",
                one(Instalment, 106_000, december, Some([100_000, 6_000, 0, 0])),
                &[],
            ),
            (
                "interest of two periods on one day",
                one(Instalment, 107_000, december, Some([100_000, 7_000, 0, 0])),
                &[More],
            ),
            (
                "a fee that nobody agreed to",
                one(
                    Instalment,
                    108_000,
                    december,
                    Some([100_000, 6_000, 2_000, 0]),
                ),
                &[More],
            ),
            (
                "the next one some days ahead",
                after(received(
                    Instalment,
                    105_000,
                    date(2027, 1, 15),
                    Some([100_000, 5_000, 0, 0]),
                )),
                &[],
            ),
            (
                "penalty of what is in time",
                one(
                    Instalment,
                    106_100,
                    december,
                    Some([100_000, 6_000, 0, 100]),
                ),
                &[More],
            ),
            (
                // 1,060 yuan for ten days at 18 %.
                "penalty of what is late",
                one(
                    Instalment,
                    106_530,
                    date(2026, 12, 31),
                    Some([100_000, 6_000, 0, 530]),
                ),
                &[],
            ),
            (
                "more penalty than that",
                one(
                    Instalment,
                    106_531,
                    date(2026, 12, 31),
                    Some([100_000, 6_000, 0, 531]),
                ),
                &[More],
            ),
            (
                "ahead, with the interest of the days passed",
                after(received(
                    Prepayment,
                    102_500,
                    date(2027, 1, 6),
                    Some([100_000, 2_500, 0, 0]),
                )),
                &[],
            ),
            (
                "ahead, with a fee",
                after(received(
                    Prepayment,
                    103_500,
                    date(2027, 1, 6),
                    Some([100_000, 2_500, 1_000, 0]),
                )),
                &[More],
            ),
            (
                "settled as quoted",
                after(received(Settlement, 502_500, date(2027, 1, 6), None)),
                &[],
            ),
            (
                "settled for less",
                after(received(Settlement, 400_000, date(2027, 1, 6), None)),
                &[],
            ),
            (
                "settled above the quote",
                after(received(Settlement, 502_501, date(2027, 1, 6), None)),
                &[Above],
            ),
            (
                "all of it at once",
                one(Instalment, 621_000, december, None),
                &[],
            ),
            (
                "and a fen more",
                one(Instalment, 621_001, december, None),
                &[More],
            ),
        ];
        let sheet = sheet();
        for (name, reported, expected) in cases {
            let found = findings(Some(&sheet), &reported, State::Running, None);
            assert_eq!(found, expected, "{name}");
        }
        let late = one(Instalment, 1, december, None);
        assert_eq!(findings(Some(&sheet), &late, State::Settled, None), [More]);
        assert_eq!(findings(None, &late, State::Settled, None), [More]);
        assert_eq!(findings(None, &late, State::Running, None), []);
    }

    #[test]
    fn who_withdrew_gives_back_what_they_saw() {
        let day = date(2026, 11, 24);
        let asked = Asked {
            id: AskId::stored("lak_1".to_owned()),
            case: "jny_1".to_owned(),
            kind: AskKind::CoolingOff,
            asked_on: day,
            by: date(2026, 11, 28),
            total: 600_600,
            received: 0,
            asked_at_ms: 0,
        };
        let sheet = sheet();
        for (amount, expected) in [
            (600_600, vec![]),
            (600_601, vec![Finding::SettledAboveQuote]),
        ] {
            let back = [received(Kind::Settlement, amount, day, None)];
            let found = findings(Some(&sheet), &back, State::Running, Some(&asked));
            assert_eq!(found, expected, "{amount}");
        }
        let part = received(Kind::Instalment, 600, day, None);
        let back = [part, received(Kind::Settlement, 600_001, day, None)];
        let found = findings(Some(&sheet), &back, State::Running, Some(&asked));
        assert_eq!(found, [Finding::SettledAboveQuote]);
    }

    #[test]
    fn the_plan_is_covered_from_its_first_day_on() {
        let sheet = sheet();
        let states = |received, today| {
            let rows = rows(&sheet.plan, received, today);
            rows.iter()
                .take(3)
                .map(|one| (one.state, one.missing))
                .collect::<Vec<_>>()
        };
        use RowState::{Coming, Due, Overdue, Paid};
        assert_eq!(
            states(106_000, date(2027, 1, 21)),
            [(Paid, 0), (Due, 105_000), (Coming, 104_000)]
        );
        assert_eq!(
            states(150_000, date(2027, 1, 22)),
            [(Paid, 0), (Overdue, 61_000), (Coming, 104_000)]
        );
    }

    #[test]
    fn months_that_a_change_gives_are_asked_for_only_once() {
        let mut terms = sheet().terms;
        (terms.principal, terms.periods) = (500_000, 10);
        (terms.start, terms.first_due) = (date(2026, 12, 21), date(2027, 3, 21));
        let change = cost::sheet(&terms, &Policy::default()).expect("a sheet");
        let total = change.total_repaid;
        let sheet = changed(sheet(), change);
        let due: Vec<Date> = sheet.plan.iter().map(|row| row.due).collect();
        assert_eq!(due[..2], [date(2026, 12, 21), date(2027, 3, 21)]);
        assert_eq!(sheet.total_repaid, 106_000 + total);
    }

    #[test]
    fn a_change_keeps_what_was_due_until_it_counts() {
        let mut terms = sheet().terms;
        (terms.principal, terms.periods) = (500_000, 10);
        (terms.start, terms.first_due) = (date(2026, 12, 21), date(2027, 1, 21));
        let change = cost::sheet(&terms, &Policy::default()).expect("a sheet");
        let sheet = changed(sheet(), change);
        let numbers: Vec<(u32, i64)> = sheet.plan.iter().map(|row| (row.no, row.total)).collect();
        assert_eq!(numbers[..3], [(1, 106_000), (2, 55_000), (3, 54_500)]);
        assert_eq!((sheet.plan.len(), sheet.total_repaid), (11, 633_500));
        let clean = [received(
            Kind::Instalment,
            106_000,
            date(2026, 12, 21),
            None,
        )];
        let quoted = quote(&sheet, &clean, date(2027, 1, 6)).expect("a quote");
        assert_eq!(
            (quoted.principal, quoted.accrued, quoted.arrears),
            (500_000, 2_500, 0)
        );
    }

    #[test]
    fn a_reminder_comes_three_days_before_and_on_the_day_and_not_for_what_was_received() {
        let sheet = sheet();
        for (received, day, expected) in [
            (0, date(2026, 12, 17), None),
            (0, date(2026, 12, 18), Some((1, Moment::Ahead))),
            (0, date(2026, 12, 19), None),
            (0, date(2026, 12, 21), Some((1, Moment::OnTheDay))),
            (0, date(2026, 12, 22), None),
            (106_000, date(2026, 12, 21), None),
            (105_999, date(2026, 12, 21), Some((1, Moment::OnTheDay))),
            (106_000, date(2027, 1, 18), Some((2, Moment::Ahead))),
        ] {
            let rows = rows(&sheet.plan, received, day);
            let found = reminder(&rows, day).map(|(row, moment)| (row.row.no, moment));
            assert_eq!(found, expected, "{received} {day}");
        }
        for (after, expected) in [
            (date(2026, 11, 20), Some(date(2026, 12, 18))),
            (date(2026, 12, 18), Some(date(2026, 12, 21))),
            (date(2026, 12, 21), Some(date(2027, 1, 18))),
            (date(2027, 5, 21), None),
        ] {
            assert_eq!(next_reminder(&sheet.plan, after), expected, "{after}");
        }
    }

    #[test]
    fn a_quote_holds_what_is_late_and_what_came_ahead() {
        let sheet = sheet();
        let on = date(2027, 1, 6);
        let clean = [received(
            Kind::Instalment,
            106_000,
            date(2026, 12, 21),
            None,
        )];
        let quoted = quote(&sheet, &clean, on).expect("a quote");
        assert_eq!(
            (quoted.total, quoted.arrears, quoted.saved),
            (502_500, 0, 12_500)
        );
        // Nothing was paid: the first is 16 days late.
        let late = quote(&sheet, &[], on).expect("a quote");
        assert_eq!((late.arrears, late.penalty_max), (106_000, 848));
        assert_eq!(late.total, 502_500 + 106_000 + 848);
        let ahead = [
            clean[0].clone(),
            received(Kind::Prepayment, 100_000, date(2026, 12, 22), None),
        ];
        assert_eq!(quote(&sheet, &ahead, on).expect("a quote").total, 402_500);
        assert_eq!(quote(&sheet, &[], date(2026, 11, 20)), None);
        let after = quote(&sheet, &clean, date(2027, 6, 21)).expect("a quote");
        assert_eq!((after.principal, after.accrued), (0, 0));
    }
}
