//! 签署: the borrower signs what was shown.
//!
//! Promises: a contract template comes into force by two people and leaves open only what the program can fill; what a person
//! signs is fixed when they confirm the cost sheet, and other terms take its place; nobody signs by a one-time code alone,
//! nor by one for another set: a check of identity for this very set, in which the person takes part, goes before it; each try
//! has a key of its own that nobody keeps, and the next one abandons it with its certificate; exactly one signed set is ever sworn to, after our own check of every signature.
//!
//! Not here: a private key of a borrower, a document that is not sealed.

mod actions;
mod amounts;
mod attempt;
mod authority;
mod facts;
mod files;
mod handwriting;
mod http;
mod intent;
mod issued;
mod jobs;
mod paper;
mod placeholder;
mod preview;
mod print;
mod refusal;
mod signatures;
mod store;
mod template;
mod tries;
mod view;

pub use actions::intents::{
    Prepare, Yes, ask_code, authorise, draw, may_draw, open, over, prepare, readied, supersede, yes,
};
pub use actions::templates::{propose, publish};
pub use attempt::{Made, Outcome, attempt, conclude};
pub use files::forget_files;
pub use handwriting::keep_handwriting;
pub use http::routes;
pub use intent::{Ended, Intent, State};
pub use issued::{Issued, IssuedKind, issue, issued, issued_name};
pub use jobs::jobs;
pub use paper::Paper;
pub use refusal::Refused;
pub use store::MIGRATIONS;
pub use store::intents::forget;
pub use store::templates::{drafts as template_drafts, newest as newest_template};
pub use template::{Content, Signer, Template, TemplateId, TemplateState};
pub use view::{SealedPaper, SignedPdf, SigningView, holder, paper, progress, read, signed, view};

/// The key files of this room.
pub const KEYS: &[&str] = &[authority::KEY];
