//! C2SP tlog-tiles: names and bytes of hash tiles and entry bundles.

mod entries;
mod extend;
mod name;

pub use entries::{decode_entries, encode_entries, entries_path};
pub use extend::{Extension, extend, new_tiles};
pub use name::{TileId, TilePath, parse_path};

/// Levels of the tree that one tile spans.
pub const HEIGHT: u32 = 8;

/// Hashes in a full tile, and entries in a full entry bundle.
pub const WIDTH: u32 = 1 << HEIGHT;
