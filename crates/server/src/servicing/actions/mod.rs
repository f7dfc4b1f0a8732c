//! Verbs of servicing: one transaction each.

mod ask;
mod change;
mod open;
mod report;

pub use ask::{cool_off, settle};
pub use change::open_change;
pub use open::open;
pub use report::{Reported, report};
