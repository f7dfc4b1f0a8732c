//! Where a log's tiles and checkpoints lie in the blob store.

use proof::ProofError;
use proof::tile::{self, TileId};
use proof::tree::TileReader;

use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// `log/{institution}/{path}`, where `path` is that of tlog-tiles.
pub fn key(institution: &InstitutionId, path: &str) -> String {
    format!("log/{institution}/{path}")
}

/// Reads tiles synchronously; use on a blocking thread. A partial tile that is gone is cut from its full one.
pub struct StoredTiles {
    pub blobs: Blobs,
    pub institution: InstitutionId,
}

impl StoredTiles {
    /// The entries of a bundle, exactly `width` of them.
    pub fn entries(&self, index: u64, width: u32) -> Result<Vec<Vec<u8>>> {
        let paths = [
            tile::entries_path(index, width),
            tile::entries_path(index, tile::WIDTH),
        ];
        for path in &paths {
            if let Some(bytes) = self.blobs.get_blocking(&key(&self.institution, path))? {
                let mut entries = tile::decode_entries(&bytes)?;
                entries.truncate(width as usize);
                return Ok(entries);
            }
        }
        Err(Error::internal(format!("{} is missing", paths[0])))
    }
}

impl TileReader for StoredTiles {
    fn tile(&self, level: u8, index: u64, width: u32) -> std::result::Result<Vec<u8>, ProofError> {
        let id = TileId {
            level,
            index,
            width,
        };
        for wanted in [
            id,
            TileId {
                width: tile::WIDTH,
                ..id
            },
        ] {
            match self
                .blobs
                .get_blocking(&key(&self.institution, &wanted.path()))
            {
                Ok(Some(bytes)) => return Ok(bytes),
                Ok(None) => {}
                Err(cause) => {
                    return Err(ProofError::TileRead {
                        id,
                        source: Box::new(cause),
                    });
                }
            }
        }
        Err(ProofError::TileMissing(id))
    }
}
