//! Tile paths, entry bundles, frontiers and proofs over hostile bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proof::ProofError;
use proof::tile::{TilePath, decode_entries, encode_entries, entries_path, extend, parse_path};
use proof::tree::{
    Frontier, TileReader, consistency_path, inclusion_path, verify_consistency, verify_inclusion,
};

/// Answers every tile with the same bytes.
struct Same<'a>(&'a [u8]);

impl TileReader for Same<'_> {
    fn tile(&self, _: u8, _: u64, _: u32) -> Result<Vec<u8>, ProofError> {
        Ok(self.0.to_vec())
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(path) = std::str::from_utf8(data) {
        match parse_path(path) {
            Ok(TilePath::Hashes(id)) => assert_eq!(id.path(), path),
            Ok(TilePath::Entries { index, width }) => assert_eq!(entries_path(index, width), path),
            Err(_) => {}
        }
    }
    if let Ok(entries) = decode_entries(data) {
        let slices: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        assert_eq!(
            encode_entries(&slices).expect("entries that were read"),
            data
        );
    }
    if let Ok(frontier) = Frontier::from_bytes(data) {
        assert_eq!(frontier.to_bytes(), data);
        let _ = frontier.root();
    }
    let Some((first, rest)) = data.split_first_chunk::<8>() else {
        return;
    };
    let Some((second, rest)) = rest.split_first_chunk::<8>() else {
        return;
    };
    let (first, second) = (u64::from_be_bytes(*first), u64::from_be_bytes(*second));
    let (hashes, _) = rest.as_chunks::<32>();
    let [root, leaf, path @ ..] = hashes else {
        return;
    };
    // Nobody finds a preimage, so only a path without steps can lead to the root.
    let included = verify_inclusion(leaf, first, second, path, root).is_ok();
    assert!(!included || (second == 1 && leaf == root));
    let _ = verify_consistency(first, leaf, second, root, path);
    let reader = Same(rest);
    if let Ok(path) = inclusion_path(second, first, &reader) {
        assert!(path.len() <= 62);
    }
    let _ = consistency_path(first, second, &reader);
    let _ = extend(first, &reader, hashes);
});
