//! Roots and proof paths from hash tiles.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{check_size, empty_root, fold_peaks, node_hash};
use crate::tile::{HEIGHT, TileId, WIDTH};
use crate::{Hash, ProofError};

/// Gives the hash tiles of one log.
pub trait TileReader {
    /// The tile's bytes: `width` hashes of 32 bytes. A wider version of the same
    /// tile is fine: its first hashes are the same and the rest is not looked at.
    ///
    /// # Errors
    /// [`ProofError::TileMissing`] or [`ProofError::TileRead`]; an unreadable tile is never empty.
    fn tile(&self, level: u8, index: u64, width: u32) -> Result<Vec<u8>, ProofError>;
}

/// Tiles in memory, by their exact ids.
#[derive(Clone, Debug, Default)]
pub struct TileMap(pub BTreeMap<TileId, Vec<u8>>);

impl TileReader for TileMap {
    fn tile(&self, level: u8, index: u64, width: u32) -> Result<Vec<u8>, ProofError> {
        let id = TileId {
            level,
            index,
            width,
        };
        let found = self.0.get(&id).cloned();
        found.ok_or(ProofError::TileMissing(id))
    }
}

/// Notes which tiles are asked for, and answers with zeroes.
#[derive(Debug, Default)]
pub struct Recorder(RefCell<BTreeSet<TileId>>);

impl TileReader for Recorder {
    fn tile(&self, level: u8, index: u64, width: u32) -> Result<Vec<u8>, ProofError> {
        self.0.borrow_mut().insert(TileId {
            level,
            index,
            width,
        });
        Ok(vec![0; width as usize * 32])
    }
}

/// The tiles that `work` reads, so that a caller with an asynchronous store can
/// fetch them first into a [`TileMap`] and then run the same work on that.
///
/// # Errors
/// Whatever `work` refuses before it reads, such as an index outside the tree.
pub fn tiles_needed<T>(
    work: impl FnOnce(&Recorder) -> Result<T, ProofError>,
) -> Result<Vec<TileId>, ProofError> {
    let recorder = Recorder::default();
    work(&recorder)?;
    Ok(recorder.0.into_inner().into_iter().collect())
}

/// Root of the tree's first `size` leaves.
///
/// # Errors
/// Missing or malformed tiles.
pub fn root_at(size: u64, reader: &impl TileReader) -> Result<Hash, ProofError> {
    check_size(size)?;
    if size == 0 {
        return Ok(empty_root());
    }
    Tiles::new(size, reader).range(0, size)
}

/// Inclusion path of leaf `index` in the tree of `size` leaves, nearest sibling first.
///
/// # Errors
/// An index outside the tree; missing or malformed tiles.
pub fn inclusion_path(
    size: u64,
    index: u64,
    reader: &impl TileReader,
) -> Result<Vec<Hash>, ProofError> {
    check_size(size)?;
    if index >= size {
        return Err(ProofError::IndexOutside { index, size });
    }
    let mut tiles = Tiles::new(size, reader);
    let (mut low, mut high) = (0, size);
    let mut path = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(tiles.range(middle, high)?);
            high = middle;
        } else {
            path.push(tiles.range(low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Consistency path from the tree of `old` leaves to that of `new` leaves.
///
/// # Errors
/// `old` greater than `new`; missing or malformed tiles.
pub fn consistency_path(
    old: u64,
    new: u64,
    reader: &impl TileReader,
) -> Result<Vec<Hash>, ProofError> {
    check_size(new)?;
    if old > new {
        return Err(ProofError::SizeShrinks { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut tiles = Tiles::new(new, reader);
    let (mut low, mut high) = (0, new);
    let mut path = Vec::new();
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(tiles.range(middle, high)?);
            high = middle;
        } else {
            path.push(tiles.range(low, middle)?);
            low = middle;
        }
    }
    // The older tree's own root is known to the verifier when nothing was split off its left.
    if low > 0 {
        path.push(tiles.range(low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// The largest power of two below `leaves` (which is at least 2).
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// Hashes of one tree size, with the tiles read so far.
struct Tiles<'a, R> {
    size: u64,
    reader: &'a R,
    seen: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'a, R: TileReader> Tiles<'a, R> {
    fn new(size: u64, reader: &'a R) -> Self {
        Self {
            size,
            reader,
            seen: BTreeMap::new(),
        }
    }

    /// Hash of the leaves `low..high`, where `low` is aligned as RFC 6962 splits.
    fn range(&mut self, low: u64, high: u64) -> Result<Hash, ProofError> {
        let mut peaks = Vec::new();
        let mut at = low;
        while at < high {
            let level = (high - at).ilog2();
            peaks.push(self.perfect(level, at >> level)?);
            at += 1 << level;
        }
        fold_peaks(&peaks).ok_or(ProofError::IndexOutside {
            index: low,
            size: self.size,
        })
    }

    /// Hash of the perfect subtree `number` of 2^`level` leaves.
    fn perfect(&mut self, level: u32, number: u64) -> Result<Hash, ProofError> {
        let (tile_level, height) = (level / HEIGHT, level % HEIGHT);
        let first = number << height;
        let hashes = self.hashes(tile_level as u8, first / u64::from(WIDTH))?;
        let start = (first % u64::from(WIDTH)) as usize;
        Ok(perfect_root(&hashes[start..start + (1 << height)]))
    }

    fn hashes(&mut self, level: u8, index: u64) -> Result<&[Hash], ProofError> {
        let complete = self.size >> (HEIGHT * u32::from(level));
        let width = (complete - index * u64::from(WIDTH)).min(u64::from(WIDTH)) as u32;
        match self.seen.entry((level, index)) {
            std::collections::btree_map::Entry::Occupied(slot) => Ok(slot.into_mut()),
            std::collections::btree_map::Entry::Vacant(slot) => {
                let hashes = read(self.reader, level, index, width)?;
                Ok(slot.insert(hashes))
            }
        }
    }
}

/// Reads exactly the first `width` hashes of a tile.
pub(crate) fn read(
    reader: &impl TileReader,
    level: u8,
    index: u64,
    width: u32,
) -> Result<Vec<Hash>, ProofError> {
    let bytes = reader.tile(level, index, width)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || !(width as usize..=WIDTH as usize).contains(&hashes.len()) {
        let id = TileId {
            level,
            index,
            width,
        };
        return Err(ProofError::TileLength {
            id,
            got: bytes.len(),
        });
    }
    Ok(hashes[..width as usize].to_vec())
}

/// Root over a power of two of hashes.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        for pair in 0..row.len() / 2 {
            row[pair] = node_hash(&row[2 * pair], &row[2 * pair + 1]);
        }
        row.truncate(row.len() / 2);
    }
    row[0]
}
