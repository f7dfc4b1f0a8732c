//! Verbs of signing.

pub mod intents;
pub mod templates;
