//! How long items must be kept: rules as data, each with its source; of those that apply the longest wins.

use super::item::ItemKind;
use crate::clock;

/// A rule that asks for keeping items of some kinds for years after the relation's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable: stored with each item.
    pub code: &'static str,
    /// Full years after the day on which the relation ended.
    pub years: i16,
    pub source: &'static str,
    /// None: every kind.
    items: Option<&'static [ItemKind]>,
}

/// What must be kept, and by which rule. A rule that ends or comes is a changed line here.
const RULES: [Rule; 3] = [
    Rule {
        code: "relation_end_plus_10_years",
        years: 10,
        source: "反洗钱法 2024; 金融机构客户尽职调查办法 令〔2025〕第11号 art. 44",
        items: Some(&[
            ItemKind::Name,
            ItemKind::IdNumber,
            ItemKind::Phone,
            ItemKind::IdDocumentUntil,
            ItemKind::Occupation,
            ItemKind::Address,
            ItemKind::BusinessName,
            ItemKind::CreditCode,
        ]),
    },
    Rule {
        code: "relation_end_plus_3_years",
        years: 3,
        source: "中国人民银行令〔2020〕第5号 art. 18",
        items: Some(&[
            ItemKind::BankCard,
            ItemKind::MonthlyIncome,
            ItemKind::MonthlyDebts,
            ItemKind::SuppliedFigures,
        ]),
    },
    // Third persons and whatever no other rule asks for.
    Rule {
        code: "relation_end",
        years: 0,
        source: "个人信息保护法 art. 19, 47",
        items: None,
    },
];

impl Rule {
    pub(super) fn longest(kind: ItemKind) -> &'static Self {
        let [.., least] = &RULES;
        RULES
            .iter()
            .filter(|rule| rule.items.is_none_or(|items| items.contains(&kind)))
            .max_by_key(|rule| rule.years)
            .unwrap_or(least)
    }

    /// The longest rule for recordings (双录): the one for records of financial customers, or the house's own years where these
    /// are more. That loans of a certain kind be kept longer, as insurance is, no rule says; who wants it configures it.
    pub fn of_recordings(own_years: i16) -> Self {
        let records = Self {
            code: "recording_relation_end_plus_3_years",
            years: 3,
            source: "中国人民银行令〔2020〕第5号 art. 18",
            items: None,
        };
        let own = Self {
            code: "recording_relation_end_plus_own_years",
            years: own_years,
            source: "recording.kept_years",
            items: None,
        };
        match own.years > records.years {
            true => own,
            false => records,
        }
    }

    pub fn by_code(code: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.code == code)
    }

    /// The first instant (UTC ms) at which this rule no longer asks, for a relation that ended at an instant.
    pub fn lapses_at_ms(&self, ended_at_ms: i64) -> i64 {
        let day = clock::civil_date(ended_at_ms);
        let last = day
            .checked_add(jiff::Span::new().years(self.years))
            .unwrap_or(jiff::civil::Date::MAX);
        clock::start_of(last.tomorrow().unwrap_or(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_of_a_kind_wins() {
        for (kind, code) in [
            (ItemKind::IdNumber, "relation_end_plus_10_years"),
            (ItemKind::MonthlyIncome, "relation_end_plus_3_years"),
            (ItemKind::RelativePhone, "relation_end"),
        ] {
            assert_eq!(Rule::longest(kind).code, code);
            assert_eq!(Rule::by_code(code), Some(Rule::longest(kind)));
        }
        assert_eq!(Rule::by_code("for_ever"), None);
    }

    #[test]
    fn recordings_are_kept_as_long_as_the_longest_rule_asks() {
        for (own, years) in [(0, 3), (3, 3), (5, 5)] {
            assert_eq!(Rule::of_recordings(own).years, years);
        }
    }

    #[test]
    fn a_rule_lapses_after_the_last_day_of_its_years_in_shanghai() {
        let day = |y, m, d| clock::start_of(jiff::civil::date(y, m, d));
        let ten = Rule::longest(ItemKind::Name);
        assert_eq!(ten.lapses_at_ms(day(2026, 11, 22) + 1), day(2036, 11, 23));
        // 29 February has no anniversary in most years.
        assert_eq!(ten.lapses_at_ms(day(2028, 2, 29)), day(2038, 3, 1));
        let none = Rule::longest(ItemKind::RelativeName);
        assert_eq!(none.lapses_at_ms(day(2026, 11, 22)), day(2026, 11, 23));
    }
}
