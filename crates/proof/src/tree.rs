//! The RFC 6962 Merkle tree over SHA-256.

mod frontier;
mod path;
mod verify;

pub use frontier::Frontier;
pub use path::{
    Recorder, TileMap, TileReader, consistency_path, inclusion_path, root_at, tiles_needed,
};
pub use verify::{verify_consistency, verify_inclusion};

pub(crate) use path::{perfect_root, read};

use crate::{Hash, ProofError, digest};

/// The most leaves a tree may have: far beyond any log, small enough that no
/// index arithmetic overflows.
pub const MAX_SIZE: u64 = 1 << 62;

/// Hash of a leaf: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    digest::sha256_parts(&[&[0x00], entry])
}

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0x01; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    digest::sha256(&bytes)
}

/// Root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    digest::sha256(&[])
}

fn check_size(size: u64) -> Result<(), ProofError> {
    if size > MAX_SIZE {
        return Err(ProofError::SizeTooLarge(size));
    }
    Ok(())
}

/// Root over perfect subtrees, given from left (largest) to right (smallest).
pub(crate) fn fold_peaks(peaks: &[Hash]) -> Option<Hash> {
    peaks
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
}
