//! Verbs of access, one file for each noun they act on.

pub mod account;
pub mod changes;
pub mod codes;
pub mod factors;
pub mod institutions;
pub mod invitations;
pub mod links;
pub mod loosenings;
pub mod oidc;
pub mod partners;
pub mod passkeys;
pub mod phones;
pub mod refusals;
pub mod retention;
pub mod roles;
pub mod settings;
pub mod sign_in;
pub mod staff;
pub mod tickets;
