//! Where a log's tiles and checkpoints lie in the blob store.

use proof::ProofError;
use proof::tile::TileId;
use proof::tree::TileReader;

use crate::blobs::Blobs;
use crate::id::InstitutionId;

/// `log/{institution}/{path}`, where `path` is that of tlog-tiles.
pub fn key(institution: &InstitutionId, path: &str) -> String {
    format!("log/{institution}/{path}")
}

/// Reads hash tiles synchronously; use on a blocking thread.
pub struct StoredTiles {
    pub blobs: Blobs,
    pub institution: InstitutionId,
}

impl TileReader for StoredTiles {
    fn tile(&self, level: u8, index: u64, width: u32) -> Result<Vec<u8>, ProofError> {
        let id = TileId {
            level,
            index,
            width,
        };
        let failed = |source| ProofError::TileRead { id, source };
        match self.blobs.get_blocking(&key(&self.institution, &id.path())) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(ProofError::TileMissing(id)),
            Err(cause) => Err(failed(Box::new(cause))),
        }
    }
}
