//! What this room swears to. The case is the journey; no particulars of the person, only what was asked and answered.

use serde::Serialize;

use super::model::{Answer, Freshness, Origin, Reason, Route, Seen, Verdict};
use crate::ledger::Sworn;
use crate::product::IdentityMethod;

/// The person agreed that providers are asked.
#[derive(Serialize)]
pub struct Started<'a> {
    pub methods: &'a [IdentityMethod],
    pub document: Freshness,
    /// Other people with the same phone number.
    pub same_phone: i64,
}

impl Sworn for Started<'_> {
    const KIND: &'static str = "identity.started.v1";
}

/// A provider was asked and gave no readable answer; it is asked again.
#[derive(Serialize)]
pub struct Unanswered<'a> {
    pub method: IdentityMethod,
    pub provider: &'a str,
    pub tries: i64,
}

impl Sworn for Unanswered<'_> {
    const KIND: &'static str = "identity.unanswered.v1";
}

/// A provider's answer, or that none could be had.
#[derive(Serialize)]
pub struct Checked<'a> {
    pub check: &'a str,
    pub method: IdentityMethod,
    pub answer: Answer,
    pub reason: Option<Reason>,
    pub provider: &'a str,
    pub origin: Origin,
    pub tries: i64,
}

impl Sworn for Checked<'_> {
    const KIND: &'static str = "identity.checked.v1";
}

/// The person asked for a member of staff instead of machines.
#[derive(Serialize)]
pub struct PersonAsked {
    pub route: Route,
}

impl Sworn for PersonAsked {
    const KIND: &'static str = "identity.person_asked.v1";
}

/// The seat of this fact looked at person and document.
#[derive(Serialize)]
pub struct Attested<'a> {
    pub route: Route,
    pub verdict: Verdict,
    pub seen: &'a [Seen],
}

impl Sworn for Attested<'_> {
    const KIND: &'static str = "identity.attested.v1";
}

/// The person is who they say they are, as far as anyone asked could tell.
#[derive(Serialize)]
pub struct Verified {
    pub route: Route,
}

impl Sworn for Verified {
    const KIND: &'static str = "identity.verified.v1";
}

/// The person is not made sure of; the way to a member of staff stays open.
#[derive(Serialize)]
pub struct Refused {
    pub route: Route,
}

impl Sworn for Refused {
    const KIND: &'static str = "identity.refused.v1";
}

/// Kinds of facts that settle a person's identity, one way or the other.
pub const SETTLED: [&str; 2] = [<Verified as Sworn>::KIND, <Refused as Sworn>::KIND];

/// The bank card's provider is asked whether an account is the person's own.
#[derive(Serialize)]
pub struct CardAsked<'a> {
    pub check: &'a str,
    /// Version of the vault's item.
    pub card_version: i64,
    /// Which card of this case it is, from 1.
    pub round: i64,
}

impl Sworn for CardAsked<'_> {
    const KIND: &'static str = "identity.card_asked.v1";
}

/// A provider's answer about an account, or that none could be had.
#[derive(Serialize)]
pub struct CardChecked<'a> {
    pub check: &'a str,
    pub card_version: i64,
    pub answer: Answer,
    pub reason: Option<Reason>,
    pub provider: &'a str,
    pub origin: Origin,
    pub tries: i64,
}

impl Sworn for CardChecked<'_> {
    const KIND: &'static str = "identity.card_checked.v1";
}

/// The person asked for a member of staff to look at the account.
#[derive(Serialize)]
pub struct CardPersonAsked {
    pub card_version: i64,
}

impl Sworn for CardPersonAsked {
    const KIND: &'static str = "identity.card_person_asked.v1";
}

/// The seat of this fact looked at the card or at the bank's paper.
#[derive(Serialize)]
pub struct CardAttested {
    pub card_version: i64,
    pub verdict: Verdict,
}

impl Sworn for CardAttested {
    const KIND: &'static str = "identity.card_attested.v1";
}

/// A check was begun for one act alone; the answers that follow name its questions.
#[derive(Serialize)]
pub struct Bound<'a> {
    pub act: &'a str,
    /// SHA-256 of exactly what the act is about, hex.
    pub digest: &'a str,
    pub route: Route,
    pub checks: Vec<&'a str>,
}

impl Sworn for Bound<'_> {
    const KIND: &'static str = "identity.bound.v1";
}

/// The verdict of the facts before it in this transaction was for one act alone.
#[derive(Serialize)]
pub struct ActSettled<'a> {
    pub act: &'a str,
    /// SHA-256 of exactly what the act is about, hex.
    pub digest: &'a str,
    pub route: Route,
    pub verdict: Verdict,
}

impl Sworn for ActSettled<'_> {
    const KIND: &'static str = "identity.act_settled.v1";
}
