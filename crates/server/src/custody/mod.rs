//! The desk in front of the vault: what staff see of subjects, and what a person sees of themselves.
//!
//! Promises: everything is masked until one item is opened, with a right, a purpose that has a live grant and a reason;
//! who opened what is shown to the person by role, to colleagues by name; a destruction takes two people and leaves a
//! certificate, printed again when it has become final.
//!
//! Not here: personal data. The vault keeps what there is to keep.

mod certificate;
mod facts;
mod http;
mod jobs;
mod print;
mod store;

pub use http::routes;
pub use jobs::jobs;
pub use store::MIGRATIONS;
