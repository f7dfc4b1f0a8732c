//! The counter (柜面): staff help a borrower on the institution's own tablet.
//!
//! Promises: whoever helps is sworn to before and when the tablet opens; the borrower still enters the code sent to
//! their own phone; an assistance opens one session, within half an hour, and ends with that session.
//!
//! Not here: any step of a journey. The borrower's acts stay the borrower's.

mod actions;
mod facts;
mod model;
mod store;

pub use actions::{Opened, check, current, enter, start};
pub use model::{Assistance, AssistanceId};
pub use store::MIGRATIONS;
