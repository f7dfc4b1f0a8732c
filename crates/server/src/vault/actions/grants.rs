//! Reasons to open items: given, and ended.

use crate::error::{Error, Result};
use crate::ledger::{Fact, Tx};
use crate::vault::facts::{GrantEnded, Granted};
use crate::vault::item::ItemKind;
use crate::vault::model::{Basis, EndReason, GrantId, Purpose, SubjectId};
use crate::vault::store::{self, NewGrant};

/// Lets items of a subject be opened for one purpose until an instant (UTC ms).
pub async fn grant(
    tx: &mut Tx,
    subject: &SubjectId,
    purpose: Purpose,
    items: &[ItemKind],
    basis: Basis,
    until_ms: i64,
) -> Result<GrantId> {
    insert(tx, None, subject, purpose, items, basis, until_ms).await
}

/// As [`grant`], resting on something by its id (a consent, a relation): [`end_grants_of_source`] ends it with that.
pub async fn grant_resting_on(
    tx: &mut Tx,
    source: &str,
    subject: &SubjectId,
    purpose: Purpose,
    items: &[ItemKind],
    basis: Basis,
    until_ms: i64,
) -> Result<GrantId> {
    insert(tx, Some(source), subject, purpose, items, basis, until_ms).await
}

async fn insert(
    tx: &mut Tx,
    source: Option<&str>,
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
            source,
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
        rests_on: source,
        until_ms,
    };
    tx.record(Fact::of(subject, &fact)?.about(subject));
    Ok(id)
}

/// Whether an item may be opened for a purpose now; the grant stays as it is until the transaction ends.
pub async fn may_open(
    tx: &Tx,
    subject: &SubjectId,
    item: ItemKind,
    purpose: Purpose,
) -> Result<bool> {
    let grant = store::live_grant(tx, subject, item, purpose.as_str(), tx.now_ms()).await?;
    Ok(grant.is_some())
}

/// Ends a grant now; one that ended already stays as it is.
pub async fn end_grant(tx: &mut Tx, grant: &GrantId, why: EndReason) -> Result<()> {
    let subject = store::grant_subject(tx, grant)
        .await?
        .ok_or_else(Error::not_found)?;
    let now_ms = tx.now_ms();
    if store::end_grant(tx, grant, why.as_str(), now_ms).await? > 0 {
        let fact = GrantEnded {
            subject: subject.as_str(),
            grant: grant.as_str(),
            why: why.as_str(),
        };
        tx.record(Fact::of(&subject, &fact)?.about(&subject));
    }
    Ok(())
}

/// Ends every live grant that rests on a source, and only those; says how many.
pub async fn end_grants_of_source(tx: &mut Tx, source: &str, why: EndReason) -> Result<u64> {
    let grants = store::live_grants_of_source(tx, source).await?;
    for grant in &grants {
        end_grant(tx, grant, why).await?;
    }
    Ok(u64::try_from(grants.len())?)
}
