//! Verbs of consent.

pub mod adverse;
pub mod asks;
pub mod bureau;
pub mod consents;
pub mod notices;
pub mod outreach;
pub mod replies;
