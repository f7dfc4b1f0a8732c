//! Verbs inside a caller's transaction: each records its fact there.

use zeroize::Zeroizing;

use super::facts::{Changed, Enrolled, Granted, ItemClass, Opened};
use super::keyring::{self, BLIND, EPOCH};
use super::model::{Basis, Class, GrantId, ItemKind, Purpose, Refusal, Subject, SubjectId};
use super::person::{Person, birth_date};
use super::private::Private;
use super::read::{Masked, WRAPPED_KEY, unwrap_key};
use super::seal::{Label, seal, unseal};
use super::store::{self, NewGrant, NewItem};
use crate::clock;
use crate::db::Read as _;
use crate::error::{Error, Field, Result, Text};
use crate::keys::Key;
use crate::ledger::{Fact, Tx};

/// The epoch whose key is in the file [`EPOCH`].
const EPOCH_NO: i64 = 1;
/// Why borrowers' items are kept at all.
const KEPT_FOR: &str = "loan";
/// Customer identity is kept ten years after the relation ends (Anti-Money-Laundering Law 2024).
const RETENTION: &str = "relation_end_plus_10_years";

/// Keeps a person's data, once per institution and ID number; a changed name or phone replaces the older one.
///
/// Two at once for a new person: one meets `Error::Conflict` and is tried again by its caller.
pub async fn enrol(tx: &mut Tx, person: &Person) -> Result<Subject> {
    check(person, tx.now_ms())?;
    let blind_key = keyring::key(tx.ctx(), BLIND)?;
    let epoch_key = keyring::key(tx.ctx(), EPOCH)?;
    let institution = tx.institution()?.as_str().to_owned();
    let blind = |kind: ItemKind| {
        keyring::blind_index(
            &blind_key,
            &institution,
            kind.as_str(),
            person.item(kind).expose(),
        )
    };
    let masked = Masked::of(person)?;

    let known = store::find_by_blind(tx, ItemKind::IdNumber, blind(ItemKind::IdNumber), 1)
        .await?
        .pop();
    let (id, key, kept) = match known {
        Some(id) => {
            let row = store::lock_subject(tx, &id)
                .await?
                .ok_or_else(|| Error::internal("an item without its subject"))?;
            let key = unwrap_key(&epoch_key, &institution, &id, row.epoch, &row.wrapped_key)?;
            let kept = store::items(tx, &id).await?;
            (id, key, kept)
        }
        None => {
            let id = SubjectId::fresh(tx.now_ms(), &tx.ctx().random);
            let key: Key = Zeroizing::new(tx.ctx().random.bytes());
            let label = Label {
                institution: &institution,
                subject: id.as_str(),
                item: WRAPPED_KEY,
                version: EPOCH_NO,
            };
            let wrapped = seal(&epoch_key, &tx.ctx().random, &label, key.as_slice())?;
            let now_ms = tx.now_ms();
            store::insert_subject(tx, &id, EPOCH_NO, wrapped, now_ms).await?;
            (id, key, Vec::new())
        }
    };

    let version_of = |item: &str| {
        kept.iter()
            .find(|row| row.item == item)
            .map_or(0, |row| row.version)
    };
    let mut replaced = Vec::new();
    for kind in ItemKind::ALL {
        let index = blind(kind);
        if kept
            .iter()
            .any(|row| row.item == kind.as_str() && row.blind.as_deref() == Some(&index))
        {
            continue;
        }
        let version = version_of(kind.as_str()) + 1;
        let label = ItemLabel {
            item: kind.as_str(),
            version,
            class: kind.class(),
            blind: Some(index),
        };
        put(tx, &key, &id, label, person.item(kind).expose().as_bytes()).await?;
        replaced.push(ItemClass {
            item: kind.as_str(),
            class: kind.class().as_str(),
            version,
        });
    }
    if !replaced.is_empty() {
        let plain = Zeroizing::new(serde_json::to_vec(&masked)?);
        let label = ItemLabel {
            item: Masked::ITEM,
            version: version_of(Masked::ITEM) + 1,
            class: Class::C1,
            blind: None,
        };
        put(tx, &key, &id, label, &plain).await?;
        let fact = if kept.is_empty() {
            Fact::of(
                &id,
                &Enrolled {
                    subject: id.as_str(),
                    items: replaced,
                },
            )?
        } else {
            Fact::of(
                &id,
                &Changed {
                    subject: id.as_str(),
                    items: replaced,
                },
            )?
        };
        tx.record(fact.about(&id));
    }
    Ok(masked.subject(id))
}

/// What stands on the outside of an item.
struct ItemLabel {
    item: &'static str,
    version: i64,
    class: Class,
    blind: Option<Vec<u8>>,
}

async fn put(
    tx: &mut Tx,
    key: &Key,
    id: &SubjectId,
    outside: ItemLabel,
    plain: &[u8],
) -> Result<()> {
    let ItemLabel {
        item,
        version,
        class,
        blind,
    } = outside;
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: id.as_str(),
        item,
        version,
    };
    let sealed = seal(key, &tx.ctx().random, &label, plain)?;
    let (source, now_ms) = (tx.seat().kind.as_str(), tx.now_ms());
    let new = NewItem {
        item,
        version,
        sealed,
        blind,
        class: class.as_str(),
        purpose: KEPT_FOR,
        source,
        retention: RETENTION,
    };
    store::put_item(tx, id, new, now_ms).await
}

/// The person's own rules, and that they are already born.
fn check(person: &Person, now_ms: i64) -> Result<()> {
    let mut faults = person.check("");
    let born = birth_date(person.item(ItemKind::IdNumber).expose());
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

/// Lets items of a subject be opened for one purpose until an instant (UTC ms).
pub async fn grant(
    tx: &mut Tx,
    subject: &SubjectId,
    purpose: Purpose,
    items: &[ItemKind],
    basis: Basis,
    until_ms: i64,
) -> Result<GrantId> {
    store::lock_subject(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let id = GrantId::fresh(tx.now_ms(), &tx.ctx().random);
    let now_ms = tx.now_ms();
    for &item in items {
        let new = NewGrant {
            id: &id,
            subject,
            item,
            purpose: purpose.as_str(),
            basis: basis.as_str(),
            until_ms,
        };
        store::insert_grant(tx, new, now_ms).await?;
    }
    let fact = Granted {
        subject: subject.as_str(),
        grant: id.as_str(),
        purpose: purpose.as_str(),
        items: items.iter().map(|item| item.as_str()).collect(),
        basis: basis.as_str(),
        until_ms,
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(id)
}

/// Opens one item in clear under a live grant; the opening is a fact of this transaction.
pub async fn open(
    tx: &mut Tx,
    subject: &SubjectId,
    item: ItemKind,
    purpose: Purpose,
) -> Result<Private<String>> {
    let row = store::lock_subject(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let grant = store::live_grant(tx, subject, item, purpose.as_str(), tx.now_ms())
        .await?
        .ok_or(Refusal::GrantMissing)?;
    let kept = store::item(tx, subject, item)
        .await?
        .ok_or_else(Error::not_found)?;
    let epoch_key = keyring::key(tx.ctx(), EPOCH)?;
    let institution = tx.institution()?.as_str();
    let key = unwrap_key(
        &epoch_key,
        institution,
        subject,
        row.epoch,
        &row.wrapped_key,
    )?;
    let label = Label {
        institution,
        subject: subject.as_str(),
        item: item.as_str(),
        version: kept.version,
    };
    let plain = unseal(&key, &label, &kept.sealed)?;
    let text =
        std::str::from_utf8(&plain).map_err(|_| Error::internal("vault_envelope_damaged"))?;
    let value = Private::new(text.to_owned());
    let fact = Opened {
        subject: subject.as_str(),
        item: item.as_str(),
        version: kept.version,
        purpose: purpose.as_str(),
        grant: grant.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(value)
}
