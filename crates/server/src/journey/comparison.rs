//! Old beside new: what a change of terms does to what is still to be paid; pure.
//!
//! What is still owed is not what the plan says alone: whoever keeps the loan says what was received ahead of it, and what is
//! late. Charges that were paid at the start are paid: the rate of what is left knows nothing of them.

use cost::{Charge, CostSheet, LoanTerms, Policy};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// By what is known what a loan still owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwedBy {
    /// By what its lender reported as received.
    Reports,
    /// By its plan alone: nothing was ever reported.
    Plan,
}

/// What the plan of a loan doesn't say of what is still owed. Only the room that keeps the loan knows it, and makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Owed {
    pub by: OwedBy,
    /// Principal received ahead of the plan, fen.
    pub prepaid: i64,
    /// Due and not received, fen.
    pub arrears: i64,
    /// By how much less is owed for what came ahead, on the day from which new terms count, fen. It is told in what the old
    /// side owes.
    #[serde(skip)]
    pub less: i64,
}

impl Owed {
    /// What nobody reports anything about is taken as planned.
    pub const AS_PLANNED: Self = Self {
        by: OwedBy::Plan,
        prepaid: 0,
        arrears: 0,
        less: 0,
    };
}

/// What is still to be paid from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ChangeSide)]
pub struct Side {
    /// Fen still owed.
    pub principal: i64,
    /// Instalments left.
    pub periods: usize,
    /// Fen to be paid in all.
    pub total: i64,
    pub next_due: Option<Date>,
    /// Fen.
    pub next_payment: i64,
    /// The largest instalment of all that are left, fen.
    pub largest_payment: i64,
    pub last_due: Option<Date>,
    /// 年化综合融资成本 of what is left.
    pub composite_ppm: i64,
}

impl Side {
    /// What a sheet leaves to be paid after a day.
    fn after(sheet: &CostSheet, from: Date) -> Self {
        let done = sheet.plan.iter().take_while(|row| row.due <= from).count();
        let (paid, left) = sheet.plan.split_at(done);
        Self {
            principal: paid.last().map_or(sheet.principal, |row| row.balance),
            periods: left.len(),
            total: left.iter().map(|row| row.total).sum(),
            next_due: left.first().map(|row| row.due),
            next_payment: left.first().map_or(0, |row| row.total),
            largest_payment: left.iter().map(|row| row.total).max().unwrap_or(0),
            last_due: left.last().map(|row| row.due),
            composite_ppm: sheet.composite.annual_ppm,
        }
    }

    /// The same of what is really owed, at the rate of what is left. Principal paid ahead makes every instalment smaller in
    /// proportion, as planning it anew over the same periods would.
    fn owed(sheet: &CostSheet, from: Date, owed: Owed, policy: &Policy) -> Self {
        let planned = Self::after(sheet, from);
        let principal = (planned.principal - owed.less).max(0);
        let part = |fen| in_proportion(fen, principal, planned.principal);
        Self {
            principal,
            total: part(planned.total),
            next_payment: part(planned.next_payment),
            largest_payment: part(planned.largest_payment),
            composite_ppm: rate_of_rest(sheet, from, principal, policy)
                .unwrap_or(planned.composite_ppm),
            ..planned
        }
    }
}

/// A sum as `part` is to `whole`; a part of a fen goes to the borrower's side.
pub fn in_proportion(fen: i64, part: i64, whole: i64) -> i64 {
    if part == whole || whole <= 0 {
        return fen;
    }
    let exact = i128::from(fen) * i128::from(part) / i128::from(whole);
    i64::try_from(exact).unwrap_or(fen)
}

/// The composite yearly cost of what is left of a loan after a day; none where nothing is.
fn rate_of_rest(sheet: &CostSheet, from: Date, principal: i64, policy: &Policy) -> Option<i64> {
    let terms = &sheet.terms;
    let next = sheet.plan.iter().find(|row| row.due > from)?;
    let passed = next.no - 1;
    let rest = LoanTerms {
        principal,
        start: from.max(terms.start),
        first_due: next.due,
        periods: terms.periods - passed,
        interest_free_periods: terms.interest_free_periods.saturating_sub(passed),
        items: terms
            .items
            .iter()
            .filter(|one| is_periodic(one.charge))
            .cloned()
            .collect(),
        ..terms.clone()
    };
    let rest = cost::sheet(&rest, policy).ok()?;
    Some(rest.composite.annual_ppm)
}

fn is_periodic(charge: Charge) -> bool {
    matches!(
        charge,
        Charge::Periodic { .. } | Charge::PeriodicFixed { .. }
    )
}

/// In what a change costs the borrower more, or weighs more: asked about expressly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dearer {
    /// More is to be paid in all.
    Total,
    /// A yearly rate is higher: of all that is left, of the interest, or of an item.
    Rate,
    /// More is owed, as where something overdue was added.
    Principal,
    /// Something that falls due on default, misuse or early repayment is new or higher.
    Contingent,
    /// The largest instalment is larger.
    Instalment,
    /// The first payment or the last is to be made sooner.
    Sooner,
}

/// Old beside new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TermsComparison)]
pub struct Comparison {
    /// The new terms count from this day.
    pub from: Date,
    /// What the old side rests on.
    pub owed: Owed,
    pub before: Side,
    pub after: Side,
    /// Empty when nothing costs more.
    pub dearer: Vec<Dearer>,
}

/// What two reckonings of one rate may differ by: no sheet shows less.
const RATE_STEP_PPM: i64 = 100;

impl Comparison {
    /// What changes between the sheet in force and the next one.
    pub fn of(before: &CostSheet, after: &CostSheet, owed: Owed, policy: &Policy) -> Self {
        let from = after.terms.start;
        let mut new = Side::after(after, from);
        // What is paid at once, beside the instalments, is paid all the same.
        new.total += after.paid_upfront;
        let old = Side::owed(before, from, owed, policy);
        let rate = new.composite_ppm >= old.composite_ppm + RATE_STEP_PPM
            || a_rate_rises(&before.terms, &after.terms);
        let dearer = [
            (Dearer::Total, new.total > old.total),
            (Dearer::Rate, rate),
            (Dearer::Principal, new.principal > old.principal),
            (Dearer::Contingent, contingent_more(before, after)),
            (
                Dearer::Instalment,
                new.largest_payment > old.largest_payment,
            ),
            (
                Dearer::Sooner,
                new.last_due < old.last_due || new.next_due < old.next_due,
            ),
        ];
        Self {
            from,
            owed,
            before: old,
            after: new,
            dearer: dearer
                .into_iter()
                .filter_map(|(one, so)| so.then_some(one))
                .collect(),
        }
    }

    /// Fen of what was late that the new principal took in: they are owed by the new terms, and no more by the old.
    pub fn carried(&self) -> i64 {
        let more = (self.after.principal - self.before.principal).max(0);
        self.owed.arrears.min(more)
    }
}

/// Whether the interest's own rate rises, or an item with every instalment is new, higher or reckoned otherwise.
fn a_rate_rises(before: &LoanTerms, after: &LoanTerms) -> bool {
    let higher = |new: &cost::Item| {
        let known = before.items.iter().find(|old| old.code == new.code);
        known.is_none_or(|old| match (old.charge, new.charge) {
            (
                Charge::Periodic { basis, ppm },
                Charge::Periodic {
                    basis: new_basis,
                    ppm: new_ppm,
                },
            ) => new_ppm > ppm || new_basis != basis,
            (Charge::PeriodicFixed { amount }, Charge::PeriodicFixed { amount: new_amount }) => {
                new_amount > amount
            }
            _ => true,
        })
    };
    let mut periodic = after.items.iter().filter(|one| is_periodic(one.charge));
    after.annual_rate_ppm > before.annual_rate_ppm || periodic.any(higher)
}

/// Whether anything that falls due on default, misuse or early repayment is new, higher or reckoned otherwise.
fn contingent_more(before: &CostSheet, after: &CostSheet) -> bool {
    after.contingent.iter().any(|new| {
        let known = before.contingent.iter().find(|old| old.code == new.code);
        known.is_none_or(|old| match (old.annual_ppm, new.annual_ppm) {
            (Some(before), Some(after)) => after > before,
            (before, after) => before != after || old.standard != new.standard,
        })
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::super::change::Reason;
    use super::*;

    /// 12,000 yuan over twelve months from 2026-01-01, at a yearly rate.
    fn terms(principal: i64, start: &str, first_due: &str, periods: u32, ppm: i64) -> LoanTerms {
        serde_json::from_value(json!({
            "v": 1, "currency": "CNY", "principal": principal, "start": start, "first_due": first_due,
            "periods": periods, "interval": { "unit": "month", "count": 1 },
            "repayment": { "kind": "level_principal" }, "day_count": "30/360", "annual_rate_ppm": ppm,
            "parties": [{ "id": "lender", "name": "安禾", "role": "lender", "share_ppm": 1_000_000 }],
        }))
        .expect("terms")
    }

    fn with_item(mut terms: LoanTerms, charge: serde_json::Value) -> LoanTerms {
        let item = json!({ "code": "guarantee", "name": { "zh": "担保费", "en": "guarantee" }, "collector": "lender", "charge": charge });
        terms.items = vec![serde_json::from_value(item).expect("an item")];
        terms
    }

    fn sheet(terms: &LoanTerms) -> CostSheet {
        cost::sheet(terms, &Policy::default()).expect("a sheet")
    }

    fn old() -> LoanTerms {
        terms(1_200_000, "2026-01-01", "2026-02-01", 12, 120_000)
    }

    fn compared(old: &LoanTerms, new: &LoanTerms, owed: Owed) -> Comparison {
        Comparison::of(&sheet(old), &sheet(new), owed, &Policy::default())
    }

    const REPORTED: Owed = Owed {
        by: OwedBy::Reports,
        ..Owed::AS_PLANNED
    };

    #[test]
    fn what_is_left_stands_beside_what_would_be_left_and_what_costs_more_is_named() {
        use Dearer::{Instalment, Principal, Rate, Sooner, Total};
        let from = "2026-07-01";
        // Six of twelve are behind: 6,000 yuan are owed.
        let cases: [(&str, LoanTerms, &[Dearer]); 8] = [
            (
                "lower rate",
                terms(600_000, from, "2026-08-01", 6, 100_000),
                &[],
            ),
            (
                "more time at the same rate",
                terms(600_000, from, "2026-08-01", 12, 120_000),
                &[Total],
            ),
            (
                "more time at a lower rate that costs as little",
                terms(600_000, from, "2026-08-01", 12, 60_000),
                &[],
            ),
            (
                "the first payment earlier",
                terms(600_000, from, "2026-07-15", 12, 60_000),
                &[Sooner],
            ),
            (
                "higher rate",
                terms(600_000, from, "2026-08-01", 6, 130_000),
                &[Total, Rate, Instalment],
            ),
            (
                "arrears added",
                terms(650_000, from, "2026-08-01", 6, 120_000),
                &[Total, Principal, Instalment],
            ),
            (
                "a higher rate for half the time",
                terms(600_000, from, "2026-08-01", 3, 130_000),
                &[Rate, Instalment, Sooner],
            ),
            (
                "all at once, next month",
                terms(600_000, from, "2026-08-01", 1, 120_000),
                &[Instalment, Sooner],
            ),
        ];
        for (name, new, dearer) in cases {
            let compared = compared(&old(), &new, REPORTED);
            assert_eq!(compared.from, date(2026, 7, 1), "{name}");
            let before = compared.before;
            assert_eq!(
                (before.principal, before.periods, before.next_due),
                (600_000, 6, Some(date(2026, 8, 1))),
                "{name}"
            );
            assert_eq!(before.total, 600_000 + 21_000, "{name}");
            assert_eq!(compared.dearer, dearer, "{name}: {compared:?}");
        }
    }

    #[test]
    fn a_fee_that_is_paid_makes_no_higher_rate_look_low() {
        // A tenth of the principal at the start: twice the rate in all, and nothing of it is still to be paid.
        let sunk = with_item(old(), json!({ "kind": "upfront", "amount": 120_000 }));
        let whole = sheet(&sunk).composite.annual_ppm;
        let new = terms(600_000, "2026-07-01", "2026-08-01", 3, 200_000);
        let seen = compared(&sunk, &new, REPORTED);
        assert!(seen.after.composite_ppm < whole, "{seen:?}");
        assert_eq!(seen.before.composite_ppm, 120_000);
        assert!(seen.after.total < seen.before.total);
        assert!(seen.dearer.contains(&Dearer::Rate));
    }

    #[test]
    fn an_item_with_every_instalment_is_a_rate_too() {
        let monthly = |ppm| json!({ "kind": "periodic", "basis": "outstanding", "ppm": ppm });
        let old = with_item(old(), monthly(4_000));
        let new = |charge| {
            with_item(
                terms(600_000, "2026-07-01", "2026-08-01", 6, 90_000),
                charge,
            )
        };
        let fixed = json!({ "kind": "periodic_fixed", "amount": 100 });
        for (charge, rises) in [
            (monthly(4_000), false),
            (monthly(4_100), true),
            (fixed, true),
        ] {
            let seen = compared(&old, &new(charge.clone()), REPORTED);
            assert_eq!(seen.dearer.contains(&Dearer::Rate), rises, "{charge}");
        }
    }

    #[test]
    fn what_was_paid_ahead_is_owed_no_more() {
        let ahead = Owed {
            prepaid: 400_000,
            less: 300_000,
            ..REPORTED
        };
        let same = terms(600_000, "2026-07-01", "2026-08-01", 6, 120_000);
        let seen = compared(&old(), &same, ahead);
        assert_eq!(
            (
                seen.before.principal,
                seen.before.total,
                seen.before.next_payment
            ),
            (300_000, 310_500, 53_000)
        );
        assert_eq!(seen.before.composite_ppm, 120_000);
        assert_eq!(
            seen.dearer,
            [Dearer::Total, Dearer::Principal, Dearer::Instalment]
        );
        let honest = terms(300_000, "2026-07-01", "2026-08-01", 6, 120_000);
        assert_eq!(compared(&old(), &honest, ahead).dearer, []);
    }

    #[test]
    fn what_was_late_is_owed_once() {
        let late = Owed {
            arrears: 50_000,
            ..REPORTED
        };
        for (principal, carried) in [(600_000, 0), (630_000, 30_000), (670_000, 50_000)] {
            let new = terms(principal, "2026-07-01", "2026-08-01", 12, 120_000);
            let seen = compared(&old(), &new, late);
            assert_eq!(seen.carried(), carried);
            let said = seen.key_term(Reason::Restructuring).body.zh;
            assert_eq!(said.contains("仍要照还"), carried < 50_000, "{said}");
            assert_eq!(said.contains("不再另外收"), carried > 0, "{said}");
        }
    }
}
