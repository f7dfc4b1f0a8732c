//! What the vault swears to: ids and classes, never a value.

use serde::Serialize;

use super::item::ItemKind;
use crate::ledger::Sworn;

/// An item, its class, and which value of it this is: 1 is the first that was kept.
#[derive(Debug, Serialize)]
pub struct ItemClass {
    pub item: &'static str,
    pub class: &'static str,
    pub version: i64,
}

impl ItemClass {
    pub fn of(kind: ItemKind, version: i64) -> Self {
        Self {
            item: kind.as_str(),
            class: kind.class().as_str(),
            version,
        }
    }
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

/// A journey's identity was verified: its phone is the person's from now on, as this version.
#[derive(Debug, Serialize)]
pub struct PhoneEstablished<'a> {
    pub subject: &'a str,
    pub journey: &'a str,
    pub version: i64,
}

impl Sworn for PhoneEstablished<'_> {
    const KIND: &'static str = "vault.phone_established.v1";
}

/// An application said more of a known person, or something else than is known: it serves that journey alone. A name or
/// phone of version 0 stands beside the person's.
#[derive(Debug, Serialize)]
pub struct Kept<'a> {
    pub subject: &'a str,
    pub journey: &'a str,
    pub items: Vec<ItemClass>,
}

impl Sworn for Kept<'_> {
    const KIND: &'static str = "vault.kept.v2";
}

/// Items may be opened for a purpose until an instant.
#[derive(Debug, Serialize)]
pub struct Granted<'a> {
    pub subject: &'a str,
    pub grant: &'a str,
    pub purpose: &'static str,
    pub items: Vec<&'static str>,
    pub basis: &'static str,
    /// The consent or relation whose end ends the grant.
    pub rests_on: Option<&'a str>,
    pub until_ms: i64,
}

impl Sworn for Granted<'_> {
    const KIND: &'static str = "vault.granted.v2";
}

/// A grant ended before its time.
#[derive(Debug, Serialize)]
pub struct GrantEnded<'a> {
    pub subject: &'a str,
    pub grant: &'a str,
    pub why: &'static str,
}

impl Sworn for GrantEnded<'_> {
    const KIND: &'static str = "vault.grant_ended.v1";
}

/// The institution's subjects are wrapped under a newer epoch; the replaced one's key goes. Case: the institution.
#[derive(Debug, Serialize)]
pub struct EpochRotated {
    pub epoch: i64,
    pub replaced: i64,
    /// Subjects on the newer epoch at that moment.
    pub subjects: i64,
}

impl EpochRotated {
    pub const NAME: &'static str = <Self as Sworn>::KIND;
}

impl Sworn for EpochRotated {
    const KIND: &'static str = "vault.epoch_rotated.v1";
}

/// The relation with a subject ended on a day; retention rules count from it.
#[derive(Debug, Serialize)]
pub struct RelationEnded<'a> {
    pub subject: &'a str,
    pub on: String,
}

impl Sworn for RelationEnded<'_> {
    const KIND: &'static str = "vault.relation_ended.v1";
}

/// A subject's data is kept whatever the rules say.
#[derive(Debug, Serialize)]
pub struct HoldPlaced<'a> {
    pub subject: &'a str,
    pub hold: &'a str,
    pub why: &'static str,
}

impl Sworn for HoldPlaced<'_> {
    const KIND: &'static str = "vault.hold_placed.v1";
}

/// A hold ended.
#[derive(Debug, Serialize)]
pub struct HoldLifted<'a> {
    pub subject: &'a str,
    pub hold: &'a str,
}

impl Sworn for HoldLifted<'_> {
    const KIND: &'static str = "vault.hold_lifted.v1";
}

/// Somebody proposes to destroy a subject's data.
#[derive(Debug, Serialize)]
pub struct DestructionProposed<'a> {
    pub subject: &'a str,
    pub destruction: &'a str,
    pub why: &'static str,
}

impl Sworn for DestructionProposed<'_> {
    const KIND: &'static str = "vault.destruction_proposed.v1";
}

/// A subject's key and items were destroyed, and so many facts about it forgotten.
#[derive(Debug, Serialize)]
pub struct Destroyed<'a> {
    pub subject: &'a str,
    pub destruction: &'a str,
    pub why: &'a str,
    pub proposer: &'a str,
    pub approver: &'a str,
    pub items: i64,
    pub facts: i64,
}

impl Destroyed<'_> {
    pub const NAME: &'static str = <Self as Sworn>::KIND;
}

impl Sworn for Destroyed<'_> {
    const KIND: &'static str = "vault.destroyed.v1";
}

/// A third person's key and items were destroyed at once, without the wait of those who have dealings here.
#[derive(Debug, Serialize)]
pub struct ThirdRemoved<'a> {
    pub subject: &'a str,
    pub items: i64,
}

impl Sworn for ThirdRemoved<'_> {
    const KIND: &'static str = "vault.third_removed.v1";
}

/// A version of an item was opened in clear, by the seat of this fact.
#[derive(Debug, Serialize)]
pub struct Opened<'a> {
    pub subject: &'a str,
    pub item: &'static str,
    /// 0 for a phone that serves one journey alone.
    pub version: i64,
    pub purpose: &'static str,
    pub grant: &'a str,
}

impl Sworn for Opened<'_> {
    const KIND: &'static str = "vault.opened.v1";
}

/// A file of a person was opened, by the seat of this fact.
#[derive(Debug, Serialize)]
pub struct FileOpened<'a> {
    pub subject: &'a str,
    pub file: &'a str,
    pub purpose: &'static str,
    pub grant: &'a str,
}

impl Sworn for FileOpened<'_> {
    const KIND: &'static str = "vault.file_opened.v1";
}
