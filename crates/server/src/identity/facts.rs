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
