//! Another phone than the person's: it serves only the case it came with, until identity is verified.

use super::items::{Outside, note, put};
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::keys::Key;
use crate::ledger::{Changed, Fact, Tx};
use crate::vault::facts::{CasePhoneKept, Opened, PhoneEstablished};
use crate::vault::item::{Class, ItemKind};
use crate::vault::keyring;
use crate::vault::model::{Purpose, Refusal, SubjectId};
use crate::vault::private::Private;
use crate::vault::read::{Masked, mask_label, plain_text};
use crate::vault::seal::{Label, seal, unseal};
use crate::vault::store::phones::{self, PhoneRow, Role};
use crate::vault::store::{self, ItemRow};

/// Under which name a case's phone is sealed.
pub fn phone_label(case: &str, role: Role) -> String {
    format!("phone:{}:{case}", role.as_str())
}

/// Seals a phone for one case.
async fn seal_for(
    tx: &mut Tx,
    key: &Key,
    subject: &SubjectId,
    (case, role): (&str, Role),
    (version, phone): (i64, &str),
    blind: Option<Vec<u8>>,
) -> Result<()> {
    let item = phone_label(case, role);
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item: &item,
        version,
    };
    let (cipher, random) = (tx.ctx().config.vault.cipher, &tx.ctx().random);
    let sealed = seal(cipher, key, random, &label, phone.as_bytes())?;
    let item = mask_label(&item);
    let label = Label {
        item: &item,
        ..label
    };
    let mask = ItemKind::Phone.mask(phone);
    let row = PhoneRow {
        version,
        sealed,
        mask: seal(cipher, key, random, &label, mask.as_bytes())?,
        blind,
    };
    let now_ms = tx.now_ms();
    phones::insert(tx, subject, (case, role), row, now_ms).await
}

/// Keeps the phone that an application came with, beside the person's own.
pub async fn keep_case_phone(
    tx: &mut Tx,
    key: &Key,
    subject: &SubjectId,
    case: &str,
    (phone, blind): (&Private<String>, Vec<u8>),
) -> Result<()> {
    let place = (case, Role::Own);
    seal_for(tx, key, subject, place, (0, phone.expose()), Some(blind)).await?;
    let fact = CasePhoneKept {
        subject: subject.as_str(),
        journey: case,
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(())
}

/// A case's own phone in clear, where it has one. The caller has a grant.
pub async fn case_phone(
    tx: &Tx,
    key: &Key,
    subject: &SubjectId,
    (case, role): (&str, Role),
) -> Result<Option<(Private<String>, PhoneRow)>> {
    let Some(row) = phones::find(tx, subject, case, role).await? else {
        return Ok(None);
    };
    let item = phone_label(case, role);
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item: &item,
        version: row.version,
    };
    let phone = plain_text(&unseal(key, &label, &row.sealed)?)?;
    Ok(Some((phone, row)))
}

/// What is sealed of a subject under a name of its own.
fn kept_text(
    tx: &Tx,
    key: &Key,
    subject: &SubjectId,
    item: &str,
    row: &ItemRow,
) -> Result<Private<String>> {
    let label = Label {
        institution: tx.institution()?.as_str(),
        subject: subject.as_str(),
        item,
        version: row.version,
    };
    plain_text(&unseal(key, &label, &row.sealed)?)
}

/// The masked forms as they are sealed.
pub fn masked_kept(tx: &Tx, key: &Key, subject: &SubjectId, kept: &[ItemRow]) -> Result<Masked> {
    let row = row_of(kept, Masked::ITEM)?;
    Masked::read(kept_text(tx, key, subject, Masked::ITEM, row)?.expose())
}

fn row_of<'a>(kept: &'a [ItemRow], item: &str) -> Result<&'a ItemRow> {
    kept.iter()
        .find(|row| row.item == item)
        .ok_or_else(|| Error::internal("a person without phone or masked forms"))
}

/// The person of a case is who they say: its own phone becomes theirs, everywhere. The earlier one stays sealed until
/// [`forget_earlier_phone`], so that whoever has it can be told.
pub async fn establish_phone(tx: &mut Tx, subject: &SubjectId, case: &str) -> Result<Changed> {
    let key = keyring::unlock(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let Some((phone, own)) = case_phone(tx, &key, subject, (case, Role::Own)).await? else {
        return Ok(Changed::No);
    };
    phones::delete(tx, case, Role::Own).await?;
    let kept = store::items(tx, subject).await?;
    let item = ItemKind::Phone.as_str();
    let before = row_of(&kept, item)?;
    if before.blind == own.blind {
        return Ok(Changed::No);
    }
    let earlier = kept_text(tx, &key, subject, item, before)?;
    let place = (case, Role::Earlier);
    let value = (before.version, earlier.expose().as_str());
    seal_for(tx, &key, subject, place, value, None).await?;
    let version = before.version + 1;
    let outside = Outside {
        blind: own.blind,
        ..Outside::of(ItemKind::Phone, version)
    };
    put(tx, &key, subject, outside, phone.expose()).await?;
    let masked = masked_kept(tx, &key, subject, &kept)?.with_phone(phone.expose());
    let outside = Outside {
        item: Masked::ITEM,
        class: Class::C1,
        ..Outside::of(ItemKind::Name, row_of(&kept, Masked::ITEM)?.version + 1)
    };
    put(tx, &key, subject, outside, &masked.written()?).await?;
    let fact = PhoneEstablished {
        subject: subject.as_str(),
        journey: case,
        version,
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(Changed::Yes)
}

/// The phone that a case's own took the place of, in clear under a grant to tell of the change; none once it is forgotten.
pub async fn open_earlier_phone(
    tx: &mut Tx,
    subject: &SubjectId,
    case: &str,
) -> Result<Option<Private<String>>> {
    let (item, purpose) = (ItemKind::Phone, Purpose::TellChange);
    let Some(key) = keyring::unlock(tx, subject).await? else {
        return Ok(None);
    };
    let Some((phone, row)) = case_phone(tx, &key, subject, (case, Role::Earlier)).await? else {
        return Ok(None);
    };
    let grant = store::live_grant(tx, subject, item, purpose.as_str(), tx.now_ms())
        .await?
        .ok_or(Refusal::GrantMissing)?;
    let fact = Opened {
        subject: subject.as_str(),
        item: item.as_str(),
        version: row.version,
        purpose: purpose.as_str(),
        grant: grant.as_str(),
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    let whose = (subject, Some(case));
    note(tx, &key, whose, (item, purpose, grant), None).await?;
    Ok(Some(phone))
}

/// Whoever has the earlier phone was told: it is kept no more.
pub async fn forget_earlier_phone(tx: &mut Tx, case: &str) -> Result<()> {
    phones::delete(tx, case, Role::Earlier).await
}
