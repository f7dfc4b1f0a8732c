//! What the ledger itself swears to.

use serde::Serialize;

use super::Sworn;

/// Bodies and salts of these entries were destroyed; the tree goes on holding their commitments. Case: the subject.
#[derive(Debug, Serialize)]
pub struct Forgotten<'a> {
    pub subject: &'a str,
    /// Log indexes, strictly ascending.
    pub indexes: &'a [i64],
}

impl Sworn for Forgotten<'_> {
    const KIND: &'static str = proof::fact::FORGOTTEN;
}
