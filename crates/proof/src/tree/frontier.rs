use super::{MAX_SIZE, check_size, empty_root, fold_peaks, node_hash};
use crate::{Hash, ProofError};

/// The right edge of a tree (a compact range): enough to append and to know the root.
///
/// It holds one hash for each one-bit of the size, largest subtree first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    ///
    /// # Panics
    /// At 2^62 leaves, which no log reaches.
    pub fn push(&mut self, leaf_hash: Hash) {
        assert!(self.size < MAX_SIZE, "tree is full");
        let mut hash = leaf_hash;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
        debug_assert_eq!(self.peaks.len(), self.size.count_ones() as usize);
    }

    /// Root of the tree as it stands.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks).unwrap_or_else(empty_root)
    }

    /// Size (8 bytes, big-endian), then the hashes from largest to smallest subtree.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend_from_slice(peak);
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] writes.
    ///
    /// # Errors
    /// A length that doesn't fit the size, or a size beyond [`MAX_SIZE`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let (head, tail) = bytes.split_first_chunk().ok_or(ProofError::Frontier)?;
        let size = u64::from_be_bytes(*head);
        check_size(size)?;
        let (peaks, rest) = tail.as_chunks();
        if !rest.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(ProofError::Frontier);
        }
        Ok(Self {
            size,
            peaks: peaks.to_vec(),
        })
    }
}
