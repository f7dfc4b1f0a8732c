//! What this room swears to. The case is the journey.

use serde::Serialize;

use super::model::{Audience, Step};
use super::total_cost::{By, Seen};
use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    Prepared => "disclosure.prepared.v1",
    Superseded => "disclosure.superseded.v1",
    Shown => "disclosure.shown.v1",
    Read => "disclosure.read.v1",
    Answered => "disclosure.answered.v1",
    Confirmed => "disclosure.confirmed.v1",
    Reopened => "disclosure.reopened.v1",
    Printed => "disclosure.printed.v1",
    TotalCostPrepared => "disclosure.total_cost_prepared.v1",
    TotalCostShown => "disclosure.total_cost_shown.v1",
    TotalCostConfirmed => "disclosure.total_cost_confirmed.v1",
    TotalCostScanLookedAt => "disclosure.total_cost_scan_looked_at.v1",
    TotalCostPrinted => "disclosure.total_cost_printed.v1",
}

/// The sheet was made from final terms.
#[derive(Serialize)]
pub struct Prepared<'a> {
    pub terms_digest: &'a str,
    pub sheet_digest: &'a str,
    pub product: &'a str,
    pub product_version: i64,
    pub audience: Audience,
    pub reading_ms: i64,
    pub composite_ppm: i64,
    pub total_repaid: i64,
}

/// Other terms became final: this sheet is no longer in force, whatever the person did with it.
#[derive(Serialize)]
pub struct Superseded<'a> {
    pub sheet_digest: &'a str,
    pub terms_digest: &'a str,
    /// Where the person had come with it.
    pub step: Step,
    /// The terms that take its place.
    pub by_terms_digest: &'a str,
}

/// The sheet appeared on the person's screen; the reading clock started.
#[derive(Serialize)]
pub struct Shown<'a> {
    pub sheet_digest: &'a str,
    pub reading_ms: i64,
}

/// The person read to the end.
#[derive(Serialize)]
pub struct Read<'a> {
    pub sheet_digest: &'a str,
    pub after_ms: i64,
}

/// The person answered the questions.
#[derive(Serialize)]
pub struct Answered<'a> {
    pub sheet_digest: &'a str,
    pub outcome: Outcome,
    pub tries: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Right,
    Wrong,
}

/// The person confirmed exactly this sheet.
#[derive(Serialize)]
pub struct Confirmed<'a> {
    pub sheet_digest: &'a str,
    pub terms_digest: &'a str,
}

/// Reading starts over, because the link was opened anew before it was finished.
#[derive(Serialize)]
pub struct Reopened<'a> {
    pub sheet_digest: &'a str,
}

/// The sheet exists as a document for print.
#[derive(Serialize)]
pub struct Printed<'a> {
    pub sheet_digest: &'a str,
    pub pdf_sha256: &'a str,
    pub pdf_sm3: &'a str,
    pub bytes: i64,
}

/// 放款前费用告知书 was made, from a confirmed sheet and the account that was chosen.
#[derive(Serialize)]
pub struct TotalCostPrepared<'a> {
    pub notice_digest: &'a str,
    pub sheet_digest: &'a str,
    pub terms_digest: &'a str,
    pub total_repaid: i64,
    pub reading_ms: i64,
}

/// It appeared on the person's screen; its reading clock started.
#[derive(Serialize)]
pub struct TotalCostShown<'a> {
    pub notice_digest: &'a str,
    pub reading_ms: i64,
}

/// The person knows exactly this: said on the phone, or signed on the paper of this scan.
#[derive(Serialize)]
pub struct TotalCostConfirmed<'a> {
    pub notice_digest: &'a str,
    pub terms_digest: &'a str,
    pub by: By,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<&'a str>,
}

/// A member of staff (the seat), another than the one who scanned it, looked at the paper that came back.
#[derive(Serialize)]
pub struct TotalCostScanLookedAt<'a> {
    pub notice_digest: &'a str,
    pub scan: &'a str,
    pub scanned_by: &'a str,
    pub seen: Seen,
}

/// It exists as a document for print.
#[derive(Serialize)]
pub struct TotalCostPrinted<'a> {
    pub notice_digest: &'a str,
    pub pdf_sha256: &'a str,
    pub pdf_sm3: &'a str,
    pub bytes: i64,
}
