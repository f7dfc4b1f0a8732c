//! 签署: the borrower signs what was shown.
//!
//! Promises: a contract template comes into force by two people and leaves open only what the program can fill; one layout
//! sets every template.

mod actions;
mod amounts;
mod facts;
mod http;
mod paper;
mod placeholder;
mod preview;
mod print;
mod refusal;
mod store;
mod template;

pub use actions::templates::{propose, publish};
pub use http::routes;
pub use store::MIGRATIONS;
pub use store::templates::newest as newest_template;
pub use template::{Content, Template, TemplateId, TemplateState};
