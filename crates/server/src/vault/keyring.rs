//! The vault's keys, all registered: a lost or swapped file is noticed before anything is sealed with it.

use zeroize::Zeroizing;

use super::model::{Refusal, SubjectId};
use super::seal::{Label, seal, unseal};
use super::store::{self, SubjectRow};
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys::{self, Key};
use crate::ledger::Tx;

/// Makes blind indexes.
pub const BLIND: &str = "blind";

/// The key that makes blind indexes.
pub fn blind_key(ctx: &Ctx) -> Result<Key> {
    ctx.keys.get_or_create(BLIND, &ctx.random)
}

/// The key file of an epoch; it wraps the subjects' keys.
pub fn epoch_name(epoch: i64) -> String {
    format!("epoch-{epoch}")
}

/// An epoch's key. Never made here: a missing one is an error.
fn epoch_key(ctx: &Ctx, epoch: i64) -> Result<Key> {
    ctx.keys
        .get(&epoch_name(epoch))?
        .ok_or_else(|| Error::internal("vault_epoch_key_missing"))
}

/// The index value of an item: equal for equal values of one institution, meaningless without the key.
pub fn blind_index(key: &Key, institution: &str, item: &str, normal: &str) -> Vec<u8> {
    keys::mac(
        key,
        &[
            b"xiaobao/blind/v1",
            institution.as_bytes(),
            item.as_bytes(),
            normal.as_bytes(),
        ],
    )
    .to_vec()
}

/// Under which name a subject's key is wrapped.
const WRAPPED_KEY: &str = "subject_key";

/// A subject's key, sealed under an epoch's.
pub fn wrap(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &SubjectId,
    epoch: i64,
    key: &Key,
) -> Result<Vec<u8>> {
    let label = Label {
        institution: institution.as_str(),
        subject: id.as_str(),
        item: WRAPPED_KEY,
        version: epoch,
    };
    let cipher = ctx.config.vault.cipher;
    let epoch_key = epoch_key(ctx, epoch)?;
    seal(cipher, &epoch_key, &ctx.random, &label, key.as_slice())
}

/// A subject's own key out of its wrapping.
pub fn unwrap(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &SubjectId,
    epoch: i64,
    wrapped: &[u8],
) -> Result<Key> {
    let label = Label {
        institution: institution.as_str(),
        subject: id.as_str(),
        item: WRAPPED_KEY,
        version: epoch,
    };
    subject_key(&unseal(&epoch_key(ctx, epoch)?, &label, wrapped)?)
}

/// As [`unwrap`], for a reader of an older moment: an epoch's key may have gone since, and then the subject is under
/// the next one by now.
pub async fn unwrap_for_reader(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &SubjectId,
    row: &SubjectRow,
) -> Result<Key> {
    if ctx.keys.exists(&epoch_name(row.epoch))? {
        return unwrap(ctx, institution, id, row.epoch, &row.wrapped_key);
    }
    let view = ctx.db.read(institution).await?;
    let now = store::epochs::wrapped_now(&view, id)
        .await?
        .ok_or_else(Error::not_found)?;
    unwrap(ctx, institution, id, now.epoch, &now.wrapped_key)
}

/// Locks a subject until the transaction ends, and gives its key; none when there is no such subject.
pub async fn unlock(tx: &Tx, id: &SubjectId) -> Result<Option<Key>> {
    let Some(row) = store::lock_subject(tx, id).await? else {
        return Ok(None);
    };
    unwrap(tx.ctx(), tx.institution()?, id, row.epoch, &row.wrapped_key).map(Some)
}

/// Takes an unsealed subject key.
fn subject_key(bytes: &[u8]) -> Result<Key> {
    let key: [u8; 32] = bytes
        .try_into()
        .map_err(|_| Error::from(Refusal::EnvelopeDamaged))?;
    Ok(Zeroizing::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_of_two_institutions_or_items_have_different_indexes() {
        let key = Key::new([7; 32]);
        let index = blind_index(&key, "ins_a", "phone", "13800000000");
        assert_eq!(index, blind_index(&key, "ins_a", "phone", "13800000000"));
        assert_ne!(index, blind_index(&key, "ins_b", "phone", "13800000000"));
        assert_ne!(index, blind_index(&key, "ins_a", "name", "13800000000"));
        assert_ne!(
            index,
            blind_index(&Key::new([8; 32]), "ins_a", "phone", "13800000000")
        );
    }
}
