//! 无理由退出: a contract benefit of some products. Within some days after the payment the borrower gives the money back, and
//! owes nothing more, or the interest of the days they had it; pure.

use serde::{Deserialize, Serialize};

use crate::error::Text;

/// How long, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoolingOff {
    /// Days after the day of the payment, the last one whole, 1 to 30; civil, in Asia/Shanghai.
    pub days: i64,
    pub cost: CoolingOffCost,
}

/// What a borrower who gives the money back owes beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoolingOffCost {
    None,
    /// By the contract's rate, up to the day they ask.
    InterestForDaysUsed,
}

const DAYS: std::ops::RangeInclusive<i64> = 1..=30;

impl CoolingOff {
    /// Whether the days make sense.
    pub fn fits(self) -> bool {
        DAYS.contains(&self.days)
    }

    /// The promise, as it stands on the sheet.
    pub fn text(self) -> Text {
        let days = self.days;
        match self.cost {
            CoolingOffCost::None => Text::new(
                format!(
                    "放款后 {days} 天内可以无理由退出：退回到手的钱即可，不收利息和任何费用；已先付的费用退还。"
                ),
                format!(
                    "Within {days} days after the payment you may withdraw without a reason: give back what arrived, and owe neither interest nor any fee; what you paid up front is returned."
                ),
            ),
            CoolingOffCost::InterestForDaysUsed => Text::new(
                format!(
                    "放款后 {days} 天内可以无理由退出：退回到手的钱和实际使用天数的利息，利息算到您提出的那一天，不收其他费用；已先付的费用退还。"
                ),
                format!(
                    "Within {days} days after the payment you may withdraw without a reason: give back what arrived with the interest of the days until you ask, and owe no other fee; what you paid up front is returned."
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_bounded_and_the_promise_names_them() {
        for (days, fits) in [(0, false), (1, true), (30, true), (31, false), (-7, false)] {
            for cost in [CoolingOffCost::None, CoolingOffCost::InterestForDaysUsed] {
                assert_eq!(CoolingOff { days, cost }.fits(), fits, "{days}");
            }
        }
        let seven = CoolingOff {
            days: 7,
            cost: CoolingOffCost::None,
        };
        let text = seven.text();
        assert!(
            text.zh.contains("7 天") && text.en.contains("7 days"),
            "{text:?}"
        );
    }
}
