//! What this room swears to. The case is the batch or the file; digests and numbers, no rows.

use jiff::civil::Date;
use serde::Serialize;

use super::model::{FileKind, Listed};
use crate::ledger::Sworn;

/// The files of a day were made.
#[derive(Serialize)]
pub struct Made<'a> {
    pub day: Date,
    pub part: i64,
    pub from: i64,
    pub to: i64,
    pub files: &'a [Listed],
    pub manifest_sha256: &'a str,
}

impl Sworn for Made<'_> {
    const KIND: &'static str = "batch.made.v1";
}

/// They lie where the lender fetches them.
#[derive(Serialize)]
pub struct Delivered {
    pub deliveries: i64,
}

impl Sworn for Delivered {
    const KIND: &'static str = "batch.delivered.v1";
}

/// A member of staff has them delivered once more.
#[derive(Serialize)]
pub struct SentAgain {}

impl Sworn for SentAgain {
    const KIND: &'static str = "batch.sent_again.v1";
}

/// A file of the lender's was taken; its rows follow.
#[derive(Serialize)]
pub struct Received<'a> {
    pub kind: FileKind,
    pub sha256: &'a str,
    pub rows: i64,
}

impl Sworn for Received<'_> {
    const KIND: &'static str = "batch.received.v1";
}

/// Every row was gone through.
#[derive(Serialize)]
pub struct Ended {
    pub rows: i64,
    pub refused: i64,
}

impl Sworn for Ended {
    const KIND: &'static str = "batch.ended.v1";
}

/// A file was not taken at all.
#[derive(Serialize)]
pub struct NotTaken<'a> {
    pub sha256: &'a str,
    pub reason: &'a str,
}

impl Sworn for NotTaken<'_> {
    const KIND: &'static str = "batch.not_taken.v1";
}
