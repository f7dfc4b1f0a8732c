//! What this room swears to. The case is the one that is helped with.

use serde::Serialize;

use crate::ledger::Sworn;

/// A member of staff (the seat) readied a tablet for the borrower.
#[derive(Serialize)]
pub struct AssistanceStarted<'a> {
    pub assistance: &'a str,
    pub expires_at_ms: i64,
}

impl Sworn for AssistanceStarted<'_> {
    const KIND: &'static str = "counter.assistance_started.v1";
}

/// The borrower (the seat) entered on that tablet; what they do in this session was helped with.
#[derive(Serialize)]
pub struct AssistanceEntered<'a> {
    pub assistance: &'a str,
    pub staff: &'a str,
    pub session: &'a str,
}

impl Sworn for AssistanceEntered<'_> {
    const KIND: &'static str = "counter.assistance_entered.v1";
}
