//! The protected loan journey: from the lender's request to the answer whether money may move.
//!
//! Promises: a journey asks only what its product version requires; the borrower's link works until it expires; the
//! release answer names every missing protection and never allows what is not proved; steps come in the product's order, and
//! every act of a person at a step passes through [`actions::at_step`].

mod actions;
mod assist;
mod break_glass;
mod change;
mod changes;
mod comparison;
mod completeness;
mod console;
mod contacts;
mod documents;
mod facts;
mod follow;
mod forget;
mod glances;
mod h5;
mod holds;
mod jobs;
mod kind;
mod known;
mod line;
mod listed;
mod log;
mod me;
mod model;
mod money;
mod overview;
mod parties;
mod partner;
mod partner_consent;
mod population;
mod quorum;
mod recorded;
mod refusal;
mod release;
mod reminders;
mod request;
mod steps;
mod store;
mod taken;
mod timeline;
mod views;
mod words;

pub use actions::{
    NewChange, Opened, Opening, Waiting, decide, end_change, hold_for, lift_for, open, open_change,
    opened_before, supply,
};
pub use changes::{ChangeRequest, InForce, TermsChange, changes_in_force, terms_on};
pub use comparison::{Owed, OwedBy, in_proportion};
pub use completeness::{
    Brief, Cell, CellState, Column, Completeness, briefs, columns, completeness,
};
pub use documents::bundle;
pub use follow::{advance, run};
pub use forget::forget_again;
pub use glances::{look_around, watch};
pub use holds::HoldId;
pub use jobs::jobs;
pub use kind::Kind;
pub use known::{Known, any_destroyed, is_forgotten, known, of_subject, own};
pub use listed::{Listed, exists, listed};
pub use model::Came;
pub use overview::{
    Blocked, DayCount, StepCount, blocked, by_day, by_step, glasses_asked, holds_standing,
};
pub use partner::{JourneyView, idempotency_key, view as lender_view};
pub use population::{Outcome, Population, loans, opened};
pub use release::{Decision, Missing, Release};
pub use request::{Borrower, BusinessGiven, OpenRequest, key_fits};
pub use store::MIGRATIONS;
pub use taken::bundle_taken;

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
        .merge(timeline::routes())
        .merge(log::routes())
        .merge(assist::routes())
        .merge(partner::routes())
        .merge(money::routes())
        .merge(recorded::routes())
        .merge(holds::routes())
        .merge(break_glass::routes())
        .merge(parties::routes())
        .merge(changes::routes())
        .merge(contacts::routes())
        .merge(partner_consent::routes())
}
