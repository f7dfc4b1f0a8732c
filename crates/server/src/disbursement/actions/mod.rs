//! Verbs of disbursement. Each works inside a transaction of the journey's, which holds the journey's row, and records its
//! own fact.

mod book;
mod books;
mod incidents;
mod receive;
mod reconcile;
mod restores;
mod token;

pub use book::{Outcome, book};
pub use books::{Entered, InBooks, enter};
pub use incidents::{close, handle, open as open_incident};
pub use receive::{Particulars, Payable, Received, paid, receive};
pub use reconcile::{begin as begin_comparison, compare_anew, run as run_comparison};
pub use restores::{is_unreconciled, reconcile_restore, restored};
pub use token::{Ground, Issued, issue, may_change, must_be_booked, revoke};
