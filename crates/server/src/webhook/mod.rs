//! Events for the lender's own systems: what happened in the house is told to addresses the lender names.
//!
//! Promises: an event is sent only when its fact is under a published checkpoint; it holds ids, never personal data; it
//! is signed as Standard Webhooks wants it; it arrives at least once, under the same id; no address inside anyone's
//! network is ever called; an address that fails for days is paused, and what it missed can be sent again.

mod actions;
mod deliver;
mod facts;
mod follow;
mod http;
mod model;
mod partner;
mod refusal;
mod store;

pub use deliver::jobs;
pub use follow::{advance, run};
pub use http::routes;
pub use store::{MIGRATIONS, failing};

crate::id!(
    /// An address of a lender that events are sent to.
    EndpointId,
    "whe"
);
crate::id!(
    /// One event on its way to one endpoint.
    DeliveryId,
    "whd"
);

/// The key file of this room: secrets of endpoints are derived from it, none is stored.
pub const KEYS: &[&str] = &[actions::KEY];
