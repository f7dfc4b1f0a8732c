use super::{WIDTH, name::index_path};
use crate::ProofError;

/// The path of an entry bundle below the log's prefix: `tile/entries/x001/234.p/5`.
#[must_use]
pub fn entries_path(index: u64, width: u32) -> String {
    format!("tile/entries/{}", index_path(index, width))
}

/// An entry bundle: each entry behind its length as two big-endian bytes.
///
/// # Errors
/// [`ProofError::EntriesTooLarge`] beyond 256 entries or 65,535 bytes an entry.
pub fn encode_entries(entries: &[&[u8]]) -> Result<Vec<u8>, ProofError> {
    if entries.len() > WIDTH as usize {
        return Err(ProofError::EntriesTooLarge);
    }
    let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.len() + 2).sum());
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| ProofError::EntriesTooLarge)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Reads an entry bundle to its last byte.
///
/// # Errors
/// [`ProofError::Entries`] where a length doesn't fit, [`ProofError::EntriesTooLarge`] beyond 256.
pub fn decode_entries(bytes: &[u8]) -> Result<Vec<Vec<u8>>, ProofError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let malformed = || ProofError::Entries(bytes.len() - rest.len());
        if entries.len() == WIDTH as usize {
            return Err(ProofError::EntriesTooLarge);
        }
        let (length, tail) = rest.split_first_chunk().ok_or_else(malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, tail) = tail.split_at_checked(length).ok_or_else(malformed)?;
        entries.push(entry.to_vec());
        rest = tail;
    }
    Ok(entries)
}
