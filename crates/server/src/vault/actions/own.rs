//! What one case has of its own beside the person's: whatever its application said. Its name and phone become the person's
//! once its identity is verified.

use super::destroy::renew_relation;
use super::items::{Outside, note, own_of, put, put_own};
use crate::db::{Read as _, Write};
use crate::error::{Error, Result};
use crate::keys::Key;
use crate::ledger::{self, Fact, Tx};
use crate::vault::facts::{Changed, ItemClass, Opened, PhoneEstablished};
use crate::vault::item::{Class, ItemKind};
use crate::vault::keyring;
use crate::vault::model::{Purpose, Refusal, SubjectId};
use crate::vault::private::Private;
use crate::vault::read::{Masked, plain_text};
use crate::vault::seal::{Label, unseal};
use crate::vault::store::case_items::{self, Own};
use crate::vault::store::{self, ItemRow};

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
fn masked_kept(tx: &Tx, key: &Key, subject: &SubjectId, kept: &[ItemRow]) -> Result<Masked> {
    let row = row_of(kept, Masked::ITEM)?;
    Masked::read(kept_text(tx, key, subject, Masked::ITEM, row)?.expose())
}

fn row_of<'a>(kept: &'a [ItemRow], item: &str) -> Result<&'a ItemRow> {
    kept.iter()
        .find(|row| row.item == item)
        .ok_or_else(|| Error::internal("a person without name, phone or masked forms"))
}

/// The person of a case is who they say: their relation lasts, and its own name and phone become theirs, everywhere. The
/// earlier phone stays sealed until [`forget_earlier_phone`], so that whoever has it can be told. Says whether the phone
/// changed.
pub async fn establish(tx: &mut Tx, subject: &SubjectId, case: &str) -> Result<ledger::Changed> {
    let key = keyring::unlock(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    renew_relation(tx, subject).await?;
    let kept = store::items(tx, subject).await?;
    let mut masked = masked_kept(tx, &key, subject, &kept)?;
    let (mut named, mut phoned) = (ledger::Changed::No, ledger::Changed::No);
    for kind in [ItemKind::Name, ItemKind::Phone] {
        let own = Own::Said(kind);
        let Some((value, row)) = own_of(tx, &key, subject, (case, own)).await? else {
            continue;
        };
        case_items::delete(tx, case, own).await?;
        let before = row_of(&kept, kind.as_str())?;
        if before.blind == row.blind {
            continue;
        }
        let version = before.version + 1;
        let outside = Outside {
            blind: row.blind,
            ..Outside::of(kind, version)
        };
        put(tx, &key, subject, outside, value.expose()).await?;
        masked = masked.with(kind, value.expose());
        let whose = subject.as_str();
        let fact = if kind == ItemKind::Phone {
            let earlier = kept_text(tx, &key, subject, kind.as_str(), before)?;
            let outside = Outside::of(kind, before.version);
            let place = (case, Own::EarlierPhone);
            put_own(tx, &key, subject, place, outside, earlier.expose()).await?;
            phoned = ledger::Changed::Yes;
            let established = PhoneEstablished {
                subject: whose,
                journey: case,
                version,
            };
            Fact::of(subject, &established)?
        } else {
            named = ledger::Changed::Yes;
            let items = vec![ItemClass::of(kind, version)];
            let changed = Changed {
                subject: whose,
                items,
            };
            Fact::of(subject, &changed)?
        };
        tx.record(fact.about(subject));
    }
    if (named, phoned) != (ledger::Changed::No, ledger::Changed::No) {
        let outside = Outside {
            item: Masked::ITEM,
            class: Class::C1,
            ..Outside::of(ItemKind::Name, row_of(&kept, Masked::ITEM)?.version + 1)
        };
        put(tx, &key, subject, outside, &masked.written()?).await?;
    }
    Ok(phoned)
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
    let Some((phone, row)) = own_of(tx, &key, subject, (case, Own::EarlierPhone)).await? else {
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

/// Whoever has the earlier phone was told, or can't be any more: it is kept no longer.
pub async fn forget_earlier_phone(tx: &mut impl Write, case: &str) -> Result<()> {
    case_items::delete(tx, case, Own::EarlierPhone).await
}
