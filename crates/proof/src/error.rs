use crate::tile::TileId;

/// Why a proof, tile or tree could not be built or did not hold.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The leaf lies outside the tree.
    #[error("leaf {index} lies outside a tree of {size} leaves")]
    IndexOutside {
        /// Index of the leaf, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// A tree can't shrink.
    #[error("a tree of {new} leaves can't extend one of {old}")]
    SizeShrinks {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// A size beyond 2^62 leaves.
    #[error("a tree of {0} leaves is beyond what the formats carry")]
    SizeTooLarge(u64),
    /// The path has too few or too many hashes for its sizes.
    #[error("the proof has {got} hashes, which does not fit its sizes")]
    PathLength {
        /// Hashes given.
        got: usize,
    },
    /// The path leads to another root.
    #[error("the proof leads to another root")]
    RootMismatch,
    /// The path does not contain the older tree.
    #[error("the proof does not contain the older root")]
    OldRootMismatch,
    /// A tile that the reader doesn't have.
    #[error("{} is missing", .0.path())]
    TileMissing(TileId),
    /// A tile whose length is wrong.
    #[error("{} has {got} bytes", .id.path())]
    TileLength {
        /// The tile asked for.
        id: TileId,
        /// Bytes received.
        got: usize,
    },
    /// The store behind a [`crate::tree::TileReader`] failed.
    #[error("{} could not be read", .id.path())]
    TileRead {
        /// The tile asked for.
        id: TileId,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Text that is not a tile path.
    #[error("not a tile path")]
    TilePath,
    /// An entry bundle whose lengths don't add up.
    #[error("the entry bundle is malformed at byte {0}")]
    Entries(usize),
    /// An entry longer than 65,535 bytes or a bundle of more than 256 entries.
    #[error("entries beyond the format's limits")]
    EntriesTooLarge,
    /// Bytes that are not a frontier.
    #[error("the frontier's bytes do not fit its size")]
    Frontier,
}
