//! Notices and what people decide about them: told, asked one by one, agreed or declined, and taken back at any time.
//!
//! Promises: a notice says what the law wants said and comes into force by two people; nothing is decided about what was
//! not on the screen, and a changed notice asks anew; each kind is asked by itself and nothing is agreed by default;
//! declining what isn't necessary costs nothing; withdrawing ends the grants and the queued work that rest on a consent,
//! and only those, in the same transaction.

mod actions;
mod adverse;
mod bureau;
mod deliver;
mod facts;
mod http;
mod jobs;
mod model;
mod notice;
mod outreach;
mod print;
mod read;
mod refusal;
mod store;

pub use actions::adverse::tell as tell_adverse;
pub use actions::asks::Ask;
pub use actions::bureau::ask as ask_bureau;
pub use actions::consents::{
    Asked, OneNotice, Wording, choose, must, see, shown, stands, withdraw,
};
pub use actions::notices::{propose, publish};
pub use actions::outreach::{Campaign, Handover, queue_message, queue_provision};
pub use adverse::{AdverseId, AdverseNotice, Arrears, Coverage};
pub use bureau::{Denial, Query, QueryId, Standing};
pub use facts::Withdrawn as WithdrawnFact;
pub use http::routes;
pub use jobs::{forget_files, jobs};
pub use model::{Choice, Consent, ConsentId, ConsentKind, NoticeId, State};
pub use notice::{BureauPurpose, Content, Document, Necessity, Notice, NoticeState, Recipient};
pub use outreach::{Message, MessageId, Provision, ProvisionId, Template, WorkState};
pub use print::receipt;
pub use read::{
    Offer, Receipt, adverse_notice, adverse_receipt, may_ask, message, newest_version, offered,
    progress, provision, queries_of, query, receipts,
};
pub use refusal::Refused;
pub use store::notices::drafts as notice_drafts;
pub use store::{MIGRATIONS, forget};
