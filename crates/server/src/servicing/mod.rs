//! 贷后服务: the loan after its money moved.
//!
//! Promises: every paid case becomes one loan, by the fact of its payment; its plan is what the borrower confirmed, found by
//! the digest of the terms and never kept a second time; whatever a lender reports as received stays reported; what it says
//! it took is compared with what was agreed, and more is an incident that two people close; other terms are held against what is
//! really owed; a borrower who withdraws or settles
//! early pays what they saw, and nobody may ask more; a loan that is over leaves a sealed proof in the borrower's hand.
//!
//! Not here: the lender's books. Which part of a payment is interest is the lender's word, or nobody's.

mod actions;
mod asked;
mod cooling_off;
mod facts;
mod follow;
mod forget;
mod http;
mod measure;
mod model;
mod owed;
mod plan;
mod proof;
mod refusal;
mod remind;
mod store;
mod view;

pub use follow::{advance, run};
pub use forget::forget_again;
pub use http::routes;
pub use store::MIGRATIONS;

use crate::jobs::{Handler, handler};

pub fn jobs() -> Vec<Handler> {
    vec![
        handler::<proof::Prove>(),
        handler::<remind::Remind>(),
        handler::<remind::SendReminder>(),
    ]
}
