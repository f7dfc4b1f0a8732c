//! The entries this crate ships.

use jiff::civil::{Date, date};

use super::{
    Action, CeilingRule, Confidence, LenderKind, LprEntry, Measure, Method, MethodRule, Policy,
    Threshold, Validity,
};
use crate::{Ppm, Text};

/// Average balance for every loan, a divergence threshold of 0.5 percentage points, and the ceilings known to practice.
///
/// Why average balance: the cost rule says that the composite is the **sum** of the annualised items, and PBOC 2021-3
/// says that a rate is interest and fees over the principal **actually occupied**.
/// Average balance is that definition item by item.
/// Reckoned on charges before they are rounded to the fen it equals the contract rate for interest by 30/360, and rate ×
/// periods a year for an item in percent of outstanding principal, so those items read as the contract writes them,
/// and it gives one-off and fixed items a rate on the same footing.
/// The arithmetic of the rule's sample table for guarantee items was not readable, so the method is configuration.
impl Default for Policy {
    fn default() -> Self {
        use LenderKind::{Bank, ConsumerFinance, Private, SmallLoan};
        let method = |from, to, source: &str, confidence| MethodRule {
            method: Method::AverageBalance,
            validity: Validity {
                valid_from: from,
                valid_to: to,
            },
            source: source.into(),
            confidence,
        };
        Self {
            lender: ConsumerFinance,
            methods: vec![
                method(
                    date(2021, 3, 31),
                    Some(date(2026, 7, 31)),
                    "PBOC announcement 2021-3",
                    Confidence::Medium,
                ),
                method(
                    date(2026, 8, 1),
                    None,
                    "金规〔2026〕2号, with PBOC announcement 2021-3",
                    Confidence::Medium,
                ),
            ],
            divergence_threshold_ppm: 5_000,
            ceilings: vec![
                CeilingRule {
                    scope: vec![Bank, ConsumerFinance],
                    ..fixed(
                        "regulator_24",
                        ("监管实践 24%", "Supervisory practice 24%"),
                        date(2025, 10, 1),
                        240_000,
                        Action::NeedsApproval,
                        Confidence::High,
                        "press on 金规〔2025〕9号 and court practice since 2017",
                    )
                },
                CeilingRule {
                    scope: vec![ConsumerFinance],
                    measure: Measure::Composite,
                    ..fixed(
                        "consumer_finance_20",
                        ("消费金融平均 20%", "Consumer finance average 20%"),
                        date(2026, 4, 1),
                        200_000,
                        Action::Warn,
                        Confidence::Low,
                        "press on window guidance for the portfolio average, no text",
                    )
                },
                CeilingRule {
                    scope: vec![SmallLoan],
                    ..fixed(
                        "small_loan_24",
                        ("小贷新发 24%", "Small loans, newly granted, 24%"),
                        date(2025, 12, 31),
                        240_000,
                        Action::Block,
                        Confidence::High,
                        "小额贷款公司综合融资成本管理工作指引, December 2025, press",
                    )
                },
                CeilingRule {
                    scope: vec![SmallLoan],
                    threshold: Threshold::LprMultiple { times: 4 },
                    ..fixed(
                        "small_loan_4_lpr",
                        ("小贷 4 倍 LPR", "Small loans, 4 × LPR"),
                        date(2027, 12, 31),
                        0,
                        Action::Block,
                        Confidence::High,
                        "小额贷款公司综合融资成本管理工作指引, by the end of 2027, press",
                    )
                },
                CeilingRule {
                    scope: vec![Private],
                    threshold: Threshold::LprMultiple { times: 4 },
                    ..fixed(
                        "private_4_lpr",
                        ("民间借贷 4 倍 LPR", "Private lending, 4 × LPR"),
                        date(2020, 8, 20),
                        0,
                        Action::NeedsApproval,
                        Confidence::High,
                        "法释〔2020〕17号 articles 25 and 29; not for licensed lenders",
                    )
                },
            ],
            lpr: vec![lpr(date(2025, 12, 1)), lpr(date(2026, 4, 1))],
        }
    }
}

fn fixed(
    id: &str,
    name: (&str, &str),
    from: Date,
    ppm: Ppm,
    action: Action,
    confidence: Confidence,
    source: &str,
) -> CeilingRule {
    CeilingRule {
        id: id.into(),
        name: Text::new(name.0, name.1),
        validity: Validity {
            valid_from: from,
            valid_to: None,
        },
        threshold: Threshold::Fixed { ppm },
        measure: Measure::Higher,
        scope: Vec::new(),
        action,
        source: source.into(),
        confidence,
    }
}

/// 3.0 % is what the press gave for these months; later values are the operator's to add.
fn lpr(from: Date) -> LprEntry {
    LprEntry {
        valid_from: from,
        ppm: 30_000,
        source: "press; later values not verified".into(),
        confidence: Confidence::High,
    }
}
