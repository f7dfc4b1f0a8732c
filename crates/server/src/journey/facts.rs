//! What this room swears to. The case is the journey.

use serde::Serialize;

use super::change::Reason;
use super::comparison::Dearer;
use super::kind::Kind;
use crate::disclosure::Audience;
use crate::ledger::Sworn;
use crate::product::Channel;
use crate::vault::BusinessKind;

/// The lender opened a journey for a person.
#[derive(Serialize)]
pub struct Opened<'a> {
    pub product: &'a str,
    pub product_version: i64,
    pub subject: &'a str,
    pub audience: Audience,
    pub required: &'a [crate::product::Protection],
    pub expires_at_ms: i64,
}

impl Sworn for Opened<'_> {
    const KIND: &'static str = "journey.opened.v1";
}

/// The borrower is a business, for which the journey's person acts.
#[derive(Serialize)]
pub struct BusinessNamed<'a> {
    pub business: &'a str,
    pub business_kind: BusinessKind,
    /// The trader, or the firm's legal representative.
    pub representative: &'a str,
}

impl Sworn for BusinessNamed<'_> {
    const KIND: &'static str = "journey.business_named.v1";
}

/// What the lender says of how the loan came about; it may decide whether it is recorded.
#[derive(Serialize)]
pub struct CameBy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    pub risk_flagged: bool,
}

impl Sworn for CameBy {
    const KIND: &'static str = "journey.came_by.v1";
}

/// The seat of this fact was given the evidence of this journey, in an archive of many.
#[derive(Serialize)]
pub struct BundleTaken<'a> {
    pub archive: &'a str,
    /// Which hand-out of it.
    pub fetch: &'a str,
    /// SHA-256 of the whole file.
    pub archive_digest: &'a str,
}

impl Sworn for BundleTaken<'_> {
    const KIND: &'static str = "journey.bundle_taken.v2";
}

/// Somebody answers for the loan of this journey, in a journey of their own.
#[derive(Serialize)]
pub struct PartyNamed<'a> {
    pub party: &'a str,
    pub role: Kind,
}

impl Sworn for PartyNamed<'_> {
    const KIND: &'static str = "journey.party_named.v1";
}

/// The person of this journey answers for the loan of another.
#[derive(Serialize)]
pub struct PartyOf<'a> {
    pub main: &'a str,
    pub role: Kind,
}

impl Sworn for PartyOf<'_> {
    const KIND: &'static str = "journey.party_of.v1";
}

/// The lender made the price final.
#[derive(Serialize)]
pub struct Priced<'a> {
    pub terms_digest: &'a str,
    pub principal: i64,
    pub periods: i64,
}

impl Sworn for Priced<'_> {
    const KIND: &'static str = "journey.priced.v1";
}

/// Every required protection was completed by the person.
#[derive(Serialize)]
pub struct Completed<'a> {
    pub terms_digest: &'a str,
}

impl Sworn for Completed<'_> {
    const KIND: &'static str = "journey.completed.v1";
}

/// A credit line was completed: the lender's decision stands, and drawdowns may name this line.
#[derive(Serialize)]
pub struct LineCompleted {
    /// Fen.
    pub limit: i64,
    pub valid_until: Option<String>,
}

impl Sworn for LineCompleted {
    const KIND: &'static str = "journey.line_completed.v1";
}

/// This journey is a drawdown of a line.
#[derive(Serialize)]
pub struct LineNamed<'a> {
    pub line: &'a str,
}

impl Sworn for LineNamed<'_> {
    const KIND: &'static str = "journey.line_named.v1";
}

/// A drawdown of this line was opened. The case is the line.
#[derive(Serialize)]
pub struct DrawdownOpened<'a> {
    pub drawdown: &'a str,
}

impl Sworn for DrawdownOpened<'_> {
    const KIND: &'static str = "journey.drawdown_opened.v1";
}

/// The person chose what to draw and what for; the account is kept in the vault.
#[derive(Serialize)]
pub struct DrawdownChosen<'a> {
    pub principal: i64,
    pub periods: i64,
    pub purpose: &'a str,
    /// Version of the vault's bank card: this one, and no later one.
    pub account_version: i64,
    pub line: Option<&'a str>,
}

impl Sworn for DrawdownChosen<'_> {
    const KIND: &'static str = "journey.drawdown_chosen.v2";
}

/// Time was up before the person finished.
#[derive(Serialize)]
pub struct Expired {
    pub expires_at_ms: i64,
}

impl Sworn for Expired {
    const KIND: &'static str = "journey.expired.v1";
}

/// What the journeys of a destroyed subject still held is gone. The case is the subject.
#[derive(Serialize)]
pub struct Forgotten<'a> {
    pub subject: &'a str,
    pub journeys: i64,
}

impl Sworn for Forgotten<'_> {
    const KIND: &'static str = "journey.forgotten.v1";
}

/// The person asked to be called by a human.
#[derive(Serialize)]
pub struct PersonAsked {
    pub wrong_answers: i64,
}

impl Sworn for PersonAsked {
    const KIND: &'static str = "journey.person_asked.v1";
}

/// The borrower or the lender called the loan off before the money moved.
#[derive(Serialize)]
pub struct Cancelled<'a> {
    pub terms_digest: Option<&'a str>,
}

impl Sworn for Cancelled<'_> {
    const KIND: &'static str = "journey.cancelled.v1";
}

/// The lender wants other terms for a paid loan. The case is the loan, and the change.
#[derive(Serialize)]
pub struct ChangeOpened<'a> {
    pub loan: &'a str,
    pub change: &'a str,
    pub reason: Reason,
    pub from_terms_digest: &'a str,
    pub to_terms_digest: &'a str,
}

impl Sworn for ChangeOpened<'_> {
    const KIND: &'static str = "journey.change_opened.v1";
}

/// The person said yes to a change's costing more. The case is the change.
#[derive(Serialize)]
pub struct DearerAccepted<'a> {
    pub sheet_digest: &'a str,
    pub dearer: &'a [Dearer],
}

impl Sworn for DearerAccepted<'_> {
    const KIND: &'static str = "journey.dearer_accepted.v1";
}

/// The terms of a paid loan are others from a day on. The case is the loan; the change's own ends with its completion.
#[derive(Serialize)]
pub struct TermsChanged<'a> {
    pub loan: &'a str,
    pub change: &'a str,
    pub reason: Reason,
    /// Civil day in Asia/Shanghai from which the new terms count; until then the older ones do.
    pub from: &'a str,
    pub from_terms_digest: &'a str,
    pub to_terms_digest: &'a str,
}

impl Sworn for TermsChanged<'_> {
    const KIND: &'static str = "journey.terms_changed.v2";
}

/// The person gave an unfinished journey up.
#[derive(Serialize)]
pub struct Abandoned<'a> {
    /// Where they were; none when it was nobody's turn any more.
    pub step: Option<crate::product::Protection>,
    pub terms_digest: Option<&'a str>,
}

impl Sworn for Abandoned<'_> {
    const KIND: &'static str = "journey.abandoned.v1";
}

/// The person was reminded of an unfinished journey, by a message.
#[derive(Serialize)]
pub struct Reminded {
    /// 1 or 2.
    pub number: i64,
    pub template: &'static str,
}

impl Sworn for Reminded {
    const KIND: &'static str = "journey.reminded.v1";
}

/// The person wants no reminders of this journey.
#[derive(Serialize)]
pub struct RemindersDeclined {
    /// Before they said so.
    pub reminders_sent: i64,
}

impl Sworn for RemindersDeclined {
    const KIND: &'static str = "journey.reminders_declined.v1";
}

/// The seat of this fact stopped the money.
#[derive(Serialize)]
pub struct HoldPlaced<'a> {
    pub hold: &'a str,
    /// SHA-256 of their reason.
    pub words_digest: &'a str,
}

impl Sworn for HoldPlaced<'_> {
    const KIND: &'static str = "journey.hold_placed.v1";
}

/// The seat of this fact, somebody else, let it go again.
#[derive(Serialize)]
pub struct HoldLifted<'a> {
    pub hold: &'a str,
}

impl Sworn for HoldLifted<'_> {
    const KIND: &'static str = "journey.hold_lifted.v1";
}

/// The seat of this fact asked that the money be released although exactly this is missing.
#[derive(Serialize)]
pub struct BreakGlassAsked<'a> {
    pub decision: &'a str,
    pub terms_digest: &'a str,
    /// Codes of the missing protections.
    pub missing: &'a [String],
    /// SHA-256 of their reason.
    pub words_digest: &'a str,
}

impl Sworn for BreakGlassAsked<'_> {
    const KIND: &'static str = "journey.break_glass_asked.v1";
}

/// The seat of this fact took back what it had asked for, or said no to what somebody else asked for.
#[derive(Serialize)]
pub struct BreakGlassRefused<'a> {
    pub decision: &'a str,
}

impl Sworn for BreakGlassRefused<'_> {
    const KIND: &'static str = "journey.break_glass_refused.v1";
}

/// The seat of this fact, somebody else, agreed.
#[derive(Serialize)]
pub struct BreakGlassAgreed<'a> {
    pub decision: &'a str,
    /// Codes of the missing protections.
    pub missing: &'a [String],
}

impl Sworn for BreakGlassAgreed<'_> {
    const KIND: &'static str = "journey.break_glass_agreed.v1";
}
