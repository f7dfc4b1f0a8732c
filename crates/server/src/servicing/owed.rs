//! What a loan still owes when its terms change, and what a change settled of what was received before it; pure.

use cost::CostSheet;
use cost::sheet::PlanRow;
use jiff::civil::Date;

use super::model::{Kind, Repayment, RepaymentId, left, towards_plan};
use super::plan::{self, RowState};
use crate::journey::{Owed, OwedBy, TermsChange, in_proportion};

/// What the plan doesn't say of what is owed, for terms that count `from` a day on. `reported` as [`counted`] since the last
/// change; `any` where anything was ever reported.
///
/// Of a loan that was paid ahead nothing is called late: it was planned anew, and only its lender knows how.
pub fn owed(
    sheet: &CostSheet,
    reported: &[Repayment],
    any: Known,
    today: Date,
    from: Date,
) -> Owed {
    if any == Known::No {
        return Owed::AS_PLANNED;
    }
    let rows = plan::rows_known(&sheet.plan, reported, today);
    let late = rows.iter().filter(|one| one.state == RowState::Overdue);
    let ahead = reported.iter().filter(|one| one.kind == Kind::Prepayment);
    let ahead: Vec<(Date, i64)> = ahead
        .map(|one| (one.day, principal(reported, one)))
        .collect();
    // The smaller plan pays what came ahead back in its own proportion.
    let then = planned(sheet, from);
    let less = |(day, fen): &(Date, i64)| in_proportion(*fen, then, planned(sheet, *day));
    Owed {
        by: OwedBy::Reports,
        prepaid: ahead.iter().map(|(_, fen)| fen).sum(),
        arrears: late.map(|one| one.missing).sum(),
        less: ahead.iter().map(less).sum(),
    }
}

/// Principal that the terms in force leave after a day, fen: all of theirs before their first instalment.
fn planned(sheet: &CostSheet, day: Date) -> i64 {
    let theirs = |row: &&PlanRow| row.due > sheet.terms.start && row.due <= day;
    let last = sheet.plan.iter().rfind(theirs);
    last.map_or(sheet.principal, |row| row.balance)
}

/// Whether a lender ever reported what it received for a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Yes,
    No,
}

/// Principal that a payment ahead of the plan paid, fen: all of it where its lender names no parts.
fn principal(reported: &[Repayment], one: &Repayment) -> i64 {
    let named = one.parts.map_or(one.amount, |parts| parts.principal);
    let taken_back = one.amount - left(reported, one);
    (named - taken_back).max(0)
}

/// What was received as the plan with its changes counts it. What came ahead before a change was opened made its principal
/// smaller, and counts no more, nor does what the older plan says too much until the change's first day; what was late and its
/// principal took in counts as received on that day.
pub fn counted(
    reported: &[Repayment],
    plan: &[PlanRow],
    changes: &[TermsChange],
    case: &str,
) -> Vec<Repayment> {
    let mut counted: Vec<Repayment> = Vec::new();
    let mut since = i64::MIN;
    for change in changes {
        let until = change.sheet.terms.start;
        let settles = reported.iter().any(|one| {
            one.kind == Kind::Prepayment
                && (since..change.opened_at_ms).contains(&one.recorded_at_ms)
                && left(reported, one) > 0
        });
        since = change.opened_at_ms;
        let amount = if settles {
            let due = plan.iter().filter(|row| row.due <= until);
            let due: i64 = due.map(|row| row.total).sum();
            due - received(reported, until) - received(&counted, until)
        } else {
            change.carried
        };
        if amount > 0 {
            counted.push(as_received(change, amount, case));
        }
    }
    let settled = |one: &&Repayment| one.kind == Kind::Prepayment && one.recorded_at_ms < since;
    // The newest report stays the last.
    counted.extend(reported.iter().filter(|one| !settled(one)).cloned());
    counted
}

/// What came as instalments until a day, fen.
fn received(reported: &[Repayment], until: Date) -> i64 {
    let instalments = reported
        .iter()
        .filter(|one| one.kind == Kind::Instalment && one.day <= until);
    instalments.map(|one| towards_plan(reported, one)).sum()
}

/// What nobody asks for any more since a change, as if it had come on the change's first day.
fn as_received(change: &TermsChange, amount: i64, case: &str) -> Repayment {
    Repayment {
        id: RepaymentId::stored(change.id.to_string()),
        case: case.to_owned(),
        reference: change.id.to_string(),
        kind: Kind::Instalment,
        amount,
        day: change.sheet.terms.start,
        parts: None,
        reverses: None,
        request_digest: String::new(),
        recorded_at_ms: change.opened_at_ms,
    }
}

#[cfg(test)]
mod tests {
    use cost::{LoanTerms, Policy};
    use jiff::civil::date;

    use super::super::model::Parts;
    use super::super::plan::Sums;
    use super::*;
    use crate::journey::JourneyId;

    /// Six parts of 1,000 yuan with 60, 50, 40, 30, 20 and 10 yuan of interest.
    const TERMS: &str = r#"{
        "v": 1, "currency": "CNY", "principal": 600000, "start": "2026-11-21", "first_due": "2026-12-21", "periods": 6,
        "interval": { "unit": "month", "count": 1 }, "repayment": { "kind": "level_principal" }, "day_count": "30/360",
        "annual_rate_ppm": 120000,
        "parties": [{ "id": "anhe", "name": "安禾", "role": "lender", "share_ppm": 1000000 }]
    }"#;

    fn sheet() -> CostSheet {
        let terms = LoanTerms::from_json(TERMS.as_bytes()).expect("terms");
        cost::sheet(&terms, &Policy::default()).expect("a sheet")
    }

    fn received(kind: Kind, amount: i64, recorded_at_ms: i64) -> Repayment {
        Repayment {
            id: RepaymentId::stored("rpm_1".to_owned()),
            case: "jny_1".to_owned(),
            reference: format!("{kind:?}-{amount}"),
            kind,
            amount,
            day: date(2026, 12, 21),
            parts: None,
            reverses: None,
            request_digest: String::new(),
            recorded_at_ms,
        }
    }

    #[test]
    fn what_is_owed_follows_what_was_received() {
        let first = || received(Kind::Instalment, 106_000, 1);
        let ahead = || received(Kind::Prepayment, 203_000, 2);
        let named = Repayment {
            parts: Some(Parts {
                principal: 200_000,
                interest: 3_000,
                ..Parts::default()
            }),
            ..ahead()
        };
        let back = Repayment {
            reverses: Some(ahead().reference),
            ..received(Kind::Reversal, 203_000, 3)
        };
        let cases: [(&str, Vec<Repayment>, Date, [i64; 3]); 6] = [
            ("as planned", vec![first()], date(2027, 1, 21), [0, 0, 0]),
            (
                "a day late",
                vec![first()],
                date(2027, 1, 22),
                [0, 105_000, 0],
            ),
            (
                "ahead",
                vec![first(), ahead()],
                date(2026, 12, 31),
                [203_000, 0, 203_000],
            ),
            // Three fifths of what the plan leaves are what it was planned anew with.
            (
                "ahead, and later",
                vec![first(), named.clone()],
                date(2027, 1, 22),
                [200_000, 0, 160_000],
            ),
            (
                "ahead, in parts",
                vec![first(), named],
                date(2026, 12, 31),
                [200_000, 0, 200_000],
            ),
            (
                "ahead, and not so",
                vec![first(), ahead(), back],
                date(2027, 1, 21),
                [0, 0, 0],
            ),
        ];
        for (name, reported, today, expected) in cases {
            let seen = owed(&sheet(), &reported, Known::Yes, today, today);
            assert_eq!(seen.by, OwedBy::Reports, "{name}");
            assert_eq!([seen.prepaid, seen.arrears, seen.less], expected, "{name}");
        }
        let unknown = owed(&sheet(), &[], Known::No, date(2027, 3, 1), date(2027, 3, 1));
        assert_eq!(unknown, Owed::AS_PLANNED);
    }

    #[test]
    fn a_change_settles_what_came_before_it_and_nothing_is_asked_twice() {
        let terms = TERMS.replace("2026-11-21", "2027-01-22");
        let terms = terms.replace("2026-12-21", "2027-02-21");
        let terms = LoanTerms::from_json(terms.as_bytes()).expect("terms");
        let after = cost::sheet(&terms, &Policy::default()).expect("a sheet");
        let plan = plan::changed(sheet(), after.clone()).plan;
        let change = |carried| TermsChange {
            id: JourneyId::stored("jny_2".to_owned()),
            opened_at_ms: 10,
            sheet: after.clone(),
            carried,
        };
        let first = received(Kind::Instalment, 106_000, 1);
        let before = received(Kind::Prepayment, 200_000, 2);
        let smaller = received(Kind::Instalment, 63_000, 3);
        let since = received(Kind::Prepayment, 50_000, 11);
        let plain = vec![first.clone(), since.clone()];
        let ahead = vec![first.clone(), before.clone(), since.clone()];
        let followed = vec![first, before, smaller, since];
        // Two instalments of the older plan are 106,000 and 105,000.
        for (reported, changes, instalments, prepaid) in [
            (&ahead, vec![], 106_000, 250_000),
            (&plain, vec![change(0)], 106_000, 50_000),
            (&plain, vec![change(105_000)], 211_000, 50_000),
            (&ahead, vec![change(0)], 211_000, 50_000),
            (&followed, vec![change(0)], 211_000, 50_000),
        ] {
            let kept = counted(reported, &plan, &changes, "jny_1");
            let sums = Sums::of(&kept);
            assert_eq!((sums.instalments, sums.prepaid), (instalments, prepaid));
            assert_eq!(kept.last(), reported.last());
        }
    }
}
