//! Openings of items, and which of them somebody should look at; pure.

use super::item::ItemKind;
use super::model::{GrantId, OpeningId, Purpose, Refusal, SubjectId};
use super::private::Private;
use crate::clock;
use crate::ledger::SeatKind;

/// Openings of one member of staff in a day before they seem many.
const STAFF_DAY_MAX: i64 = 20;
/// Hours of the day, in Shanghai, at which an office works.
const OFFICE_HOURS: std::ops::Range<i8> = 7..22;
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=200;
/// More digits in a row look like somebody's number.
const DIGITS_MAX: usize = 6;

/// What makes an opening by staff strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strange {
    /// The same person opened many items that day.
    Many,
    /// Outside office hours.
    Night,
    /// No journey was named.
    NoJourney,
}

impl Strange {
    const ALL: [Self; 3] = [Self::Many, Self::Night, Self::NoJourney];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Many => "many",
            Self::Night => "night",
            Self::NoJourney => "no_journey",
        }
    }

    pub(super) fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ')
            .filter_map(|word| Self::ALL.into_iter().find(|one| one.as_str() == word))
            .collect()
    }

    pub(super) fn list(all: &[Self]) -> String {
        let words: Vec<&str> = all.iter().map(|one| one.as_str()).collect();
        words.join(" ")
    }

    /// What is strange about an opening, the `nth` of its seat that day. The program and the person raise no eyebrows.
    pub(super) fn of(seat: SeatKind, nth: i64, case: Option<&str>, at_ms: i64) -> Vec<Self> {
        if seat != SeatKind::Staff {
            return Vec::new();
        }
        let night = !OFFICE_HOURS.contains(&clock::civil(at_ms).hour());
        let all = [
            (Self::Many, nth > STAFF_DAY_MAX),
            (Self::Night, night),
            (Self::NoJourney, case.is_none()),
        ];
        all.into_iter()
            .filter_map(|(one, so)| so.then_some(one))
            .collect()
    }
}

/// Why a member of staff opens an item.
#[derive(Clone, Debug)]
pub struct Reason {
    /// In their own words, without anybody's data; sealed.
    pub text: Private<String>,
    /// The journey it is about.
    pub case: Option<String>,
}

impl Reason {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let text = self.text.expose().trim();
        if !REASON_CHARS.contains(&text.chars().count()) || text.chars().any(char::is_control) {
            return Err(Refusal::ReasonMissing);
        }
        let longest = text
            .split(|c: char| !c.is_numeric())
            .map(|run| run.chars().count())
            .max();
        if longest > Some(DIGITS_MAX) {
            return Err(Refusal::ReasonTellsNumbers);
        }
        Ok(())
    }
}

/// One opening.
#[derive(Clone, Debug)]
pub struct Opening {
    pub id: OpeningId,
    pub subject: SubjectId,
    pub item: ItemKind,
    pub purpose: Purpose,
    pub grant: GrantId,
    pub seat_kind: String,
    pub seat_id: String,
    pub at_ms: i64,
    /// The journey it was for.
    pub case: Option<String>,
    pub reason: Option<Private<String>>,
    pub strange: Vec<Strange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_staff_can_be_strange() {
        let ten = clock::start_of(jiff::civil::date(2026, 11, 21)) + 10 * 3_600_000;
        let late = ten + 12 * 3_600_000;
        let cases = [
            (SeatKind::Staff, 20, Some("jny_1"), ten, ""),
            (SeatKind::Staff, 21, Some("jny_1"), ten, "many"),
            (SeatKind::Staff, 1, None, late, "night no_journey"),
            (SeatKind::System, 99, None, late, ""),
            (SeatKind::Customer, 99, None, late, ""),
        ];
        for (seat, nth, case, at_ms, expected) in cases {
            let strange = Strange::of(seat, nth, case, at_ms);
            assert_eq!(Strange::list(&strange), expected);
            assert_eq!(Strange::parse_list(expected), strange);
        }
    }

    #[test]
    fn a_reason_is_words_and_no_number_of_anybody() {
        for (text, outcome) in [
            ("核对客户来电，确认回拨号码", Ok(())),
            ("工单 20261 回访", Ok(())),
            (" ", Err(Refusal::ReasonMissing)),
            ("a\nb", Err(Refusal::ReasonMissing)),
            ("客户 13800000000 来电", Err(Refusal::ReasonTellsNumbers)),
            ("客户 １３８００００ 来电", Err(Refusal::ReasonTellsNumbers)),
        ] {
            let reason = Reason {
                text: text.into(),
                case: None,
            };
            assert_eq!(reason.check(), outcome, "{text}");
        }
    }
}
