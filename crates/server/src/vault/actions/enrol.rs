//! Keeping a natural person's name, ID number and phone.

use zeroize::Zeroizing;

use super::items::{Outside, kept_for, put_all, put_own};
use crate::clock;
use crate::db::Read as _;
use crate::error::{Error, Field, Result, Text};
use crate::keys::Key;
use crate::ledger::{Fact, Tx};
use crate::vault::business::Business;
use crate::vault::facts::{Changed, Enrolled, ItemClass};
use crate::vault::item::{Class, ItemKind};
use crate::vault::keyring;
use crate::vault::model::{Subject, SubjectId};
use crate::vault::person::{Person, birth_date};
use crate::vault::private::Private;
use crate::vault::read::Masked;
use crate::vault::store;
use crate::vault::store::case_items::Own;

/// Keeps a person's data, once per institution and ID number. Another name or phone than the person's serves only the case
/// it came with, until [`super::establish`]; the answer has those.
///
/// Two at once for a new person: one meets `Error::Conflict` and is tried again by its caller.
pub async fn enrol(tx: &mut Tx, person: &Person, case: &str) -> Result<Subject> {
    check(person, tx.now_ms())?;
    let masked = Masked::of(person)?;
    let by = (ItemKind::IdNumber, Some(case));
    keep_identified(tx, &person.items(), by, masked).await
}

/// Keeps a business's data, once per institution and credit code; a changed name replaces the older one.
pub async fn enrol_business(tx: &mut Tx, business: &Business) -> Result<Subject> {
    let faults = business.check("business");
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let masked = Masked::of_business(business);
    let by = (ItemKind::CreditCode, None);
    keep_identified(tx, &business.items(), by, masked).await
}

/// Keeps what makes a subject known, under the one that has the same value of the item `by`, or under a new one.
async fn keep_identified(
    tx: &mut Tx,
    items: &[(ItemKind, Private<String>)],
    (by, case): (ItemKind, Option<&str>),
    masked: Masked,
) -> Result<Subject> {
    let blind_key = keyring::blind_key(tx.ctx())?;
    let institution = tx.institution()?.as_str().to_owned();
    let blind = |kind: ItemKind, normal: &str| {
        keyring::blind_index(&blind_key, &institution, kind.as_str(), normal)
    };
    let (_, identifier) = items
        .iter()
        .find(|(kind, _)| *kind == by)
        .ok_or_else(|| Error::internal("a subject without its identifier"))?;
    let known = store::find_by_blind(tx, by, blind(by, identifier.expose()), 1)
        .await?
        .pop();
    let (id, key, kept) = match known {
        Some(id) => {
            let key = keyring::unlock(tx, &id)
                .await?
                .ok_or_else(|| Error::internal("an item without its subject"))?;
            let kept = store::items(tx, &id).await?;
            (id, key, kept)
        }
        None => {
            let (id, key) = begin_subject(tx).await?;
            (id, key, Vec::new())
        }
    };

    let version_of = |item: &str| {
        kept.iter()
            .find(|row| row.item == item)
            .map_or(0, |row| row.version)
    };
    let (mut new, mut replaced, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for (kind, value) in items {
        let index = blind(*kind, value.expose());
        if kept
            .iter()
            .any(|row| row.item == kind.as_str() && row.blind.as_deref() == Some(&index))
        {
            continue;
        }
        let version = version_of(kind.as_str()) + 1;
        let outside = Outside {
            blind: Some(index),
            ..Outside::of(*kind, version)
        };
        if let (2.., Some(case)) = (version, case) {
            let (place, outside) = (
                (case, Own::Said(*kind)),
                Outside {
                    version: 0,
                    ..outside
                },
            );
            put_own(tx, &key, &id, place, outside, value.expose()).await?;
            own.push(ItemClass::of(*kind, 0));
            continue;
        }
        new.push((outside, value.expose().as_str()));
        replaced.push(ItemClass::of(*kind, version));
    }
    if !replaced.is_empty() {
        let written = masked.written()?;
        let outside = Outside {
            item: Masked::ITEM,
            class: Class::C1,
            ..Outside::of(ItemKind::Name, version_of(Masked::ITEM) + 1)
        };
        new.push((outside, &written));
        put_all(tx, &key, &id, new).await?;
        let subject = id.as_str();
        let items = replaced;
        let fact = if kept.is_empty() {
            Fact::of(&id, &Enrolled { subject, items })?
        } else {
            Fact::of(&id, &Changed { subject, items })?
        };
        tx.record(fact.about(&id));
    }
    if let (Some(case), false) = (case, own.is_empty()) {
        kept_for(tx, &id, case, own)?;
    }
    Ok(masked.subject(id))
}

/// A new subject with a key of its own, wrapped and stored.
pub async fn begin_subject(tx: &mut Tx) -> Result<(SubjectId, Key)> {
    let id = SubjectId::fresh(tx.now_ms(), &tx.ctx().random);
    let key: Key = Zeroizing::new(tx.ctx().random.bytes());
    let epoch = store::epochs::current(tx).await?;
    let wrapped = keyring::wrap(tx.ctx(), tx.institution()?, &id, epoch, &key)?;
    let now_ms = tx.now_ms();
    store::insert_subject(tx, &id, epoch, wrapped, now_ms).await?;
    Ok((id, key))
}

/// The person's own rules, and that they are already born.
fn check(person: &Person, now_ms: i64) -> Result<()> {
    let mut faults = person.check("");
    let [_, (_, id_number), _] = person.items();
    let born = birth_date(id_number.expose());
    if born.is_some_and(|date| date > clock::civil_date(now_ms)) {
        faults.push(Field::new(
            "id_number",
            "id_number_date",
            Text::new(
                "身份证号中的出生日期在未来。",
                "The birth date in the ID number lies in the future.",
            ),
        ));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}
