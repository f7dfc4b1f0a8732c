//! What this room swears to. The case is the journey; accounts stand here as digests that nobody can guess back.

use serde::Serialize;

use super::day::Outcome;
use super::incident::Finding;
use crate::ledger::Sworn;

/// Who named the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedBy {
    Borrower,
    Lender,
}

/// Why a token counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Revoked {
    /// By a hold.
    Stopped,
    Cancelled,
    /// A step that the loan rests on was taken back.
    ProtectionLost,
}

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    Booked => "disbursement.booked.v1",
    BookingRefused => "disbursement.booking_refused.v1",
    BookingSuperseded => "disbursement.booking_superseded.v1",
    TokenIssued => "disbursement.token_issued.v1",
    BreakGlass => "disbursement.break_glass.v1",
    TokenRevoked => "disbursement.token_revoked.v1",
    Paid => "disbursement.paid.v1",
    IncidentOpened => "disbursement.incident_opened.v1",
    IncidentHandled => "disbursement.incident_handled.v2",
    Restored => "disbursement.restored.v1",
    RestoreReconciled => "disbursement.restore_reconciled.v1",
    Reconciled => "disbursement.reconciled.v3",
    IncidentClosed => "disbursement.incident_closed.v2",
}

/// The lender booked what the borrower confirmed.
#[derive(Serialize)]
pub struct Booked<'a> {
    pub booking: &'a str,
    pub terms_digest: &'a str,
    /// Fen.
    pub amount: i64,
    pub payee_digest: &'a str,
    pub payee_named_by: NamedBy,
}

/// The lender tried to book something else.
#[derive(Serialize)]
pub struct BookingRefused<'a> {
    /// Paths of the fields that differ, never what stood in them.
    pub fields: &'a [&'a str],
}

/// Other terms were disclosed and booked.
#[derive(Serialize)]
pub struct BookingSuperseded<'a> {
    pub booking: &'a str,
    pub by_terms_digest: &'a str,
}

/// The money may move, once, until then.
#[derive(Serialize)]
pub struct TokenIssued<'a> {
    pub token: &'a str,
    /// SHA-256 of the token's word.
    pub token_digest: &'a str,
    pub booking: &'a str,
    pub terms_digest: &'a str,
    /// Fen.
    pub amount: i64,
    pub payee_digest: &'a str,
    /// Entries under the checkpoint that the token names.
    pub checkpoint_size: u64,
    pub expires_at_ms: i64,
    pub break_glass: bool,
}

/// The token of this name sets protections aside, as two people decided.
#[derive(Serialize)]
pub struct BreakGlass<'a> {
    pub token: &'a str,
    /// The two people's decision, in the same case.
    pub decision: &'a str,
    /// Codes of exactly these.
    pub missing: &'a [String],
}

/// A token that was out counts no more.
#[derive(Serialize)]
pub struct TokenRevoked<'a> {
    pub token: &'a str,
    pub cause: Revoked,
}

/// The lender reported a payment.
#[derive(Serialize)]
pub struct Paid<'a> {
    pub receipt: &'a str,
    /// The token that was paid on, when it is one of ours.
    pub token: Option<&'a str>,
    /// Fen.
    pub amount: i64,
    pub payee_digest: &'a str,
    /// By the payment system's clock.
    pub paid_at_ms: i64,
    pub findings: &'a [&'a str],
}

/// Something is wrong with a payment.
#[derive(Serialize)]
pub struct IncidentOpened<'a> {
    pub incident: &'a str,
    pub finding: Finding,
    pub source: &'a str,
}

/// The seat of this fact said what was done.
#[derive(Serialize)]
pub struct IncidentHandled<'a> {
    pub incident: &'a str,
    /// SHA-256 of their words.
    pub words_digest: &'a str,
    /// SHA-256 of the number of the payment that gave money back.
    pub refund_digest: Option<&'a str>,
}

/// The seat of this fact agreed.
#[derive(Serialize)]
pub struct IncidentClosed<'a> {
    pub incident: &'a str,
    pub finding: Finding,
    /// SHA-256 of the words they agreed with.
    pub words_digest: &'a str,
}

/// A day's payments were compared with the lender's books. The case is the comparison.
#[derive(Serialize)]
pub struct Reconciled<'a> {
    /// Civil, in Asia/Shanghai.
    pub day: &'a str,
    pub outcome: Outcome,
    /// Payments in the lender's books.
    pub lines: i64,
    /// Their sum, fen.
    pub lines_amount: i64,
    /// Payments reported to us.
    pub receipts: i64,
    /// Their sum, fen.
    pub receipts_amount: i64,
    pub differences: i64,
    /// Rows of the lender's files of the day that were not taken, and so not compared.
    pub refused: i64,
    /// Payments that were reported once their people's data was destroyed, and so not compared.
    pub forgotten: i64,
}

/// The institution's house came back from a backup: nobody here knows what was paid since. The case is the restore.
#[derive(Serialize)]
pub struct Restored<'a> {
    pub backup: &'a str,
    /// When the backup was taken, UTC ms.
    pub taken_at_ms: i64,
}

/// The seat of this fact said that the payments since the backup were reported again.
#[derive(Serialize)]
pub struct RestoreReconciled<'a> {
    pub backup: &'a str,
}
