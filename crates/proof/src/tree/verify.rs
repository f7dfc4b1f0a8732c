//! Proof verification as RFC 9162 §2.1.3.2 and §2.1.4.2 write it down.

use super::{check_size, empty_root, node_hash};
use crate::{Hash, ProofError};

/// Checks that the leaf hash `leaf` stands at `index` in the tree of `size` leaves with `root`.
///
/// # Errors
/// [`ProofError::IndexOutside`], [`ProofError::PathLength`] or [`ProofError::RootMismatch`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    check_size(size)?;
    if index >= size {
        return Err(ProofError::IndexOutside { index, size });
    }
    let wrong_length = || ProofError::PathLength { got: path.len() };
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return Err(wrong_length());
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            // A node alone at the end of its row rises until it is a right child.
            let rise = node.trailing_zeros();
            node >>= rise;
            last >>= rise;
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length());
    }
    if hash != *root {
        return Err(ProofError::RootMismatch);
    }
    Ok(())
}

/// Checks that the tree of `new_size` leaves with `new_root` begins with the
/// `old_size` leaves whose tree had `old_root`.
///
/// # Errors
/// [`ProofError::SizeShrinks`], [`ProofError::PathLength`],
/// [`ProofError::OldRootMismatch`] or [`ProofError::RootMismatch`].
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    check_size(new_size)?;
    if old_size > new_size {
        return Err(ProofError::SizeShrinks {
            old: old_size,
            new: new_size,
        });
    }
    let wrong_length = || ProofError::PathLength { got: path.len() };
    if old_size == 0 || old_size == new_size {
        if !path.is_empty() {
            return Err(wrong_length());
        }
        if old_size == 0 && *old_root != empty_root() {
            return Err(ProofError::OldRootMismatch);
        }
        if old_size == new_size && old_root != new_root {
            return Err(ProofError::RootMismatch);
        }
        return Ok(());
    }
    let shift = (old_size - 1).trailing_ones();
    let (mut node, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    let mut siblings = path.iter();
    // A perfect older tree is its own first subtree and is left out of the path.
    let first = if old_size.is_power_of_two() {
        *old_root
    } else {
        *siblings.next().ok_or_else(wrong_length)?
    };
    let (mut old, mut new) = (first, first);
    for sibling in siblings {
        if last == 0 {
            return Err(wrong_length());
        }
        if node & 1 == 1 || node == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            let rise = node.trailing_zeros();
            node >>= rise;
            last >>= rise;
        } else {
            new = node_hash(&new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length());
    }
    if old != *old_root {
        return Err(ProofError::OldRootMismatch);
    }
    if new != *new_root {
        return Err(ProofError::RootMismatch);
    }
    Ok(())
}
