//! What this room swears to: ids and what happened, never who or which number.

use serde::Serialize;

use super::model::{Bar, Relation, RemovedBy, Role};
use crate::ledger::Sworn;

/// A borrower named a third person. Case: the journey, like all below.
#[derive(Debug, Serialize)]
pub struct Named<'a> {
    pub contact: &'a str,
    /// The third person's own subject.
    pub person: &'a str,
    pub role: Role,
    pub relation: Relation,
    /// The consent it rests on, for an informed relative.
    pub consent: Option<&'a str>,
}

impl Sworn for Named<'_> {
    const KIND: &'static str = "contacts.named.v1";
}

/// Somebody was not named. That counts, so that nobody learns who is whose by trying.
#[derive(Debug, Serialize)]
pub struct NamingRefused {
    /// The refusal's code.
    pub why: &'static str,
}

impl Sworn for NamingRefused {
    const KIND: &'static str = "contacts.naming_refused.v1";
}

/// Their message waits for the morning.
#[derive(Debug, Serialize)]
pub struct Postponed<'a> {
    pub contact: &'a str,
    pub send_at_ms: i64,
}

impl Sworn for Postponed<'_> {
    const KIND: &'static str = "contacts.postponed.v1";
}

/// Their message left, in a registered wording.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    pub contact: &'a str,
    pub template: &'static str,
}

impl Sworn for Told<'_> {
    const KIND: &'static str = "contacts.told.v1";
}

/// Their phone has the message, as the gateway says.
#[derive(Debug, Serialize)]
pub struct Delivered<'a> {
    pub contact: &'a str,
    /// By the gateway's clock.
    pub at_ms: i64,
}

impl Sworn for Delivered<'_> {
    const KIND: &'static str = "contacts.delivered.v1";
}

/// Their phone will not have the message, as the gateway says.
#[derive(Debug, Serialize)]
pub struct Undelivered<'a> {
    pub contact: &'a str,
    pub at_ms: i64,
}

impl Sworn for Undelivered<'_> {
    const KIND: &'static str = "contacts.undelivered.v1";
}

/// They themselves refused, by the link of their message.
#[derive(Debug, Serialize)]
pub struct Refused<'a> {
    pub contact: &'a str,
    pub bar: Bar,
}

impl Sworn for Refused<'_> {
    const KIND: &'static str = "contacts.refused.v1";
}

/// They were removed while a legal hold keeps their data: nobody may use it, and it goes when the hold is lifted.
#[derive(Debug, Serialize)]
pub struct Withheld<'a> {
    pub contact: &'a str,
    pub by: RemovedBy,
}

impl Sworn for Withheld<'_> {
    const KIND: &'static str = "contacts.withheld.v1";
}

/// Their data is gone, and so is every way to use it.
#[derive(Debug, Serialize)]
pub struct Removed<'a> {
    pub contact: &'a str,
    pub by: RemovedBy,
}

impl Sworn for Removed<'_> {
    const KIND: &'static str = "contacts.removed.v1";
}
