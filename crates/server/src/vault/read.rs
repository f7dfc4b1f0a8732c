//! Reading that opens nothing: masked forms and look-ups by blind index.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::actions::phone_label;
use super::business::Business;
use super::item::ItemKind;
use super::keyring;
use super::model::{
    Refusal, Subject, SubjectId, SubjectKind, mask_id_number, mask_name, mask_phone,
};
use super::person::{Person, birth_date};
use super::private::Private;
use super::seal::{Label, unseal};
use super::store::phones::{self, Role};
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

    /// As before, with another phone.
    pub fn with_phone(mut self, phone: &str) -> Self {
        self.phone = mask_phone(phone);
        self
    }

    /// As before, with the phone of another.
    pub fn with_phone_of(mut self, other: &Self) -> Self {
        self.phone.clone_from(&other.phone);
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

/// One subject as a case knows them: with the phone that serves the case.
pub async fn subject_in(
    ctx: &Ctx,
    view: &impl Read,
    id: &SubjectId,
    case: &str,
) -> Result<Subject> {
    let mut found = subject(ctx, view, id).await?;
    let Some(own) = phones::find(view, id, case, Role::Own).await? else {
        return Ok(found);
    };
    let wrapped = store::epochs::wrapped_now(view, id)
        .await?
        .ok_or_else(Error::not_found)?;
    let key = keyring::unwrap_for_reader(ctx, view.institution()?, id, &wrapped).await?;
    let label = Label {
        institution: view.institution()?.as_str(),
        subject: id.as_str(),
        item: &mask_label(&phone_label(case, Role::Own)),
        version: own.version,
    };
    found.phone_masked = plain_text(&unseal(&key, &label, &own.mask)?)?
        .expose()
        .clone();
    Ok(found)
}

/// Whether a case came with another phone, and nobody knows yet whose is the person's.
pub async fn has_other_phone(view: &impl Read, subject: &SubjectId) -> Result<bool> {
    phones::any(view, subject, Role::Own).await
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
        for other in phones::find_by_blind(view, blind, FOUND_MAX).await? {
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
    let own = phones::find(view, subject, case, Role::Own).await?;
    let blind = match own {
        Some(own) => own.blind,
        None => {
            let kept = store::item(view, subject, ItemKind::Phone).await?;
            kept.and_then(|item| item.blind)
        }
    };
    let Some(blind) = blind else {
        return Ok(0);
    };
    let found = with_blind(view, ItemKind::Phone, blind).await?;
    Ok(i64::try_from(
        found.iter().filter(|id| *id != subject).count(),
    )?)
}

/// Whether a subject's own item has exactly this value. Nothing is opened.
pub async fn has(
    ctx: &Ctx,
    view: &impl Read,
    subject: &SubjectId,
    kind: ItemKind,
    value: &Private<String>,
) -> Result<bool> {
    let key = keyring::blind_key(ctx)?;
    let institution = view.institution()?.as_str();
    let normal = kind.normal(value.expose());
    let blind = keyring::blind_index(&key, institution, kind.as_str(), &normal);
    let kept = store::item(view, subject, kind).await?;
    Ok(kept.is_some_and(|item| item.blind.as_deref() == Some(blind.as_slice())))
}

/// The version of an item that is kept, if any is. Nothing is opened.
pub async fn kept(view: &impl Read, subject: &SubjectId, kind: ItemKind) -> Result<Option<i64>> {
    Ok(store::item(view, subject, kind)
        .await?
        .map(|row| row.version))
}
