//! What this room swears to. The case is the finding; words stand here as digests, and nobody is named but staff by their
//! ids. Those of a finding on a journey go with its person's data.

use serde::Serialize;

use super::model::Severity;
use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    Opened => "rectification.opened.v2",
    Reassigned => "rectification.reassigned.v1",
    Done => "rectification.done.v1",
    Accepted => "rectification.accepted.v1",
    Returned => "rectification.returned.v1",
}

/// The seat of this fact found something.
#[derive(Serialize)]
pub struct Opened<'a> {
    pub draw: Option<&'a str>,
    pub journey: Option<&'a str>,
    /// A column of the matrix of completeness.
    pub column: Option<&'a str>,
    pub severity: Severity,
    /// Id of the colleague who puts it right.
    pub responsible: &'a str,
    /// Civil day in China.
    pub due: String,
    /// SHA-256 of the finding in words.
    pub words_digest: &'a str,
    /// The hold on the loan's money that it placed; accepting it lifts that hold.
    pub hold: Option<&'a str>,
}

/// The seat of this fact gave it to another colleague.
#[derive(Serialize)]
pub struct Reassigned<'a> {
    /// Id of the colleague who puts it right from now on.
    pub responsible: &'a str,
}

/// The seat of this fact says that it is put right.
#[derive(Serialize)]
pub struct Done<'a> {
    pub words_digest: &'a str,
}

/// The seat of this fact, somebody else, agrees with exactly that.
#[derive(Serialize)]
pub struct Accepted<'a> {
    pub words_digest: &'a str,
}

/// The seat of this fact, somebody else, does not agree, and says why.
#[derive(Serialize)]
pub struct Returned<'a> {
    pub words_digest: &'a str,
}
