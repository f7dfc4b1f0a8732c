//! Third persons of a case: emergency contacts, and the relative whom an elder wants told.
//!
//! Promises: nobody has to be named; each is kept under a key of their own, told by a message of their own who named them
//! and for what, once it is sure who did, and may be opened to reach the borrower only after that; no message tells a
//! figure of the loan, and no phone gets many. A refusal to name somebody counts: nobody learns by trying. They go at once when they, the borrower or staff on their behalf say so, and are not named again by that borrower, or by anybody.

mod actions;
mod facts;
mod http;
mod jobs;
mod model;
mod read;
mod refusal;
mod store;
mod token;

pub use actions::{Naming, end_of_case, end_resting_on, name, refuse_told, tell_named};
pub use http::{ContactView, routes};
pub use jobs::jobs;
pub use model::{Contact, Relation, Role};
pub use read::{of_case, relative_waits_until, views};
pub use store::{MIGRATIONS, forget};

/// The key files of this room.
pub const KEYS: &[&str] = &[token::KEY];
