//! What this room swears to. The case is the journey; accounts stand here as digests that nobody can guess back.

use serde::Serialize;

use crate::ledger::Sworn;

/// Who named the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedBy {
    Borrower,
    Lender,
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
