//! Reading that opens nothing: masked forms and look-ups by blind index.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::business::Business;
use super::item::ItemKind;
use super::keyring;
use super::model::{
    Refusal, Subject, SubjectId, SubjectKind, mask_id_number, mask_name, mask_phone,
};
use super::person::{Person, birth_date};
use super::private::Private;
use super::seal::{Label, unseal};
use super::store::case_items::{self, Own};
use super::store::{self, SubjectRow};
use super::third::ThirdPerson;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};

/// Most subjects a look-up answers: one phone number may serve a family, not a town.
const FOUND_MAX: i64 = 50;

/// The masked forms, sealed too: beside a birth date they would tell too much.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Masked {
    #[serde(default, skip_serializing_if = "Masked::of_person")]
    #[zeroize(skip)]
    kind: SubjectKind,
    name: String,
    phone: String,
    /// Of a business, its credit code.
    id_number: String,
    /// Of a person.
    #[zeroize(skip)]
    birth_date: Option<Date>,
}

impl Masked {
    /// Under which name the masked forms are sealed.
    pub const ITEM: &'static str = "masked";

    pub fn of(person: &Person) -> Result<Self> {
        let [(_, name), (_, id_number), (_, phone)] = person.items();
        let birth_date =
            birth_date(id_number.expose()).ok_or_else(|| Error::internal("an unchecked person"))?;
        Ok(Self {
            kind: SubjectKind::Person,
            name: mask_name(name.expose()),
            phone: mask_phone(phone.expose()),
            id_number: mask_id_number(id_number.expose()),
            birth_date: Some(birth_date),
        })
    }

    pub fn of_business(business: &Business) -> Self {
        let [(name_kind, name), (code_kind, code)] = business.items();
        Self {
            kind: business.kind.into(),
            name: name_kind.mask(name.expose()),
            phone: String::new(),
            id_number: code_kind.mask(code.expose()),
            birth_date: None,
        }
    }

    /// As before, with another name or phone.
    pub fn with(mut self, kind: ItemKind, value: &str) -> Self {
        match kind {
            ItemKind::Name => self.name = mask_name(value),
            ItemKind::Phone => self.phone = mask_phone(value),
            _ => {}
        }
        self
    }

    /// As it is sealed.
    pub fn written(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(serde_json::to_string(self)?))
    }

    /// What was sealed. The parser's own message might repeat what it read.
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|_| Error::from(Refusal::EnvelopeDamaged))
    }

    pub fn of_third_person(third: &ThirdPerson) -> Self {
        let [(name_kind, name), (phone_kind, phone)] = third.items();
        Self {
            kind: SubjectKind::ThirdPerson,
            name: name_kind.mask(name.expose()),
            phone: phone_kind.mask(phone.expose()),
            id_number: String::new(),
            birth_date: None,
        }
    }

    /// Written only where it says something: versions before this one knew persons alone.
    fn of_person(kind: &SubjectKind) -> bool {
        *kind == SubjectKind::Person
    }

    pub fn subject(&self, id: SubjectId) -> Subject {
        Subject {
            id,
            kind: self.kind,
            name_masked: self.name.clone(),
            phone_masked: self.phone.clone(),
            id_number_masked: self.id_number.clone(),
            birth_date: self.birth_date,
        }
    }
}

/// Under which name the mask of an item is sealed.
pub fn mask_label(item: &str) -> String {
    format!("mask:{item}")
}

/// Under which name the reason of an opening is sealed.
pub fn reason_label(opening: &str) -> String {
    format!("reason:{opening}")
}

/// Unsealed bytes as text.
pub fn plain_text(plain: &[u8]) -> Result<Private<String>> {
    let text = std::str::from_utf8(plain).map_err(|_| Error::from(Refusal::EnvelopeDamaged))?;
    Ok(Private::new(text.to_owned()))
}

/// One subject of the view's institution, masked.
pub async fn subject(ctx: &Ctx, view: &impl Read, id: &SubjectId) -> Result<Subject> {
    subjects(ctx, view, std::slice::from_ref(id))
        .await?
        .remove(id)
        .ok_or_else(Error::not_found)
}

/// One subject as a case knows them: with the name and the phone that serve the case.
pub async fn subject_in(
    ctx: &Ctx,
    view: &impl Read,
    id: &SubjectId,
    case: &str,
) -> Result<Subject> {
    let mut found = subject(ctx, view, id).await?;
    for kind in [ItemKind::Name, ItemKind::Phone] {
        let own = Own::Said(kind);
        let Some(row) = case_items::find(view, id, case, own).await? else {
            continue;
        };
        let wrapped = store::epochs::wrapped_now(view, id)
            .await?
            .ok_or_else(Error::not_found)?;
        let key = keyring::unwrap_for_reader(ctx, view.institution()?, id, &wrapped).await?;
        let label = Label {
            institution: view.institution()?.as_str(),
            subject: id.as_str(),
            item: &mask_label(&own.label(case)),
            version: row.version,
        };
        let mask = plain_text(&unseal(&key, &label, &row.mask)?)?;
        match kind {
            ItemKind::Name => found.name_masked.clone_from(mask.expose()),
            _ => found.phone_masked.clone_from(mask.expose()),
        }
    }
    Ok(found)
}

/// Whether every application came with the one phone that was ever kept of a subject.
pub async fn has_one_phone(view: &impl Read, subject: &SubjectId) -> Result<bool> {
    let kept = store::item(view, subject, ItemKind::Phone).await?;
    let other = Own::Said(ItemKind::Phone);
    Ok(kept.is_some_and(|row| row.version == 1) && !case_items::any(view, subject, other).await?)
}

/// Many subjects at once, masked; unknown ids are left out. For one page of a list.
pub async fn subjects(
    ctx: &Ctx,
    view: &impl Read,
    ids: &[SubjectId],
) -> Result<HashMap<SubjectId, Subject>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let institution = view.institution()?;
    let mut found = HashMap::with_capacity(ids.len());
    for row in store::masked(view, Masked::ITEM, ids).await? {
        let id = SubjectId::stored(row.id);
        let wrapped = SubjectRow {
            epoch: row.epoch,
            wrapped_key: row.wrapped_key,
        };
        let key = keyring::unwrap_for_reader(ctx, institution, &id, &wrapped).await?;
        let label = Label {
            institution: institution.as_str(),
            subject: id.as_str(),
            item: Masked::ITEM,
            version: row.version,
        };
        let plain = unseal(&key, &label, &row.sealed)?;
        let masked = Masked::read(plain_text(&plain)?.expose())?;
        found.insert(id.clone(), masked.subject(id));
    }
    Ok(found)
}

/// Subjects of the view's institution with exactly this value.
pub async fn search(
    ctx: &Ctx,
    view: &impl Read,
    kind: ItemKind,
    value: &str,
) -> Result<Vec<SubjectId>> {
    let key = keyring::blind_key(ctx)?;
    let blind = keyring::blind_index(
        &key,
        view.institution()?.as_str(),
        kind.as_str(),
        &kind.normal(value),
    );
    with_blind(view, kind, blind).await
}

/// Subjects with a value, of which a phone may serve only one of their cases.
async fn with_blind(view: &impl Read, kind: ItemKind, blind: Vec<u8>) -> Result<Vec<SubjectId>> {
    let mut found = store::find_by_blind(view, kind, blind.clone(), FOUND_MAX).await?;
    if kind == ItemKind::Phone {
        for other in case_items::find_by_phone(view, blind, FOUND_MAX).await? {
            if !found.contains(&other) {
                found.push(other);
            }
        }
        found.truncate(usize::try_from(FOUND_MAX)?);
    }
    Ok(found)
}

/// How many other subjects of the view's institution have the phone that serves a case, up to 50. Nothing is opened.
pub async fn others_with_phone(view: &impl Read, subject: &SubjectId, case: &str) -> Result<i64> {
    let Some(blind) = serving(view, (subject, case), ItemKind::Phone).await?.blind else {
        return Ok(0);
    };
    let found = with_blind(view, ItemKind::Phone, blind).await?;
    Ok(i64::try_from(
        found.iter().filter(|id| *id != subject).count(),
    )?)
}

/// What serves a case: its own, else the person's.
#[derive(Default)]
struct Serving {
    version: Option<i64>,
    blind: Option<Vec<u8>>,
}

async fn serving(
    view: &impl Read,
    (subject, case): (&SubjectId, &str),
    kind: ItemKind,
) -> Result<Serving> {
    if let Some(own) = case_items::find(view, subject, case, Own::Said(kind)).await? {
        return Ok(Serving {
            version: Some(own.version),
            blind: own.blind,
        });
    }
    let kept = store::item(view, subject, kind).await?;
    Ok(kept.map_or_else(Serving::default, |row| Serving {
        version: Some(row.version),
        blind: row.blind,
    }))
}

/// What is known of somebody in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// What the case came with beside the person's, and nothing else.
    Own,
    /// What serves the case: its own, else the person's.
    Serving,
}

/// Whether an item as it is known in a case has exactly this value. Nothing is opened.
pub async fn has(
    ctx: &Ctx,
    view: &impl Read,
    (subject, case): (&SubjectId, &str),
    known: Known,
    (kind, value): (ItemKind, &Private<String>),
) -> Result<bool> {
    let key = keyring::blind_key(ctx)?;
    let institution = view.institution()?.as_str();
    let normal = kind.normal(value.expose());
    let blind = keyring::blind_index(&key, institution, kind.as_str(), &normal);
    let kept = match known {
        Known::Serving => serving(view, (subject, case), kind).await?.blind,
        Known::Own => case_items::find(view, subject, case, Own::Said(kind))
            .await?
            .and_then(|row| row.blind),
    };
    Ok(kept.as_deref() == Some(blind.as_slice()))
}

/// Which value of an item serves a case, if any does. Nothing is opened.
pub async fn kept(
    view: &impl Read,
    whose: (&SubjectId, &str),
    kind: ItemKind,
) -> Result<Option<i64>> {
    Ok(serving(view, whose, kind).await?.version)
}
