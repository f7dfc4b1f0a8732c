//! Who may do what: institutions, their staff, their partners' keys, and the borrower's link with its one-time codes.
//!
//! Promises: a secret is stored only as its digest, or derived again and not stored at all; failures are counted in the
//! database, so every node counts the same; a fresh opening of a link ends the older session; whoever acts is a typed
//! actor ([`Staff`], [`Customer`], [`Partner`]) that a handler can't make up; rights over people's access itself are given by
//! two people, and nobody widens their own.
//!
//! Not here: personal data in clear. A code reaches the phone through the vault's recorded opening.

mod actions;
mod actor;
mod facts;
mod http;
mod jobs;
mod model;
mod password;
mod reach;
mod refusal;
mod session;
mod store;
mod token;

pub use actions::changes::{changes_waiting, stands};
pub use actions::codes::{CodeSent, ask_bound, confirm_bound, enter};
pub use actions::institutions::{
    found_institution, institution, institution_by_code, institutions,
};
pub use actions::invitations::{Invited, invite_by_operator};
pub use actions::links::{
    base_url, create_link, has_entered, link_url, live_link, resolve as resolve_link,
};
pub use actions::loosenings::loosenings_waiting;
pub use actions::partners::{api_keys, issue_api_key, revoke_api_key, rotate_api_key};
pub use actions::retention::schedule;
pub use actions::settings::{change_settings, settings};
pub use actions::sign_in::{sign_in, sign_out};
pub use actions::staff::{add_staff, colleagues_with, may, staff_label};
pub use actions::tickets::{
    IssuedTicket, Leaving, embedders, enter_by_ticket, issue_ticket, keep_return, leaving,
};
pub use actor::{Customer, Partner, Staff};
pub use http::routes;
pub use jobs::jobs;
pub use model::{
    ApiKey, ApiKeyId, CodeId, CodePurpose, DueReminders, Embedding, Institution, InstitutionKind,
    Invitee, KeyState, Link, LinkId, LinkRow, LinkState, NewApiKey, NewInstitution, NewStaff,
    Opens, Right, Scope, SessionId, Settings, StaffId, TicketId, network,
};
pub use reach::{Reach, RightsHolder, reach, verified};
pub use session::{CUSTOMER_COOKIE, CUSTOMER_PATH, STAFF_COOKIE};
pub use store::links::forget;
pub use store::settings::Stored as StoredSettings;
pub use store::{LOOK_UPS, MIGRATIONS};

/// The key files of this room.
pub const KEYS: &[&str] = &[
    actions::links::LINKS_KEY,
    actions::codes::CODES_KEY,
    actions::factors::STAFF_KEY,
];
