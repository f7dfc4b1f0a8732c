//! What this room swears to. The case is the entry.

use serde::Serialize;

use crate::ledger::Sworn;

/// Somebody proposed an entry.
#[derive(Serialize)]
pub struct Proposed<'a> {
    pub digest: &'a str,
    pub kind: &'a str,
    pub credit_code: &'a str,
}

impl Sworn for Proposed<'_> {
    const KIND: &'static str = "roster.proposed.v1";
}

/// Two people put an entry on the list.
#[derive(Serialize)]
pub struct Published<'a> {
    pub digest: &'a str,
    pub proposer: &'a str,
    pub approver: &'a str,
}

impl Sworn for Published<'_> {
    const KIND: &'static str = "roster.published.v1";
}

/// An entry was taken off the list, or a draft given up.
#[derive(Serialize)]
pub struct Withdrawn<'a> {
    pub digest: &'a str,
}

impl Sworn for Withdrawn<'_> {
    const KIND: &'static str = "roster.withdrawn.v1";
}
