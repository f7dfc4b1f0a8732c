use super::{HEIGHT, TileId, WIDTH};
use crate::tree::{self, MAX_SIZE, TileReader};
use crate::{Hash, ProofError};

/// What growing a tree yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Root of the tree before, as its right-edge tiles tell it. Compare it with
    /// the checkpoint that is being extended before writing anything.
    pub old_root: Hash,
    /// Leaves of the tree after.
    pub size: u64,
    /// Root of the tree after.
    pub root: Hash,
    /// The tiles to write, exactly those of [`new_tiles`], in that order.
    pub tiles: Vec<(TileId, Vec<u8>)>,
}

/// The tiles to write when a tree grows: by level, then index; full ones and,
/// where a level has grown, its partial one.
#[must_use]
pub fn new_tiles(old_size: u64, new_size: u64) -> Vec<TileId> {
    let mut ids = Vec::new();
    let (mut old, mut new, mut level) = (old_size, new_size, 0);
    while new > old {
        let wide = u64::from(WIDTH);
        for index in old / wide..new.div_ceil(wide) {
            let width = (new - index * wide).min(wide) as u32;
            ids.push(TileId {
                level,
                index,
                width,
            });
        }
        old >>= HEIGHT;
        new >>= HEIGHT;
        level += 1;
    }
    ids
}

/// Appends leaf hashes to a tree of which only the right edge is read.
///
/// # Errors
/// Missing or malformed right-edge tiles; more than 2^62 leaves.
pub fn extend(
    old_size: u64,
    reader: &impl TileReader,
    new_leaves: &[Hash],
) -> Result<Extension, ProofError> {
    let size = old_size
        .checked_add(new_leaves.len() as u64)
        .filter(|size| *size <= MAX_SIZE)
        .ok_or(ProofError::SizeTooLarge(old_size))?;
    let wide = u64::from(WIDTH);
    let mut old_peaks = Vec::new();
    let mut new_peaks = Vec::new();
    let mut tiles = Vec::new();
    let mut arrived: Vec<Hash> = new_leaves.to_vec();
    for level in 0.. {
        let shift = HEIGHT * u32::from(level);
        if shift >= u64::BITS || size >> shift == 0 {
            break;
        }
        let before = old_size >> shift;
        let mut index = before / wide;
        let width = (before % wide) as u32;
        let mut edge = match width {
            0 => Vec::new(),
            _ => tree::read(reader, level, index, width)?,
        };
        prepend_peaks(&mut old_peaks, &edge);
        let grown = !arrived.is_empty();
        let mut risen = Vec::with_capacity((edge.len() + arrived.len()) / WIDTH as usize);
        let mut rest = arrived.as_slice();
        while edge.len() + rest.len() >= WIDTH as usize {
            let (head, tail) = rest.split_at(WIDTH as usize - edge.len());
            edge.extend_from_slice(head);
            rest = tail;
            risen.push(tree::perfect_root(&edge));
            let id = TileId {
                level,
                index,
                width: WIDTH,
            };
            tiles.push((id, edge.as_flattened().to_vec()));
            edge.clear();
            index += 1;
        }
        edge.extend_from_slice(rest);
        prepend_peaks(&mut new_peaks, &edge);
        if grown && !edge.is_empty() {
            let id = TileId {
                level,
                index,
                width: edge.len() as u32,
            };
            tiles.push((id, edge.as_flattened().to_vec()));
        }
        arrived = risen;
    }
    Ok(Extension {
        old_root: tree::fold_peaks(&old_peaks).unwrap_or_else(tree::empty_root),
        size,
        root: tree::fold_peaks(&new_peaks).unwrap_or_else(tree::empty_root),
        tiles,
    })
}

/// Puts the perfect subtrees of a level's partial tile before those of lower levels.
fn prepend_peaks(peaks: &mut Vec<Hash>, edge: &[Hash]) {
    let mut own = Vec::new();
    let mut rest = edge;
    while !rest.is_empty() {
        let (head, tail) = rest.split_at(1 << rest.len().ilog2());
        own.push(tree::perfect_root(head));
        rest = tail;
    }
    own.append(peaks);
    *peaks = own;
}
