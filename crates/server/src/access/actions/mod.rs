//! Verbs of access, one file for each noun they act on.

pub mod codes;
pub mod institutions;
pub mod links;
pub mod partners;
pub mod retention;
pub mod settings;
pub mod staff;
pub mod tickets;
