//! The counter (柜面): staff help a borrower on the institution's own tablet, and keep what was signed on paper.
//!
//! Promises: whoever helps is sworn to before and when the tablet opens; the borrower still enters the code sent to
//! their own phone; an assistance opens one session, within half an hour, and ends with that session. A scan is kept
//! once, sealed under the person's key, and whoever opens it leaves a fact.
//!
//! Not here: any step of a journey. The borrower's acts stay the borrower's.

mod actions;
mod facts;
mod model;
mod refusal;
mod scan;
mod store;

pub use actions::{
    NewScan, Opened, check, current, enter, find_scan, forget_files, keep_scan, must_have_opened,
    open_scan, remove_scan, scans, seal_scan, start, store_scan,
};
pub use model::{Assistance, AssistanceId};
pub use refusal::Refusal;
pub use scan::{BYTES_MAX as SCAN_BYTES_MAX, Scan, ScanId};
pub use store::{MIGRATIONS, forget};
