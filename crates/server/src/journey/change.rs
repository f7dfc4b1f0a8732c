//! 条件变更: why the terms of a paid loan change, held against what they do; pure.
//!
//! The new terms are those of what is still owed, from the day on which they count: their principal is that sum and their
//! start that day. What the older plan says is due until then stays due by it.

use cost::LoanTerms;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, Dearer, OwedBy};
use crate::error::{Field, Text};
use crate::product::KeyTerm;

/// Why a loan's terms change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChangeReason)]
pub enum Reason {
    /// 展期: more time.
    Extension,
    /// 降低利率或费用.
    RateReduction,
    /// 调整还款日.
    DueDate,
    /// 债务重组: more than one of these, or relief in hardship.
    Restructuring,
    /// What was agreed was written down wrongly.
    Correction,
}

impl Reason {
    const ALL: [Self; 5] = [
        Self::Extension,
        Self::RateReduction,
        Self::DueDate,
        Self::Restructuring,
        Self::Correction,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::RateReduction => "rate_reduction",
            Self::DueDate => "due_date",
            Self::Restructuring => "restructuring",
            Self::Correction => "correction",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    fn words(self) -> Text {
        match self {
            Self::Extension => Text::new("展期", "more time to pay"),
            Self::RateReduction => Text::new("降低利率或费用", "a lower rate or fee"),
            Self::DueDate => Text::new("调整还款日", "other due dates"),
            Self::Restructuring => Text::new("债务重组", "restructuring"),
            Self::Correction => Text::new("更正", "a correction"),
        }
    }

    /// What the terms do although the reason says otherwise: nobody reads a kind word over a harder loan.
    pub fn belied(
        self,
        compared: &Comparison,
        before: &LoanTerms,
        after: &LoanTerms,
    ) -> Option<Field> {
        let (old, new) = (&compared.before, &compared.after);
        let dearer = &compared.dearer;
        let wrong = |code, zh: &'static str, en: &'static str| {
            Some(Field::new("reason", code, Text::new(zh, en)))
        };
        match self {
            Self::RateReduction if !dearer.is_empty() => wrong(
                "not_a_reduction",
                "有一项变贵或变重，不是降低利率或费用；请写实际的原因。",
                "Something costs or weighs more: this is no reduction. Name the reason as it is.",
            ),
            Self::DueDate
                if new.principal != old.principal
                    || new.periods != old.periods
                    || after.annual_rate_ppm != before.annual_rate_ppm
                    || dearer.contains(&Dearer::Rate) =>
            {
                wrong(
                    "more_than_the_day",
                    "调整还款日不改变所欠本金、利率、费率和期数；请写实际的原因。",
                    "Other due dates leave principal, rates and the number of instalments as they are. Name the reason as it is.",
                )
            }
            Self::Extension if new.last_due < old.last_due => wrong(
                "not_an_extension",
                "还清日提前了，不是展期；请写实际的原因。",
                "The last day comes earlier: this is no extension. Name the reason as it is.",
            ),
            Self::RateReduction
            | Self::DueDate
            | Self::Extension
            | Self::Restructuring
            | Self::Correction => None,
        }
    }
}

impl Comparison {
    /// What the sheet says before anything else.
    pub fn key_term(&self, reason: Reason) -> KeyTerm {
        let (old, new) = (&self.before, &self.after);
        let why = reason.words();
        let day = |date: Option<Date>| date.map_or_else(|| "—".to_owned(), |date| date.to_string());
        let mut zh = format!(
            "原因：{}。不会放出新的钱；本表的本金是您到 {} 还欠的本金。和原计划比：欠的本金 {} 元，变为 {} 元；剩下要还的总额 {} 元，变为 {} 元；剩余 {} 期，变为 {} 期；下一期 {} 还 {} 元，变为 {} 还 {} 元；还清日 {}，变为 {}；剩余部分的年化综合融资成本 {}，变为 {}。您可以拒绝，原来的条件不变。",
            why.zh,
            self.from,
            cost::yuan(old.principal),
            cost::yuan(new.principal),
            cost::yuan(old.total),
            cost::yuan(new.total),
            old.periods,
            new.periods,
            day(old.next_due),
            cost::yuan(old.next_payment),
            day(new.next_due),
            cost::yuan(new.next_payment),
            day(old.last_due),
            day(new.last_due),
            cost::percent(old.composite_ppm),
            cost::percent(new.composite_ppm),
        );
        let mut en = format!(
            "Why: {}. No new money is paid out; the principal on this sheet is what you still owe on {}. Against the plan so far: principal {} yuan becomes {}; all that is left to pay {} yuan becomes {}; {} instalments left become {}; the next, {} yuan on {}, becomes {} yuan on {}; the last day {} becomes {}; the composite yearly cost of what is left {} becomes {}. You may refuse; then everything stays as it is.",
            why.en,
            self.from,
            cost::yuan(old.principal),
            cost::yuan(new.principal),
            cost::yuan(old.total),
            cost::yuan(new.total),
            old.periods,
            new.periods,
            cost::yuan(old.next_payment),
            day(old.next_due),
            cost::yuan(new.next_payment),
            day(new.next_due),
            day(old.last_due),
            day(new.last_due),
            cost::percent(old.composite_ppm),
            cost::percent(new.composite_ppm),
        );
        for (said_zh, said_en) in self.remarks() {
            zh.push_str(&said_zh);
            en.push(' ');
            en.push_str(&said_en);
        }
        KeyTerm {
            title: Text::new("这是一次条件变更", "This changes the terms of your loan"),
            body: Text::new(zh, en),
        }
    }

    /// What the old side rests on, and what weighs more.
    fn remarks(&self) -> Vec<(String, String)> {
        let owed = self.owed;
        let mut said = Vec::new();
        if owed.by == OwedBy::Plan {
            said.push((
                "机构没有报告过这笔借款的还款，以上按原计划算；您已经提前还过的，请先向机构问清。".to_owned(),
                "The lender reported no repayment of this loan, so this is reckoned by the plan; if you paid anything ahead, ask the lender first.".to_owned(),
            ));
        }
        if owed.prepaid > 0 {
            let sum = cost::yuan(owed.prepaid);
            said.push((
                format!("原来一侧已经扣除您提前还的本金 {sum} 元。"),
                format!("The {sum} yuan of principal that you paid ahead are deducted from the old side."),
            ));
        }
        let carried = self.carried();
        if carried > 0 {
            let sum = cost::yuan(carried);
            said.push((
                format!("新的本金里有 {sum} 元是已经到期、还没有还的钱，不再另外收。"),
                format!("{sum} yuan of the new principal were due and not paid; they are not asked for beside it."),
            ));
        }
        if owed.arrears > carried {
            let sum = cost::yuan(owed.arrears - carried);
            said.push((
                format!("另有 {sum} 元已经到期、还没有还，不在本表里，仍要照还。"),
                format!("Another {sum} yuan are due and not paid; they are not on this sheet and stay owed."),
            ));
        }
        let more = self.after.total - self.before.total;
        if more > 0 {
            let sum = cost::yuan(more);
            said.push((
                format!("变更之后，您一共要多还 {sum} 元。"),
                format!("After the change you pay {sum} yuan more in all."),
            ));
        }
        if self.dearer.contains(&Dearer::Instalment) {
            let (old, new) = (self.before.largest_payment, self.after.largest_payment);
            let (old, new) = (cost::yuan(old), cost::yuan(new));
            said.push((
                format!("最高的一期从 {old} 元变为 {new} 元。"),
                format!("The largest instalment rises from {old} yuan to {new}."),
            ));
        }
        if self.dearer.contains(&Dearer::Contingent) {
            said.push((
                "逾期、违约或提前还款的费用变高了，请看本表的或有费用。".to_owned(),
                "What falls due on default or early repayment is higher too; see the contingent costs.".to_owned(),
            ));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use cost::Policy;
    use serde_json::json;

    use super::super::comparison::Owed;
    use super::*;

    fn terms(change: serde_json::Value) -> LoanTerms {
        let mut terms = json!({
            "v": 1, "currency": "CNY", "principal": 600_000, "start": "2026-07-01", "first_due": "2026-08-01",
            "periods": 6, "interval": { "unit": "month", "count": 1 },
            "repayment": { "kind": "level_principal" }, "day_count": "30/360", "annual_rate_ppm": 120_000,
            "parties": [{ "id": "lender", "name": "安禾", "role": "lender", "share_ppm": 1_000_000 }],
        });
        for (key, value) in change.as_object().expect("an object") {
            terms[key] = value.clone();
        }
        serde_json::from_value(terms).expect("terms")
    }

    #[test]
    fn a_reason_that_the_terms_belie_is_refused_by_name() {
        use Reason::{Correction, DueDate, Extension, RateReduction, Restructuring};
        let cases = [
            (RateReduction, json!({ "annual_rate_ppm": 110_000 }), None),
            (
                RateReduction,
                json!({ "annual_rate_ppm": 110_000, "periods": 12 }),
                Some("not_a_reduction"),
            ),
            (
                RateReduction,
                json!({ "annual_rate_ppm": 110_000, "periods": 5 }),
                Some("not_a_reduction"),
            ),
            (DueDate, json!({ "first_due": "2026-08-15" }), None),
            (
                DueDate,
                json!({ "first_due": "2026-08-15", "periods": 7 }),
                Some("more_than_the_day"),
            ),
            (
                DueDate,
                json!({ "first_due": "2026-08-15", "principal": 590_000 }),
                Some("more_than_the_day"),
            ),
            (
                DueDate,
                json!({ "first_due": "2026-08-15", "annual_rate_ppm": 110_000 }),
                Some("more_than_the_day"),
            ),
            (Extension, json!({ "periods": 12 }), None),
            (Extension, json!({ "periods": 5 }), Some("not_an_extension")),
            (Restructuring, json!({ "periods": 5 }), None),
            (Correction, json!({ "annual_rate_ppm": 130_000 }), None),
        ];
        let before = terms(json!({}));
        let policy = Policy::default();
        let sheet = |terms: &LoanTerms| cost::sheet(terms, &policy).expect("a sheet");
        for (reason, change, code) in cases {
            let after = terms(change.clone());
            let seen = Comparison::of(&sheet(&before), &sheet(&after), Owed::AS_PLANNED, &policy);
            let found = reason.belied(&seen, &before, &after);
            assert_eq!(
                found.map(|one| one.code),
                code.map(Into::into),
                "{reason:?} {change}"
            );
        }
    }

    #[test]
    fn the_words_say_what_more_is_to_be_paid_and_by_what_it_is_known() {
        let policy = Policy::default();
        let sheet = |terms: &LoanTerms| cost::sheet(terms, &policy).expect("a sheet");
        let said = |change, owed, reason| {
            let (before, after) = (terms(json!({})), terms(change));
            let seen = Comparison::of(&sheet(&before), &sheet(&after), owed, &policy);
            seen.key_term(reason).body.zh
        };
        let reported = Owed {
            by: OwedBy::Reports,
            ..Owed::AS_PLANNED
        };
        let zh = said(json!({ "periods": 12 }), reported, Reason::Extension);
        assert!(
            zh.contains("原因：展期") && zh.contains("多还 180.00 元"),
            "{zh}"
        );
        assert!(!zh.contains("按原计划算"), "{zh}");
        let lower = json!({ "annual_rate_ppm": 100_000 });
        let zh = said(lower, Owed::AS_PLANNED, Reason::RateReduction);
        assert!(!zh.contains("多还") && zh.contains("按原计划算"), "{zh}");
    }

    #[test]
    fn every_reason_is_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
    }
}
