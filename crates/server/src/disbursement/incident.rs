//! What went wrong with a payment, and how two people close it; pure.

use serde::Serialize;

use super::refusal::Refused;
use crate::vault::SubjectId;

crate::id!(
    /// Something about a payment that somebody must look at.
    IncidentId,
    "icd"
);

/// One line a finding: its name here, and the one that is stored, sworn to and sent.
macro_rules! findings {
    ($($finding:ident $text:literal),+ $(,)?) => {
        /// What is wrong with a payment.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = IncidentFinding)]
        pub enum Finding {
            $($finding),+
        }

        impl Finding {
            pub const ALL: &'static [Self] = &[$(Self::$finding),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$finding => $text),+
                }
            }
        }
    };
}

findings! {
    // 砍头息, or more than the principal.
    NetDiffers "net_differs",
    OtherPayee "other_payee",
    NotBooked "not_booked",
    NoToken "no_token",
    // Altered, or none of ours.
    TokenInvalid "token_invalid",
    TokenExpired "token_expired",
    TokenReused "token_reused",
    TokenRevoked "token_revoked",
    TokenForeign "token_foreign",
    // Two payments of one loan, each on whatever token.
    PaidTwice "paid_twice",
    // Two payments under one number.
    ReferenceReused "reference_reused",
    PaidAhead "paid_ahead",
    // A hold stood, or the loan was called off.
    WhileHeld "while_held",
    // The terms were booked anew since the token.
    TokenOutdated "token_outdated",
    // A step was taken back, or never done.
    ProtectionMissing "protection_missing",
    // What the lender's books of a day and ours don't share.
    Unreported "unreported",
    UnknownReference "unknown_reference",
    SumDiffers "sum_differs",
    LoanDiffers "loan_differs",
    NotInBooks "not_in_books",
    // Two people released the money although a protection was missing.
    BreakGlass "break_glass",
    // Its time is over, and nobody paid.
    TokenUnpaid "token_unpaid",
    // What was received for a running loan is more than the borrower agreed to.
    ChargedMoreThanAgreed "charged_more_than_agreed",
    SettledAboveQuote "settled_above_quote",
}

impl Finding {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|finding| finding.as_str() == text)
    }
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentState)]
pub enum State {
    Open,
    /// Somebody says what was done; somebody else is to agree.
    Handled,
    Closed,
}

impl State {
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Handled, Self::Closed]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Handled => "handled",
            Self::Closed => "closed",
        }
    }
}

/// What somebody says was done about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handling {
    /// In their own words, without anybody's data.
    pub words: String,
    /// Of the payment that gave money back, where one did.
    pub refund_reference: Option<String>,
    pub by: String,
    pub at_ms: i64,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub id: IncidentId,
    /// The journey; the comparison of a day, where a payment leads to no loan of ours.
    pub case: String,
    /// Whose loan it is.
    pub subject: Option<SubjectId>,
    pub finding: Finding,
    /// What it was found in: a receipt, a token, a line of the lender's books, or a report of money received. With the finding it is opened once.
    pub source: String,
    pub state: State,
    pub opened_at_ms: i64,
    pub handling: Option<Handling>,
    pub closed_by: Option<String>,
    pub closed_at_ms: Option<i64>,
    pub version: i64,
}

const WORDS_CHARS: std::ops::RangeInclusive<usize> = 4..=500;
/// More digits in a row look like somebody's number; a date has eight.
const DIGITS_MAX: usize = 8;
/// More look like one that is written in groups, as a phone; a date with its hour has ten.
const GROUPED_DIGITS_MAX: usize = 10;

/// Whether words hold somebody's number, in one piece or in groups.
pub fn tells_numbers(words: &str) -> bool {
    let joins = |c: char| c.is_whitespace() || "-._·－．＿–—".contains(c);
    let (mut row, mut grouped) = (0, 0);
    for c in words.chars() {
        match c {
            c if c.is_numeric() => (row, grouped) = (row + 1, grouped + 1),
            c if joins(c) => row = 0,
            _ => (row, grouped) = (0, 0),
        }
        if row > DIGITS_MAX || grouped > GROUPED_DIGITS_MAX {
            return true;
        }
    }
    false
}

/// Words as staff may leave them: long enough to say something, and nobody's number.
pub fn words_fit(words: &str) -> Result<(), Refused> {
    let chars = words.chars().count();
    if !WORDS_CHARS.contains(&chars) || words.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Refused::WordsLength);
    }
    if tells_numbers(words) {
        return Err(Refused::WordsTellNumbers);
    }
    Ok(())
}

impl Incident {
    /// Somebody says what was done; saying it anew takes the place of what was said before.
    pub fn handle(mut self, handling: Handling) -> Result<Self, Refused> {
        words_fit(&handling.words)?;
        if self.state == State::Closed {
            return Err(Refused::IncidentClosed);
        }
        self.state = State::Handled;
        self.handling = Some(handling);
        Ok(self)
    }

    /// Somebody else agrees with what they saw in that version.
    pub fn close(mut self, by: &str, seen: i64, now_ms: i64) -> Result<Self, Refused> {
        match (self.state, &self.handling) {
            (State::Closed, _) => Err(Refused::IncidentClosed),
            (State::Handled, _) if seen != self.version => Err(Refused::HandlingChanged),
            (State::Handled, Some(handling)) if handling.by == by => Err(Refused::OwnHandling),
            (State::Handled, Some(_)) => {
                self.state = State::Closed;
                self.closed_by = Some(by.to_owned());
                self.closed_at_ms = Some(now_ms);
                Ok(self)
            }
            _ => Err(Refused::NotHandled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident() -> Incident {
        Incident {
            id: IncidentId::stored("icd_1".to_owned()),
            case: "jny_1".to_owned(),
            subject: Some(SubjectId::stored("sub_1".to_owned())),
            finding: Finding::NetDiffers,
            source: "rcp_1".to_owned(),
            state: State::Open,
            opened_at_ms: 1,
            handling: None,
            closed_by: None,
            closed_at_ms: None,
            version: 1,
        }
    }

    fn says(words: &str, by: &str) -> Handling {
        Handling {
            words: words.to_owned(),
            refund_reference: None,
            by: by.to_owned(),
            at_ms: 2,
        }
    }

    #[test]
    fn an_incident_is_closed_by_two_people() {
        assert_eq!(incident().close("b", 1, 3), Err(Refused::NotHandled));
        let handled = incident().handle(says("已退还差额", "a")).expect("handled");
        assert_eq!(handled.clone().close("a", 1, 3), Err(Refused::OwnHandling));
        // The last who spoke may not agree; who spoke before may.
        let again = handled
            .handle(says("差额已于当日退还", "b"))
            .expect("again");
        assert_eq!(again.clone().close("b", 1, 3), Err(Refused::OwnHandling));
        // Words that changed since were not agreed with.
        assert_eq!(
            again.clone().close("a", 2, 3),
            Err(Refused::HandlingChanged)
        );
        let closed = again.close("a", 1, 3).expect("closed");
        assert_eq!(
            (closed.state, closed.closed_by.as_deref()),
            (State::Closed, Some("a"))
        );
        assert_eq!(
            closed.clone().close("c", 1, 4),
            Err(Refused::IncidentClosed)
        );
        let late = closed.handle(says("再看一次", "c"));
        assert_eq!(late, Err(Refused::IncidentClosed));
    }

    #[test]
    fn words_say_something_and_nobody_s_number() {
        for (words, outcome) in [
            ("已退还差额 500 元", Ok(())),
            ("退款流水 20261122", Ok(())),
            ("好", Err(Refused::WordsLength)),
            ("2026-11-22 14:30 已退还", Ok(())),
            ("已退到 6222020200112233446", Err(Refused::WordsTellNumbers)),
            (
                "已退到 6222 0202 0011 2233 446",
                Err(Refused::WordsTellNumbers),
            ),
            ("致电 138-0013-8000 说明", Err(Refused::WordsTellNumbers)),
            ("致电 138．0013．8000 说明", Err(Refused::WordsTellNumbers)),
            ("四个\u{7}字", Err(Refused::WordsLength)),
        ] {
            assert_eq!(words_fit(words), outcome, "{words}");
        }
        assert_eq!(words_fit(&"字".repeat(501)), Err(Refused::WordsLength));
    }

    #[test]
    fn findings_have_distinct_lasting_names() {
        for finding in Finding::ALL {
            assert_eq!(Finding::parse(finding.as_str()), Some(*finding));
        }
        assert_eq!(Finding::parse("everything"), None);
    }
}
