//! The vault's keys, both registered: a lost or swapped file is noticed before anything is sealed with it.

use zeroize::Zeroizing;

use super::model::SubjectId;
use super::seal::{Label, seal, unseal};
use super::store;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys::{self, Key};
use crate::ledger::Tx;

/// Wraps the subjects' keys.
pub const EPOCH: &str = "epoch-1";
/// The epoch whose key is in the file [`EPOCH`].
pub const EPOCH_NO: i64 = 1;
/// Makes blind indexes.
pub const BLIND: &str = "blind";

/// A key of the vault, by [`EPOCH`] or [`BLIND`].
pub fn key(ctx: &Ctx, name: &'static str) -> Result<Key> {
    ctx.keys.get_or_create(name, &ctx.random)
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
    seal(&self::key(ctx, EPOCH)?, &ctx.random, &label, key.as_slice())
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
    subject_key(&unseal(&key(ctx, EPOCH)?, &label, wrapped)?)
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
        .map_err(|_| Error::internal("vault_envelope_damaged"))?;
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
