//! What a borrower asked for: to give the money back, or to settle early; pure.

use jiff::civil::Date;
use serde::Serialize;

use super::cooling_off::Offer;
use super::plan::Quote;

crate::id!(
    /// Something a borrower asked of a running loan.
    AskId,
    "lak"
);

/// What they asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LoanAskKind)]
pub enum AskKind {
    /// 无理由退出.
    CoolingOff,
    /// 提前结清.
    Settlement,
}

impl AskKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CoolingOff => "cooling_off",
            Self::Settlement => "settlement",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::CoolingOff, Self::Settlement]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What was asked, with the sum that was before the borrower's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub id: AskId,
    pub case: String,
    pub kind: AskKind,
    pub asked_on: Date,
    /// The last day on which the sum holds; of a settlement its day.
    pub by: Date,
    /// Fen, like every sum here.
    pub total: i64,
    /// Received before it was asked.
    pub received: i64,
    pub asked_at_ms: i64,
}

/// How often a borrower may ask for something of one loan.
pub const ASKS_MAX: usize = 50;

impl Asked {
    pub fn cooling_off(id: AskId, case: &str, offer: &Offer, today: Date, now_ms: i64) -> Self {
        Self {
            id,
            case: case.to_owned(),
            kind: AskKind::CoolingOff,
            asked_on: today,
            by: offer.pay_by,
            total: offer.total,
            received: offer.received,
            asked_at_ms: now_ms,
        }
    }

    pub fn settlement(id: AskId, case: &str, quote: &Quote, today: Date, now_ms: i64) -> Self {
        Self {
            id,
            case: case.to_owned(),
            kind: AskKind::Settlement,
            asked_on: today,
            by: quote.on,
            total: quote.total,
            received: quote.received,
            asked_at_ms: now_ms,
        }
    }

    /// Whether money received on a day answers it.
    pub fn covers(&self, day: Date) -> bool {
        day >= self.asked_on && day <= self.by
    }
}

/// The withdrawal that stands on a day.
pub fn withdrawn(asked: &[Asked], day: Date) -> Option<&Asked> {
    let of_kind = |one: &&Asked| one.kind == AskKind::CoolingOff && one.covers(day);
    asked.iter().find(of_kind)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_withdrawal_stands_from_its_asking_to_its_last_day() {
        let asked = [Asked {
            id: AskId::stored("lak_1".to_owned()),
            case: "jny_1".to_owned(),
            kind: AskKind::CoolingOff,
            asked_on: date(2026, 11, 24),
            by: date(2026, 11, 28),
            total: 1,
            received: 0,
            asked_at_ms: 0,
        }];
        for (day, stands) in [(23, false), (24, true), (28, true), (29, false)] {
            let found = withdrawn(&asked, date(2026, 11, day));
            assert_eq!(found.is_some(), stands, "{day}");
        }
        let other = [Asked {
            kind: AskKind::Settlement,
            ..asked[0].clone()
        }];
        assert_eq!(withdrawn(&other, date(2026, 11, 24)), None);
    }
}
