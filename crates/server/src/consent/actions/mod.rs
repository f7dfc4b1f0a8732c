//! Verbs of consent.

pub mod adverse;
pub mod bureau;
pub mod consents;
pub mod notices;
pub mod outreach;
pub mod replies;
