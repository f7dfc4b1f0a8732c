//! 整改: what an inspection found, who puts it right by when, and who agrees that it is.
//!
//! Promises: whoever put something right does not accept it; a finding may stop its loan's money, and only its acceptance lets
//! that go; words are told anew or agreed with, never changed in silence;
//! what is overdue is told by the clock in civil days of China; words about a loan go with the person whose it was.

mod actions;
mod facts;
mod follow;
mod forget;
mod http;
mod model;
mod refusal;
mod store;

pub use actions::{New, accept, done, open};
pub use follow::{advance, run};
pub use forget::forget as forget_again;
pub use http::routes;
pub use model::{Money, Rectification, RectificationId, Severity};
pub use store::{MIGRATIONS, newest, overdue, soon, to_accept};
