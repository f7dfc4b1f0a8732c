//! One item at a time: kept, opened.

use super::third::may_reach;
use crate::clock;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::keys::Key;
use crate::ledger::{Fact, SeatKind, Tx};
use crate::vault::facts::{ItemClass, Kept, Opened};
use crate::vault::item::{Class, ItemKind};
use crate::vault::keyring;
use crate::vault::model::{GrantId, OpeningId, Purpose, Refusal, SubjectId};
use crate::vault::opening::{Reason, Strange};
use crate::vault::private::Private;
use crate::vault::read::{mask_label, plain_text, reason_label};
use crate::vault::seal::{Label, seal, unseal};
use crate::vault::store::case_items::{self, Own, OwnRow};
use crate::vault::store::openings::OpeningRow;
use crate::vault::store::{self, NewItem};

/// What stands on the outside of an item.
pub struct Outside {
    pub item: &'static str,
    pub version: i64,
    pub class: Class,
    pub blind: Option<Vec<u8>>,
    /// What may be shown without opening; sealed beside the value.
    pub mask: Option<String>,
    pub kept_for: &'static str,
    pub retention: &'static str,
}

impl Outside {
    pub fn of(kind: ItemKind, version: i64) -> Self {
        Self {
            item: kind.as_str(),
            version,
            class: kind.class(),
            blind: None,
            mask: None,
            kept_for: kind.kept_for(),
            retention: kind.retention().code,
        }
    }
}

/// Seals a value, and what may be shown of it, under a name.
fn sealed(
    tx: &Tx,
    key: &Key,
    id: &SubjectId,
    (outside, name): (Outside, &str),
    plain: &str,
) -> Result<NewItem<'static>> {
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: id.as_str(),
        item: name,
        version: outside.version,
    };
    let (cipher, random) = (tx.ctx().config.vault.cipher, &tx.ctx().random);
    let sealed = seal(cipher, key, random, &label, plain.as_bytes())?;
    let mask = match &outside.mask {
        Some(mask) => {
            let item = mask_label(name);
            let label = Label {
                item: &item,
                ..label
            };
            Some(seal(cipher, key, random, &label, mask.as_bytes())?)
        }
        None => None,
    };
    Ok(NewItem {
        item: outside.item,
        version: outside.version,
        sealed,
        mask,
        blind: outside.blind,
        class: outside.class.as_str(),
        purpose: outside.kept_for,
        source: tx.seat().kind.as_str(),
        retention: outside.retention,
    })
}

/// Seals a value and stores it in the place of an older one.
pub async fn put(
    tx: &mut Tx,
    key: &Key,
    id: &SubjectId,
    outside: Outside,
    plain: &str,
) -> Result<()> {
    put_all(tx, key, id, vec![(outside, plain)]).await
}

/// Seals values of different items and stores each in the place of an older one.
pub async fn put_all(
    tx: &mut Tx,
    key: &Key,
    id: &SubjectId,
    items: Vec<(Outside, &str)>,
) -> Result<()> {
    let now_ms = tx.now_ms();
    let seal = |(outside, plain): (Outside, &str)| {
        let name = outside.item;
        sealed(tx, key, id, (outside, name), plain)
    };
    let new: Vec<NewItem<'_>> = items.into_iter().map(seal).collect::<Result<_>>()?;
    store::put_items(tx, id, new, now_ms).await
}

/// Seals a value of a case's own and stores it in the place of an older one.
pub async fn put_own(
    tx: &mut Tx,
    key: &Key,
    id: &SubjectId,
    (case, own): (&str, Own),
    outside: Outside,
    plain: &str,
) -> Result<()> {
    let outside = Outside {
        item: own.as_str(),
        mask: Some(own.kind().mask(plain)),
        ..outside
    };
    let now_ms = tx.now_ms();
    let new = sealed(tx, key, id, (outside, &own.label(case)), plain)?;
    case_items::put(tx, id, case, new, now_ms).await
}

/// What a case has of its own, in clear. The caller has a grant.
pub async fn own_of(
    tx: &Tx,
    key: &Key,
    subject: &SubjectId,
    (case, own): (&str, Own),
) -> Result<Option<(Private<String>, OwnRow)>> {
    let Some(row) = case_items::find(tx, subject, case, own).await? else {
        return Ok(None);
    };
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item: &own.label(case),
        version: row.version,
    };
    let value = plain_text(&unseal(key, &label, &row.sealed)?)?;
    Ok(Some((value, row)))
}

/// A value in clear, and which one of its kind it is: the case's own, else the person's.
async fn serving(
    tx: &Tx,
    key: &Key,
    (subject, case): (&SubjectId, Option<&str>),
    kind: ItemKind,
) -> Result<Option<(Private<String>, i64)>> {
    if let Some(case) = case
        && let Some((value, row)) = own_of(tx, key, subject, (case, Own::Said(kind))).await?
    {
        return Ok(Some((value, row.version)));
    }
    let Some(row) = store::item(tx, subject, kind).await? else {
        return Ok(None);
    };
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item: kind.as_str(),
        version: row.version,
    };
    let value = plain_text(&unseal(key, &label, &row.sealed)?)?;
    Ok(Some((value, row.version)))
}

/// Keeps what an application says of a known subject, for its case alone; a newer value replaces the older one, an equal
/// one changes nothing. Answers the version kept.
///
/// What makes a person or a business known comes and changes together: [`super::enrol`].
pub async fn keep(
    tx: &mut Tx,
    (subject, case): (&SubjectId, &str),
    kind: ItemKind,
    value: &Private<String>,
) -> Result<i64> {
    if ItemKind::IDENTIFYING.contains(&kind) {
        return Err(Error::internal("enrol keeps what makes a person known"));
    }
    let value = Private::new(kind.normal(value.expose()));
    if let Some(fault) = kind.check(value.expose()) {
        return Err(Error::Invalid(vec![fault]));
    }
    let key = keyring::unlock(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let kept = serving(tx, &key, (subject, Some(case)), kind).await?;
    let before = match &kept {
        Some((same, version)) if same.expose() == value.expose() => return Ok(*version),
        Some((_, version)) => *version,
        None => 0,
    };
    let version = before + 1;
    let (place, outside) = ((case, Own::Said(kind)), Outside::of(kind, version));
    put_own(tx, &key, subject, place, outside, value.expose()).await?;
    kept_for(tx, subject, case, vec![ItemClass::of(kind, version)])?;
    Ok(version)
}

/// Swears to what is kept for one case.
pub fn kept_for(tx: &mut Tx, subject: &SubjectId, case: &str, items: Vec<ItemClass>) -> Result<()> {
    let fact = Kept {
        subject: subject.as_str(),
        journey: case,
        items,
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(())
}

/// Opens one item in clear under a live grant, for the work on a case: the case's own, else the person's. The opening is a
/// fact of this transaction.
pub async fn open(
    tx: &mut Tx,
    subject: &SubjectId,
    case: &str,
    item: ItemKind,
    purpose: Purpose,
) -> Result<Private<String>> {
    opened(tx, (subject, Some(case)), item, purpose, None).await
}

/// As [`open`], for a member of staff who says why.
pub async fn open_explained(
    tx: &mut Tx,
    subject: &SubjectId,
    item: ItemKind,
    purpose: Purpose,
    reason: &Reason,
) -> Result<Private<String>> {
    reason.check()?;
    let whose = (subject, reason.case.as_deref());
    opened(tx, whose, item, purpose, Some(&reason.text)).await
}

async fn opened(
    tx: &mut Tx,
    (subject, case): (&SubjectId, Option<&str>),
    item: ItemKind,
    purpose: Purpose,
    reason: Option<&Private<String>>,
) -> Result<Private<String>> {
    let key = keyring::unlock(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    if item.of_third_person() {
        may_reach(tx, subject, purpose).await?;
    }
    let grant = store::live_grant(tx, subject, item, purpose.as_str(), tx.now_ms())
        .await?
        .ok_or(Refusal::GrantMissing)?;
    let (value, version) = serving(tx, &key, (subject, case), item)
        .await?
        .ok_or_else(Error::not_found)?;
    let fact = Opened {
        subject: subject.as_str(),
        item: item.as_str(),
        version,
        purpose: purpose.as_str(),
        grant: grant.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    note(tx, &key, (subject, case), (item, purpose, grant), reason).await?;
    Ok(value)
}

/// Keeps the opening where it can be listed; its reason is sealed.
pub async fn note(
    tx: &mut Tx,
    key: &Key,
    (subject, case): (&SubjectId, Option<&str>),
    (item, purpose, grant): (ItemKind, Purpose, GrantId),
    reason: Option<&Private<String>>,
) -> Result<()> {
    let id = OpeningId::fresh(tx.now_ms(), &tx.ctx().random);
    let sealed = match reason {
        Some(reason) => {
            let name = reason_label(id.as_str());
            let label = Label {
                institution: tx.institution()?.as_str(),
                subject: subject.as_str(),
                item: &name,
                version: 1,
            };
            let (cipher, random) = (tx.ctx().config.vault.cipher, &tx.ctx().random);
            let text = reason.expose().trim().as_bytes();
            Some(seal(cipher, key, random, &label, text)?)
        }
        None => None,
    };
    let seat = tx.seat().clone();
    let nth = match seat.kind {
        SeatKind::Staff => {
            let today = clock::start_of(clock::civil_date(tx.now_ms()));
            store::openings::opened_since(tx, &seat.id, today).await? + 1
        }
        _ => 0,
    };
    let row = OpeningRow {
        id: id.to_string(),
        subject_id: subject.to_string(),
        item: item.as_str().to_owned(),
        purpose: purpose.as_str().to_owned(),
        grant_id: grant.to_string(),
        seat_kind: seat.kind.as_str().to_owned(),
        seat_id: seat.id,
        at_ms: tx.now_ms(),
        reason: sealed,
        strange: Strange::list(&Strange::of(seat.kind, nth, case, tx.now_ms())),
        case_id: case.map(str::to_owned),
    };
    store::openings::insert_opening(tx, row).await
}
