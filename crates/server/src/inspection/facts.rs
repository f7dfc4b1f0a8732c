//! What this room swears to. The case is the draw; nobody is named.

use serde::Serialize;

use super::model::Asked;
use crate::journey::Outcome;
use crate::ledger::Sworn;

/// Which loans may be drawn.
#[derive(Serialize)]
pub struct Filter<'a> {
    /// First and last civil day on which a loan was opened.
    pub from: String,
    pub to: String,
    /// Product code; every product when empty.
    pub product: &'a str,
    /// A party of the loan; any when empty.
    pub partner: &'a str,
    pub outcome: Outcome,
}

impl<'a> From<&'a Asked> for Filter<'a> {
    fn from(asked: &'a Asked) -> Self {
        Self {
            from: asked.from.to_string(),
            to: asked.to.to_string(),
            product: &asked.product,
            partner: &asked.partner,
            outcome: asked.outcome,
        }
    }
}

/// The seat of this fact asked for a draw, before anybody could know the root that decides it. First of its case.
#[derive(Serialize)]
pub struct DrawAsked<'a> {
    pub filter: Filter<'a>,
    pub n: i64,
    /// SHA-256 of the inspector's words.
    pub words_digest: &'a str,
}

impl Sworn for DrawAsked<'_> {
    const KIND: &'static str = "inspection.draw_asked.v2";
}

/// The population was gone through and kept. The first checkpoint over the newest of these decides the lot, so nobody could
/// know its root when they chose which loans are in the list.
#[derive(Serialize)]
pub struct Met<'a> {
    /// Loans that may be drawn.
    pub population: i64,
    pub population_digest: &'a str,
}

impl Sworn for Met<'_> {
    const KIND: &'static str = "inspection.met.v1";
}

/// The draw was done.
#[derive(Serialize)]
pub struct Drawn<'a> {
    pub filter: Filter<'a>,
    pub n: i64,
    /// The first published checkpoint over the population; of draws without a fact of it, over the ask.
    pub checkpoint_root: &'a str,
    pub checkpoint_size: i64,
    pub seed: &'a str,
    /// Loans that might have been drawn.
    pub population: i64,
    pub population_digest: &'a str,
    /// Loans that were drawn: n, or the whole population where it is smaller.
    pub cases: i64,
    pub cases_digest: &'a str,
}

impl Sworn for Drawn<'_> {
    const KIND: &'static str = "inspection.drawn.v2";
}

/// The seat of this fact asked for the bundles of every case.
#[derive(Serialize)]
pub struct BundlesAsked<'a> {
    pub bundles: &'a str,
    pub cases: i64,
}

impl Sworn for BundlesAsked<'_> {
    const KIND: &'static str = "inspection.bundles_asked.v1";
}

/// They were made, in one file.
#[derive(Serialize)]
pub struct Bundled<'a> {
    pub bundles: &'a str,
    pub cases: i64,
    /// Cases that have no bundle; the manifest says why.
    pub gaps: i64,
    pub bytes: i64,
    /// Of the file.
    pub sha256: &'a str,
}

impl Sworn for Bundled<'_> {
    const KIND: &'static str = "inspection.bundled.v2";
}

/// The seat of this fact was given the file; each case says so too.
#[derive(Serialize)]
pub struct BundlesFetched<'a> {
    pub bundles: &'a str,
    /// Which hand-out, as each case names it.
    pub fetch: &'a str,
    /// Of the file.
    pub sha256: &'a str,
    pub bytes: i64,
}

impl Sworn for BundlesFetched<'_> {
    const KIND: &'static str = "inspection.bundles_fetched.v2";
}
