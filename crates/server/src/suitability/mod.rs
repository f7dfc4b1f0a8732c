//! Does the loan fit the person: what they earn, owe and need it for, and what the lender decides.
//!
//! Promises: the assessment is pure and its rules are dated configuration with their sources; a refusal names every
//! reason in words, and a person may have a human look at it who did not decide it before (PIPL 24); students are refused
//! kindly and told where else to turn; a loan that asks more than was assessed is assessed again, and figures supplied for
//! one case decide no other; amounts of income and debts rest in the vault and stand in no fact.

mod actions;
mod decision;
mod facts;
mod http;
mod model;
mod purposes;
mod reason;
mod refusal;
mod store;
mod views;

pub use actions::{
    Declaration, Declare, Figures, SceneGiven, Supply, Weigh, ask_review, close_review, decide,
    declare, supply, weigh,
};
pub use decision::{Approved, Given, GivenReason, Made, Ruling};
pub use facts::Decided as DecidedFact;
pub use facts::SETTLED;
pub use http::routes;
pub use model::{Burden, Occupation, Outcome, Step, Studying, Verdict};
pub use purposes::{PURPOSES, Purpose, purpose_of};
pub use refusal::Refused;
pub use store::due as reviews_due;
pub use store::{MIGRATIONS, forget};
pub use views::{
    AffordabilityView, DecisionView, affordability, approved, assessed, credit_decision, progress,
};
