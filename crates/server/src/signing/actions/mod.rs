//! Verbs of signing.

pub mod templates;
