//! 合作机构名单: the published list of the institutions a lender works with, and what no price may hold against it.
//!
//! Promises: an entry never changes once proposed; it is published by two different people and holds from day to day;
//! a price that names a collector who isn't on the list, a second guarantor or a membership fee is stopped, when its
//! version is to be released and again with every loan ([`Live::obstacles`]).
//!
//! Not here: a partner's own systems and keys; those are access's.

mod actions;
mod facts;
mod http;
mod membership;
mod model;
mod obstacle;
mod public;
mod store;
mod view;

pub use actions::{approve, propose, withdraw};
pub use model::{Draft, Entry, Kind, Refused, State};
pub use obstacle::{Live, Obstacle};
pub use store::{MIGRATIONS, drafts};
pub use view::{clear, live};

use crate::http::Routes;

crate::id!(
    /// One entry of a list.
    EntryId,
    "ros"
);

pub fn routes() -> Routes {
    Routes::new().merge(http::routes()).merge(public::routes())
}
