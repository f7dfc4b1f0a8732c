//! Files in and out, day by day, for lenders whose systems work that way.
//!
//! Promises: a day is handed out once it is over and proved, whole, with a manifest that comes last and names the
//! checkpoint; nothing of a person is in it but the lender's own numbers. What a lender drops is taken once, by its digest,
//! and every row goes the way that the same request over HTTP goes; a row that is refused says why and stops no other. No
//! file with particulars of a person is kept here. A day's payments may be handed in over HTTP too; they lie here until their
//! rows were gone through.

mod contract;
mod facts;
mod http;
mod incoming;
mod jobs;
mod lines;
mod model;
mod outgoing;
mod partner;
mod refusal;
mod rows;
mod store;
mod table;
mod taking;
mod transport;
mod upload;

pub use contract::contract;
pub use http::routes;
pub use jobs::{advance, jobs, run};
pub use store::MIGRATIONS;
pub use store::exchanges::troubled;
pub use store::incoming::forget;

crate::id!(
    /// The files of one day, on their way to a lender.
    OutgoingId,
    "bat"
);
crate::id!(
    /// A file that a lender dropped.
    IncomingId,
    "bin"
);
