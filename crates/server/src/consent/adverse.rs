//! 不良信息报送前告知: the person is told before anything bad is reported (征信业管理条例 15); pure.

use jiff::civil::Date;
use serde::Serialize;

use crate::clock::DAY_MS;
use crate::vault::SubjectId;

crate::id!(
    /// One telling before a report to the bureau.
    AdverseId,
    "adv"
);

/// What would be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrears {
    /// Fen.
    pub overdue: i64,
    pub due_date: Date,
    /// The day on which the lender means to report.
    pub report_on: Date,
}

/// One telling and its proof of delivery.
#[derive(Clone, Debug)]
pub struct AdverseNotice {
    pub id: AdverseId,
    pub subject: SubjectId,
    pub case: String,
    pub arrears: Arrears,
    pub told_at_ms: i64,
    /// The gateway took the message.
    pub sent_at_ms: Option<i64>,
    /// The person had it on the screen.
    pub seen_at_ms: Option<i64>,
}

/// Whether reporting is covered by the telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    Covered,
    NotSent,
    /// Sent; whether it arrived nobody knows yet.
    DeliveryUnknown,
    /// Delivered, and the days to pay or explain are not over.
    TooSoon,
}

impl AdverseNotice {
    /// Covered once delivery is proved, by the gateway's receipt or by the person's own screen, and the days are over.
    pub fn coverage(&self, receipt_at_ms: Option<i64>, days: i64, now_ms: i64) -> Coverage {
        let reached_at_ms = [self.seen_at_ms, receipt_at_ms].into_iter().flatten().min();
        match (reached_at_ms, self.sent_at_ms) {
            (Some(reached), _) if now_ms >= reached + days * DAY_MS => Coverage::Covered,
            (Some(_), _) => Coverage::TooSoon,
            (None, Some(_)) => Coverage::DeliveryUnknown,
            (None, None) => Coverage::NotSent,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::random::Random;

    #[test]
    fn only_what_was_delivered_long_enough_ago_covers_a_report() {
        let random = Random::seeded(1);
        let notice = |sent_at_ms, seen_at_ms| AdverseNotice {
            id: AdverseId::fresh(1, &random),
            subject: SubjectId::fresh(1, &random),
            case: "jny_x".into(),
            arrears: Arrears {
                overdue: 1,
                due_date: date(2026, 11, 1),
                report_on: date(2026, 12, 1),
            },
            told_at_ms: 0,
            sent_at_ms,
            seen_at_ms,
        };
        let cases = [
            (None, None, 9 * DAY_MS, Coverage::NotSent),
            (Some(0), None, 9 * DAY_MS, Coverage::DeliveryUnknown),
            (Some(0), Some(DAY_MS), 6 * DAY_MS - 1, Coverage::TooSoon),
            (Some(0), Some(DAY_MS), 6 * DAY_MS, Coverage::Covered),
            (None, Some(0), 5 * DAY_MS, Coverage::Covered),
        ];
        for (sent, seen, now_ms, expected) in cases {
            assert_eq!(
                notice(sent, seen).coverage(None, 5, now_ms),
                expected,
                "{sent:?} {seen:?}"
            );
        }
        let receipt = notice(Some(0), None).coverage(Some(DAY_MS), 5, 6 * DAY_MS);
        assert_eq!(receipt, Coverage::Covered);
    }
}
