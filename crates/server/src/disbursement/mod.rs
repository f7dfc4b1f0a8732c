//! 放款: what was shown and signed is what is booked, and money moves only on a token that says so.
//!
//! Promises: a booking equals the terms that the borrower confirmed, field by field, pays the whole principal, and pays the
//! borrower's own account; a token is leave to pay one loan once, for a short time, to that account; one token lives at a
//! time. The journey says whether the money may move, and hands over what is signed.
//!
//! Not here: account numbers. A booking keeps a keyed mark, a salted digest and a mask; the number is gone with the request.

mod actions;
mod difference;
mod facts;
mod model;
mod payee;
mod refusal;
mod store;

pub use actions::{Ground, Issued, Outcome, book, issue, may_change};
pub use facts::Booked as BookedFact;
pub use model::{Book, Booking, BookingId, BookingRequest, Loan, TokenId};
pub use payee::{Chosen, account_mark};
pub use refusal::Refused;
pub use store::{MIGRATIONS, forget};

/// The key files of this room.
pub const KEYS: &[&str] = &[payee::KEY];
