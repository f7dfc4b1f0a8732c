//! 放款: what was shown and signed is what is booked, and money moves only on a token that says so.
//!
//! Promises: a booking equals the terms that the borrower confirmed, field by field, pays the whole principal, and pays the
//! borrower's own account; a token is leave to pay one loan once, for a short time, to that account; one token lives at a
//! time; a payment that was made is always recorded, and what is wrong with it stays an incident until two people closed it.
//! A day's payments are compared with the lender's books both ways, and that both say the same is a fact.
//! The journey says whether the money may move, and hands over what is signed.
//!
//! Not here: account numbers. A booking keeps a keyed mark, a salted digest and a mask; the number is gone with the request.

mod actions;
mod day;
mod difference;
mod facts;
mod http;
mod incident;
mod jobs;
mod model;
mod payee;
mod receipt;
mod refusal;
mod restore;
mod store;

pub use actions::{
    Entered, Ground, InBooks, Issued, Outcome, Particulars, Payable, Received, begin_comparison,
    book, enter, is_unreconciled, issue, may_change, must_be_booked, open_incident, paid, receive,
    restored, revoke,
};
pub use day::{StatementLine, parse as parse_day};
pub use facts::{Booked as BookedFact, Paid as PaidFact, Revoked, TokenIssued as TokenIssuedFact};
pub use http::routes;
pub use incident::{Finding, Incident, tells_numbers};
pub use jobs::jobs;
pub use model::{Book, Booking, BookingId, BookingRequest, Loan, TokenId, number_fits};
pub use payee::{Chosen, account_mark};
pub use receipt::{Hold, Paid, Protections, Receipt, ReceiptRequest};
pub use refusal::Refused;
pub use store::{
    MIGRATIONS, booked_unpaid, booking, cases_released as released, differing as days_differing,
    forget, incidents_of,
};

use std::collections::HashSet;

use jiff::civil::Date;

use crate::clock;
use crate::db::{Read, Tally};
use crate::error::Result;

/// What we have of a civil day, line by line, after a cursor.
pub async fn statement(
    view: &impl Read,
    day: Date,
    after: &str,
    limit: i64,
) -> Result<Vec<StatementLine>> {
    let from_ms = clock::start_of(day);
    store::statement(view, from_ms, from_ms + clock::DAY_MS, after, limit).await
}

/// Incidents that nobody handled yet.
pub async fn incidents_open(view: &impl Read) -> Result<Tally> {
    store::in_state(view, incident::State::Open).await
}

/// Incidents that somebody handled and somebody else is to close.
pub async fn incidents_handled(view: &impl Read) -> Result<Tally> {
    store::in_state(view, incident::State::Handled).await
}

/// Which of some cases were paid although a step that the loan rests on did not stand then.
pub async fn paid_unprotected(view: &impl Read, cases: &[&str]) -> Result<HashSet<String>> {
    store::cases_with(view, Finding::ProtectionMissing, cases).await
}

/// The key files of this room.
pub const KEYS: &[&str] = &[payee::KEY];
