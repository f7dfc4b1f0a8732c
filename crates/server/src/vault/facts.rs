//! What the vault swears to: ids and classes, never a value.

use serde::Serialize;

use crate::ledger::Sworn;

/// An item, its class, and which value of it this is: 1 is the first that was kept.
#[derive(Debug, Serialize)]
pub struct ItemClass {
    pub item: &'static str,
    pub class: &'static str,
    pub version: i64,
}

/// A person's data is kept from now on. Case: the subject.
#[derive(Debug, Serialize)]
pub struct Enrolled<'a> {
    pub subject: &'a str,
    pub items: Vec<ItemClass>,
}

impl Sworn for Enrolled<'_> {
    const KIND: &'static str = "vault.enrolled.v1";
}

/// Items of a known person were replaced by newer ones.
#[derive(Debug, Serialize)]
pub struct Changed<'a> {
    pub subject: &'a str,
    pub items: Vec<ItemClass>,
}

impl Sworn for Changed<'_> {
    const KIND: &'static str = "vault.changed.v1";
}

/// Items may be opened for a purpose until an instant.
#[derive(Debug, Serialize)]
pub struct Granted<'a> {
    pub subject: &'a str,
    pub grant: &'a str,
    pub purpose: &'static str,
    pub items: Vec<&'static str>,
    pub basis: &'static str,
    pub until_ms: i64,
}

impl Sworn for Granted<'_> {
    const KIND: &'static str = "vault.granted.v1";
}

/// A version of an item was opened in clear, by the seat of this fact.
#[derive(Debug, Serialize)]
pub struct Opened<'a> {
    pub subject: &'a str,
    pub item: &'static str,
    pub version: i64,
    pub purpose: &'static str,
    pub grant: &'a str,
}

impl Sworn for Opened<'_> {
    const KIND: &'static str = "vault.opened.v1";
}
