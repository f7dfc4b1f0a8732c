//! What this room swears to. The case is the journey; no amounts of a person's income or debts, and not what they need the
//! money for.

use serde::Serialize;

use super::decision::{Made, Ruling};
use super::model::{Cause, Outcome, Step, Verdict};
use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    Supplied => "suitability.supplied.v1",
    Assessed => "suitability.assessed.v1",
    Decided => "suitability.decided.v1",
    ReviewAsked => "suitability.review_asked.v1",
    Reviewed => "suitability.reviewed.v1",
}

/// Kinds of facts that settle whether a loan suits its person.
pub const SETTLED: [&str; 3] = [
    <Assessed<'static> as Sworn>::KIND,
    <Decided<'static> as Sworn>::KIND,
    <Reviewed<'static> as Sworn>::KIND,
];

/// The lender handed over what it knows.
#[derive(Serialize)]
pub struct Supplied<'a> {
    /// Which figures, never how much.
    pub figures: &'a [&'static str],
    /// Merchant category, where the purchase is known.
    pub mcc: Option<i64>,
}

/// The person answered, and the rules in force concluded.
#[derive(Serialize)]
pub struct Assessed<'a> {
    pub outcome: Outcome,
    pub reasons: &'a [&'static str],
    /// SHA-256 of the rules' canonical form.
    pub rules_digest: &'a str,
}

/// The lender decided.
#[derive(Serialize)]
pub struct Decided<'a> {
    pub ruling: Ruling,
    pub made: Made,
    /// Fen.
    pub limit: Option<i64>,
    pub valid_until: Option<String>,
    pub reasons: &'a [&'a str],
    /// SHA-256 of the reasons' canonical form, words and all.
    pub reasons_digest: &'a str,
}

/// A member of staff is to look: because the rules could not decide, or because the person asked.
#[derive(Serialize)]
pub struct ReviewAsked<'a> {
    pub review: &'a str,
    pub step: Step,
    pub cause: Cause,
    pub due_at_ms: i64,
}

/// The seat of this fact looked and concluded.
#[derive(Serialize)]
pub struct Reviewed<'a> {
    pub review: &'a str,
    pub step: Step,
    pub cause: Cause,
    pub verdict: Verdict,
    /// SHA-256 of the words told to the person.
    pub words_digest: &'a str,
}
