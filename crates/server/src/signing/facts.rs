//! What this room swears to. The case of a template is its id, of everything else the journey.

use serde::Serialize;

use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    TemplateProposed => "signing.template_proposed.v1",
    TemplatePublished => "signing.template_published.v1",
}

/// A version of a contract template was drafted.
#[derive(Serialize)]
pub struct TemplateProposed<'a> {
    pub code: &'a str,
    pub version: i64,
    pub digest: &'a str,
}

/// Two people put a version into force.
#[derive(Serialize)]
pub struct TemplatePublished<'a> {
    pub code: &'a str,
    pub version: i64,
    pub digest: &'a str,
    pub proposer: &'a str,
    pub publisher: &'a str,
    pub valid_from_ms: i64,
}
