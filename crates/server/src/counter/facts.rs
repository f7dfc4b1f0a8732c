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

/// A member of staff (the seat) kept the scan of a document that was printed and signed on paper.
#[derive(Serialize)]
pub struct ScanKept<'a> {
    pub scan: &'a str,
    pub document_sha256: &'a str,
    pub scan_sha256: &'a str,
    pub scan_sm3: &'a str,
    pub media: &'static str,
    pub bytes: i64,
}

impl Sworn for ScanKept<'_> {
    const KIND: &'static str = "counter.scan_kept.v1";
}
