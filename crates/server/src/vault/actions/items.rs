//! One item at a time: kept, opened.

use super::phones::case_phone;
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
use crate::vault::store::openings::OpeningRow;
use crate::vault::store::phones::Role;
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

/// Seals a value and stores it in the place of an older one.
pub async fn put(
    tx: &mut Tx,
    key: &Key,
    id: &SubjectId,
    outside: Outside,
    plain: &str,
) -> Result<()> {
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: id.as_str(),
        item: outside.item,
        version: outside.version,
    };
    let (cipher, random) = (tx.ctx().config.vault.cipher, &tx.ctx().random);
    let sealed = seal(cipher, key, random, &label, plain.as_bytes())?;
    let mask = match &outside.mask {
        Some(mask) => {
            let item = mask_label(outside.item);
            let label = Label {
                item: &item,
                ..label
            };
            Some(seal(cipher, key, random, &label, mask.as_bytes())?)
        }
        None => None,
    };
    let (source, now_ms) = (tx.seat().kind.as_str(), tx.now_ms());
    let new = NewItem {
        item: outside.item,
        version: outside.version,
        sealed,
        mask,
        blind: outside.blind,
        class: outside.class.as_str(),
        purpose: outside.kept_for,
        source,
        retention: outside.retention,
    };
    store::put_item(tx, id, new, now_ms).await
}

/// Keeps one more item of a known subject; a newer value replaces the older one, an equal one changes nothing. Answers
/// the version kept.
///
/// What makes a person or a business known comes and changes together: [`super::enrol`].
pub async fn keep(
    tx: &mut Tx,
    subject: &SubjectId,
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
    let kept = store::item(tx, subject, kind).await?;
    if let Some(row) = &kept {
        let label = Label {
            institution: tx.institution()?.as_str(),
            subject: subject.as_str(),
            item: kind.as_str(),
            version: row.version,
        };
        if unseal(&key, &label, &row.sealed)?.as_slice() == value.expose().as_bytes() {
            return Ok(row.version);
        }
    }
    let version = kept.map_or(0, |row| row.version) + 1;
    let outside = Outside {
        mask: Some(kind.mask(value.expose())),
        ..Outside::of(kind, version)
    };
    put(tx, &key, subject, outside, value.expose()).await?;
    let fact = Kept {
        subject: subject.as_str(),
        items: vec![ItemClass {
            item: kind.as_str(),
            class: kind.class().as_str(),
            version,
        }],
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(version)
}

/// Opens one item in clear under a live grant, for the work on a case, whose phone may be its own; the opening is a fact of this transaction.
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
    let own = match (item, case) {
        (ItemKind::Phone, Some(case)) => case_phone(tx, &key, subject, (case, Role::Own)).await?,
        _ => None,
    };
    let (value, version) = match own {
        Some((phone, row)) => (phone, row.version),
        None => {
            let kept = store::item(tx, subject, item)
                .await?
                .ok_or_else(Error::not_found)?;
            let label = Label {
                institution: tx.institution()?.as_str(),
                subject: subject.as_str(),
                item: item.as_str(),
                version: kept.version,
            };
            let value = plain_text(&unseal(&key, &label, &kept.sealed)?)?;
            (value, kept.version)
        }
    };
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
