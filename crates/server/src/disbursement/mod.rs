//! 放款: what was shown and signed is what is booked, and money moves only on a token that says so.
//!
//! Promises: a booking equals the terms that the borrower confirmed, field by field, pays the whole principal, and pays the
//! borrower's own account; a token is leave to pay one loan once, for a short time, to that account; one token lives at a
//! time; a payment that was made is always recorded, and what is wrong with it stays an incident until two people closed it.
//! The journey says whether the money may move, and hands over what is signed.
//!
//! Not here: account numbers. A booking keeps a keyed mark, a salted digest and a mask; the number is gone with the request.

mod actions;
mod difference;
mod facts;
mod http;
mod incident;
mod model;
mod payee;
mod receipt;
mod refusal;
mod store;

pub use actions::{
    Ground, Issued, Outcome, Particulars, Payable, Received, book, issue, may_change, paid,
    receive, revoke,
};
pub use facts::{Booked as BookedFact, Revoked};
pub use http::routes;
pub use incident::{Finding, Incident, tells_numbers};
pub use model::{Book, Booking, BookingId, BookingRequest, Loan, TokenId};
pub use payee::{Chosen, account_mark};
pub use receipt::{Hold, Paid, Protections, Receipt, ReceiptRequest};
pub use refusal::Refused;
pub use store::{MIGRATIONS, forget};

/// The key files of this room.
pub const KEYS: &[&str] = &[payee::KEY];
