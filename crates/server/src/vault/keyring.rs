//! The vault's key files, each tied to this database: a lost or swapped file is noticed before anything is sealed with it.

use zeroize::Zeroizing;

use super::store;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::keys::{self, Key};
use crate::ledger::Tx;

/// Wraps the subjects' keys.
pub const EPOCH: &str = "epoch-1";
/// Makes blind indexes.
pub const BLIND: &str = "blind";

const CHECK_BYTES: usize = 8;

/// A key for sealing or looking up inside a write; made at the first use ever.
pub async fn for_writing(tx: &mut Tx, name: &'static str) -> Result<Key> {
    if store::key_check(tx, name).await?.is_none() {
        let fresh = tx.ctx().keys.get_or_create(name, &tx.ctx().random)?;
        store::insert_key_check(tx, name, &check(&fresh, name)).await?;
    }
    let ctx = tx.ctx().clone();
    for_reading(&ctx, tx, name)
        .await?
        .ok_or_else(|| Error::internal(format!("the vault key {name} was not registered")))
}

/// A key that this database already knows; none before its first use.
pub async fn for_reading(ctx: &Ctx, view: &impl Read, name: &str) -> Result<Option<Key>> {
    let Some(known) = store::key_check(view, name).await? else {
        return Ok(None);
    };
    let key = ctx
        .keys
        .get(name)?
        .ok_or_else(|| Error::internal(format!("the vault key file {name} is missing")))?;
    if known != check(&key, name) {
        return Err(Error::internal(format!(
            "the vault key file {name} is not the one this database was sealed with"
        )));
    }
    Ok(Some(key))
}

/// A few bytes that recognise a key without giving it away.
fn check(key: &Key, name: &str) -> Vec<u8> {
    keys::mac(key, &[b"xiaobao/key-check/v1", name.as_bytes()])[..CHECK_BYTES].to_vec()
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

/// Takes an unsealed subject key.
pub fn subject_key(bytes: &[u8]) -> Result<Key> {
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
