//! The vault's keys, both registered: a lost or swapped file is noticed before anything is sealed with it.

use zeroize::Zeroizing;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::keys::{self, Key};

/// Wraps the subjects' keys.
pub const EPOCH: &str = "epoch-1";
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
