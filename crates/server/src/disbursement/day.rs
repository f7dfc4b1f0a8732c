//! 对账: one civil day in Asia/Shanghai, as we have it and as the lender's books have it; pure.

use jiff::civil::Date;
use serde::Serialize;

use super::incident::Finding;
use super::model::{Booking, Token};
use super::receipt::Receipt;
use crate::error::{Error, Result};

crate::id!(
    /// The comparison of one day.
    DayId,
    "rcn"
);

crate::id!(
    /// A payment in the lender's books.
    LineId,
    "rln"
);

/// A payment as the lender's books have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: LineId,
    /// Of the books that it stands in.
    pub day: Date,
    pub payment_reference: String,
    /// The lender's number of the loan, where the books name it.
    pub loan_number: Option<String>,
    /// Fen.
    pub amount: i64,
    pub paid_at_ms: i64,
    pub kept_at_ms: i64,
}

/// What a line is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// A line under its number that came before it, in the books of another day.
    pub namesake: Option<&'a Line>,
    /// The payment that was reported under its number.
    pub receipt: Option<&'a Receipt>,
    /// The loan that was booked under its number.
    pub booking: Option<&'a Booking>,
    /// The token of that loan that was out when it was paid.
    pub token: Option<&'a Token>,
}

impl Line {
    /// What is wrong with a line; nothing when both sides say the same.
    pub fn finding(&self, ours: &Ours<'_>) -> Option<Finding> {
        // Money that moved twice under one number has one payment to be compared with.
        if ours.namesake.is_some() {
            return Some(Finding::ReferenceReused);
        }
        match (ours.receipt, ours.booking) {
            (Some(receipt), _) if receipt.amount != self.amount => Some(Finding::SumDiffers),
            (Some(receipt), Some(booking)) if receipt.case != booking.case => {
                Some(Finding::LoanDiffers)
            }
            // A loan that nobody booked.
            (Some(_), None) if self.loan_number.is_some() => Some(Finding::LoanDiffers),
            (Some(_), _) => None,
            (None, Some(_)) => Some(match ours.token {
                None => Finding::NoToken,
                Some(token) if token.counted_at(self.paid_at_ms) => Finding::Unreported,
                Some(_) => Finding::TokenRevoked,
            }),
            (None, None) => Some(Finding::UnknownReference),
        }
    }
}

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReconciliationOutcome)]
pub enum Outcome {
    /// Both sides say the same.
    Clean,
    Differs,
}

/// A day that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub id: DayId,
    pub day: Date,
    /// Payments in the lender's books, and their sum in fen.
    pub lines: i64,
    pub lines_amount: i64,
    /// Payments of the day that were reported to us, and their sum in fen.
    pub receipts: i64,
    pub receipts_amount: i64,
    /// What one side has and the other has not, or has otherwise.
    pub differences: i64,
    /// Rows of the lender's files of the day that were not taken: what they say nobody compared.
    pub refused: i64,
    /// Payments that were reported once their people's data was destroyed: nothing leads to the books, nobody compared them.
    pub forgotten: i64,
    pub compared_at_ms: i64,
    pub version: i64,
}

/// What a comparison looks at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Lines of the lender's books.
    Theirs,
    /// Payments reported to us.
    Ours,
    /// Tokens that ran out.
    Unpaid,
    Over,
}

impl Phase {
    pub fn next(self) -> Self {
        match self {
            Self::Theirs => Self::Ours,
            Self::Ours => Self::Unpaid,
            Self::Unpaid | Self::Over => Self::Over,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Theirs => "theirs",
            Self::Ours => "ours",
            Self::Unpaid => "unpaid",
            Self::Over => "over",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Theirs, Self::Ours, Self::Unpaid, Self::Over]
            .into_iter()
            .find(|phase| phase.as_str() == text)
    }
}

/// How far the comparison of a day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What it says so far.
    pub said: Day,
    pub phase: Phase,
    /// Last id of the phase that was looked at; empty at its beginning.
    pub after: String,
    /// Counted up with each run; a run that was overtaken finds another one.
    pub version: i64,
}

impl Day {
    pub fn outcome(&self) -> Outcome {
        match (self.differences, self.refused, self.forgotten) {
            (0, 0, 0) => Outcome::Clean,
            _ => Outcome::Differs,
        }
    }

    /// Compared again, it says the same.
    pub fn says(&self, other: &Self) -> bool {
        let said = |day: &Self| {
            let ours = (day.receipts, day.receipts_amount);
            let wrong = (day.differences, day.refused, day.forgotten);
            (day.lines, day.lines_amount, ours, wrong)
        };
        said(self) == said(other)
    }
}

/// What we have of a day, counted by when we learnt it; sums in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema, sea_orm::FromQueryResult)]
#[schema(as = ReconciliationSums)]
pub struct Sums {
    pub booked: i64,
    pub booked_amount: i64,
    /// Tokens issued.
    pub released: i64,
    pub paid: i64,
    pub paid_amount: i64,
    pub incidents: i64,
}

/// One line of what we have of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema, sea_orm::FromQueryResult)]
#[schema(as = StatementLine)]
pub struct StatementLine {
    /// Of the booking, token, payment or incident; lines come in its order.
    pub id: String,
    /// `booked`, `released`, `paid` or `incident`.
    pub event: String,
    pub at_ms: i64,
    /// The journey; nothing for an incident that leads to none of ours.
    pub journey: Option<String>,
    pub loan_number: Option<String>,
    /// Fen.
    pub amount: Option<i64>,
    pub payment_reference: Option<String>,
    pub paid_at_ms: Option<i64>,
    /// SHA-256 of a token's word, hex.
    pub token_digest: Option<String>,
    pub finding: Option<String>,
}

/// A day as it stands in an address: `2026-11-21`.
pub fn parse(text: &str) -> Result<Date> {
    text.parse().map_err(|_| {
        Error::field(
            "day",
            "malformed",
            "日期应为 2026-11-21 这样的写法。",
            "A day is written as 2026-11-21.",
        )
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::model::{BookingId, TokenId};
    use super::super::receipt::ReceiptId;
    use super::*;
    use crate::vault::SubjectId;

    fn line() -> Line {
        Line {
            id: LineId::stored("rln_1".to_owned()),
            day: date(2026, 11, 21),
            payment_reference: "PAY-1".to_owned(),
            loan_number: Some("L-1".to_owned()),
            amount: 100,
            paid_at_ms: 5,
            kept_at_ms: 9,
        }
    }

    fn booking(case: &str) -> Booking {
        Booking {
            id: BookingId::stored("bkg_1".to_owned()),
            case: case.to_owned(),
            subject: SubjectId::stored("sub_1".to_owned()),
            loan_number: "L-1".to_owned(),
            terms_digest: String::new(),
            amount: 100,
            payee_digest: String::new(),
            account_mark: String::new(),
            payee_masked: String::new(),
            booked_at_ms: 1,
        }
    }

    fn receipt(amount: i64) -> Receipt {
        Receipt {
            id: ReceiptId::stored("rcp_1".to_owned()),
            case: "jny_1".to_owned(),
            subject: SubjectId::stored("sub_1".to_owned()),
            token: None,
            payment_reference: "PAY-1".to_owned(),
            channel_reference: None,
            amount,
            account_mark: String::new(),
            payee_masked: String::new(),
            paid_at_ms: 5,
            request_digest: "d".to_owned(),
            recorded_at_ms: 6,
        }
    }

    #[test]
    fn a_line_says_what_was_reported_or_differs_in_one_way() {
        let token = Token {
            id: TokenId::stored("rtk_1".to_owned()),
            case: "jny_1".to_owned(),
            booking: BookingId::stored("bkg_1".to_owned()),
            no: 1,
            word_digest: String::new(),
            issued_at_ms: 1,
            expires_at_ms: 9,
            used_at_ms: None,
            revoked_at_ms: None,
            break_glass: None,
        };
        let revoked = |at_ms| Token {
            revoked_at_ms: Some(at_ms),
            ..token.clone()
        };
        let (fell, later) = (revoked(5), revoked(6));
        let (right, less) = (receipt(100), receipt(95));
        let (own, other) = (booking("jny_1"), booking("jny_2"));
        let (token, none) = (Some(&token), None);
        for (receipt, booking, token, expected) in [
            (Some(&right), Some(&own), none, None),
            (Some(&right), None, none, Some(Finding::LoanDiffers)),
            (Some(&less), Some(&own), token, Some(Finding::SumDiffers)),
            (
                Some(&right),
                Some(&other),
                token,
                Some(Finding::LoanDiffers),
            ),
            (None, Some(&own), token, Some(Finding::Unreported)),
            (None, Some(&own), none, Some(Finding::NoToken)),
            (None, Some(&own), Some(&fell), Some(Finding::TokenRevoked)),
            (None, Some(&own), Some(&later), Some(Finding::Unreported)),
            (None, None, none, Some(Finding::UnknownReference)),
        ] {
            let ours = Ours {
                namesake: None,
                receipt,
                booking,
                token,
            };
            assert_eq!(line().finding(&ours), expected, "{ours:?}");
        }
        let again = Ours {
            namesake: Some(&line()),
            receipt: Some(&right),
            booking: Some(&own),
            token,
        };
        assert_eq!(line().finding(&again), Some(Finding::ReferenceReused));
    }
}
