//! Verbs of disbursement. Each works inside a transaction of the journey's, which holds the journey's row, and records its
//! own fact.

mod book;
mod incidents;
mod receive;
mod reconcile;
mod token;

pub use book::{Outcome, book};
pub use incidents::{close, handle};
pub use receive::{Particulars, Payable, Received, paid, receive};
pub use reconcile::{Entered, InBooks, compare, compare_anew, enter};
pub use token::{Ground, Issued, issue, may_change, must_be_booked, revoke};
