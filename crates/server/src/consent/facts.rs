//! What this room swears to: which notice, by its digest, and what a person decided about it.

use serde::Serialize;

use super::bureau::Denial;
use super::model::ConsentKind;
use super::notice::BureauPurpose;
use crate::ledger::Sworn;

/// Somebody drafted a version of a notice. The case is the notice.
#[derive(Serialize)]
pub struct NoticeProposed<'a> {
    pub code: &'a str,
    pub version: i64,
    pub kind: ConsentKind,
    pub digest: &'a str,
}

impl Sworn for NoticeProposed<'_> {
    const KIND: &'static str = "consent.notice_proposed.v1";
}

/// Two people put a version into force.
#[derive(Serialize)]
pub struct NoticePublished<'a> {
    pub code: &'a str,
    pub version: i64,
    pub kind: ConsentKind,
    pub digest: &'a str,
    pub proposer: &'a str,
    pub publisher: &'a str,
    pub valid_from_ms: i64,
}

impl Sworn for NoticePublished<'_> {
    const KIND: &'static str = "consent.notice_published.v1";
}

/// Somebody answered a message that they want no more marketing. Case: the institution.
#[derive(Serialize)]
pub struct OptedOut<'a> {
    /// The gateway's id of the answer.
    pub reply: &'a str,
    /// Consents that ended by it.
    pub withdrawn: i64,
}

impl Sworn for OptedOut<'_> {
    const KIND: &'static str = "consent.opted_out.v1";
}

/// What each fact about a person's decision says. The case is the journey.
#[derive(Serialize)]
pub struct Decided<'a> {
    pub consent: &'a str,
    pub notice: &'a str,
    pub code: &'a str,
    pub kind: ConsentKind,
    /// SHA-256 of exactly what was on the screen.
    pub digest: &'a str,
}

/// A notice appeared on the person's screen.
#[derive(Serialize)]
pub struct Shown<'a> {
    #[serde(flatten)]
    pub about: Decided<'a>,
}

impl Sworn for Shown<'_> {
    const KIND: &'static str = "consent.shown.v1";
}

/// The person took note; nothing was agreed to.
#[derive(Serialize)]
pub struct Acknowledged<'a> {
    #[serde(flatten)]
    pub about: Decided<'a>,
}

impl Sworn for Acknowledged<'_> {
    const KIND: &'static str = "consent.acknowledged.v1";
}

/// The person agreed.
#[derive(Serialize)]
pub struct Given<'a> {
    #[serde(flatten)]
    pub about: Decided<'a>,
    pub valid_until_ms: Option<i64>,
    /// The one-time code that confirmed it, where one was asked for.
    pub confirmed_by: Option<&'a str>,
}

impl Sworn for Given<'_> {
    const KIND: &'static str = "consent.given.v1";
}

/// The person did not agree.
#[derive(Serialize)]
pub struct Declined<'a> {
    #[serde(flatten)]
    pub about: Decided<'a>,
}

impl Sworn for Declined<'_> {
    const KIND: &'static str = "consent.declined.v1";
}

/// The person took a consent back; the grants and the queued work that rested on it ended with it.
#[derive(Serialize)]
pub struct Withdrawn<'a> {
    #[serde(flatten)]
    pub about: Decided<'a>,
    pub grants_ended: u64,
    pub jobs_cancelled: u64,
}

impl Sworn for Withdrawn<'_> {
    const KIND: &'static str = "consent.withdrawn.v1";
}

/// The receipt of a decision was printed.
#[derive(Serialize)]
pub struct ReceiptPrinted<'a> {
    pub consent: &'a str,
    pub digest: &'a str,
    pub pdf_sha256: &'a str,
    pub pdf_sm3: &'a str,
    pub bytes: i64,
}

impl Sworn for ReceiptPrinted<'_> {
    const KIND: &'static str = "consent.receipt_printed.v1";
}

/// The lender asked whether the bureau may be queried, and was answered.
#[derive(Serialize)]
pub struct BureauAsked<'a> {
    pub query: &'a str,
    pub purpose: BureauPurpose,
    /// Absent when allowed.
    pub denial: Option<Denial>,
    pub authority: Option<&'a str>,
}

impl Sworn for BureauAsked<'_> {
    const KIND: &'static str = "consent.bureau_asked.v1";
}

/// A marketing message waits for its time.
#[derive(Serialize)]
pub struct MessageQueued<'a> {
    pub message: &'a str,
    pub consent: &'a str,
    pub template: &'static str,
    pub send_at_ms: i64,
}

impl Sworn for MessageQueued<'_> {
    const KIND: &'static str = "consent.message_queued.v1";
}

/// The gateway took a marketing message.
#[derive(Serialize)]
pub struct MessageSent<'a> {
    pub message: &'a str,
    pub consent: &'a str,
    pub template: &'static str,
}

impl Sworn for MessageSent<'_> {
    const KIND: &'static str = "consent.message_sent.v1";
}

/// Items are to be given to a partner.
#[derive(Serialize)]
pub struct ProvisionQueued<'a> {
    pub provision: &'a str,
    pub consent: &'a str,
    pub recipient: &'a str,
    pub items: &'a [String],
}

impl Sworn for ProvisionQueued<'_> {
    const KIND: &'static str = "consent.provision_queued.v1";
}

/// A partner took items; the digest is that of the whole body, which holds a nonce.
#[derive(Serialize)]
pub struct Provided<'a> {
    pub provision: &'a str,
    pub consent: &'a str,
    pub recipient: &'a str,
    pub items: &'a [String],
    pub digest: &'a str,
}

impl Sworn for Provided<'_> {
    const KIND: &'static str = "consent.provided.v1";
}

/// Queued work met a consent that had ended, and was not done.
#[derive(Serialize)]
pub struct WorkStopped<'a> {
    pub work: &'a str,
    pub consent: &'a str,
}

impl Sworn for WorkStopped<'_> {
    const KIND: &'static str = "consent.work_stopped.v1";
}

/// The person is to be told before bad information is reported.
#[derive(Serialize)]
pub struct AdverseTold<'a> {
    pub notice: &'a str,
    /// Fen.
    pub overdue: i64,
    pub due_date: String,
    pub report_on: String,
}

impl Sworn for AdverseTold<'_> {
    const KIND: &'static str = "consent.adverse_told.v1";
}

/// The gateway took the message that tells it.
#[derive(Serialize)]
pub struct AdverseSent<'a> {
    pub notice: &'a str,
}

impl Sworn for AdverseSent<'_> {
    const KIND: &'static str = "consent.adverse_sent.v1";
}

/// It was on the person's screen.
#[derive(Serialize)]
pub struct AdverseSeen<'a> {
    pub notice: &'a str,
}

impl Sworn for AdverseSeen<'_> {
    const KIND: &'static str = "consent.adverse_seen.v1";
}
