//! The protected loan journey: from the lender's request to the answer whether money may move.
//!
//! Promises: a journey asks only what its product version requires; the borrower's link works until it expires; the
//! release answer names every missing protection and never allows what is not proved; steps come in the product's order, and
//! every act of a person at a step passes through [`actions::at_step`].

mod actions;
mod assist;
mod break_glass;
mod console;
mod contacts;
mod documents;
mod facts;
mod follow;
mod forget;
mod h5;
mod holds;
mod jobs;
mod kind;
mod line;
mod listed;
mod log;
mod me;
mod model;
mod money;
mod parties;
mod partner;
mod partner_consent;
mod refusal;
mod release;
mod request;
mod steps;
mod store;
mod views;
mod words;

pub use actions::{Opened, Opening, decide, open, supply};
pub use follow::{advance, run};
pub use forget::forget_again;
pub use jobs::jobs;
pub use kind::Kind;
pub use listed::{Listed, listed};
pub use release::{Decision, Missing, Release};
pub use request::{Borrower, BusinessGiven, OpenRequest, key_fits};
pub use store::MIGRATIONS;

use crate::http::Routes;

crate::id!(
    /// One loan's way through its protections.
    JourneyId,
    "jny"
);

pub fn routes() -> Routes {
    Routes::new()
        .merge(h5::routes())
        .merge(console::routes())
        .merge(log::routes())
        .merge(assist::routes())
        .merge(partner::routes())
        .merge(money::routes())
        .merge(holds::routes())
        .merge(break_glass::routes())
        .merge(parties::routes())
        .merge(contacts::routes())
        .merge(partner_consent::routes())
}
