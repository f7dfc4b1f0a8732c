//! What this room swears to.

use serde::Serialize;

use crate::ledger::Sworn;

/// Somebody proposed a version. The case is the product.
#[derive(Serialize)]
pub struct Proposed<'a> {
    pub version: i64,
    pub digest: &'a str,
}

impl Sworn for Proposed<'_> {
    const KIND: &'static str = "product.proposed.v1";
}

/// Two people released a version.
#[derive(Serialize)]
pub struct Released<'a> {
    pub version: i64,
    pub digest: &'a str,
    pub proposer: &'a str,
    pub approver: &'a str,
    pub alerts: &'a [&'static str],
}

impl Sworn for Released<'_> {
    const KIND: &'static str = "product.released.v1";
}
