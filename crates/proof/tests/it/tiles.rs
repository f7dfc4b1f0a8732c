use std::collections::{BTreeMap, BTreeSet};

use proof::tile::{
    TileId, TilePath, decode_entries, encode_entries, entries_path, extend, new_tiles, parse_path,
};
use proof::tree::{
    TileMap, TileReader, inclusion_path, leaf_hash, node_hash, root_at, tiles_needed,
};
use proof::{Hash, ProofError};
use proptest::prelude::*;

use crate::tree::log;

fn id(level: u8, index: u64, width: u32) -> TileId {
    TileId {
        level,
        index,
        width,
    }
}

#[test]
fn paths_are_those_of_the_specification() {
    // c2sp.org/tlog-tiles: index 1234067 is written x001/x234/067.
    assert_eq!(id(0, 1_234_067, 256).path(), "tile/0/x001/x234/067");
    assert_eq!(id(1, 1_234_067, 5).path(), "tile/1/x001/x234/067.p/5");
    assert_eq!(id(0, 0, 256).path(), "tile/0/000");
    assert_eq!(id(2, 999, 255).path(), "tile/2/999.p/255");
    assert_eq!(id(63, 1000, 1).path(), "tile/63/x001/000.p/1");
    assert_eq!(entries_path(1234, 5), "tile/entries/x001/234.p/5");
    for number in [0, 1, 999, 1000, 999_999, 1_000_000, u64::MAX] {
        for width in [1, 255, 256] {
            let own = id(7, number, width);
            assert_eq!(parse_path(&own.path()).unwrap(), TilePath::Hashes(own));
            let entries = TilePath::Entries {
                index: number,
                width,
            };
            assert_eq!(parse_path(&entries_path(number, width)).unwrap(), entries);
        }
    }
}

#[test]
fn other_spellings_are_refused() {
    for bad in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x01/002",
        "tile/0/X001/002",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/+1/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/05",
        "tile/0/001.p/",
        "tile/0/001.p",
        "tile/0/001.p/5/",
        "/tile/0/001",
        "tile/0/001/",
        "tile/entry/001",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/００1",
        "tile/0/x001/../001",
    ] {
        assert!(parse_path(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_tree_of_70000_has_the_tiles_the_specification_counts() {
    let tiles = new_tiles(0, 70_000);
    let full = |level| {
        tiles
            .iter()
            .filter(|id| id.level == level && id.width == 256)
            .count()
    };
    let partial: Vec<_> = tiles
        .iter()
        .filter(|id| id.width < 256)
        .map(|id| (id.level, id.width))
        .collect();
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    assert_eq!(partial, [(0, 112), (1, 17), (2, 1)]);
    assert_eq!(new_tiles(0, 256), [id(0, 0, 256), id(1, 0, 1)]);
    assert_eq!(new_tiles(5, 5), []);
}

#[test]
fn new_tiles_agree_with_the_oracle() {
    let sizes = [
        0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000, 131_072,
    ];
    for old in sizes {
        for new in sizes.into_iter().filter(|new| *new >= old) {
            let own: BTreeSet<String> = new_tiles(old, new).iter().map(TileId::path).collect();
            // The oracle prefixes its paths with the tile height.
            let theirs = tlog_tiles::Tile::new_tiles(8, old, new);
            let theirs: BTreeSet<String> = theirs
                .iter()
                .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
                .collect();
            assert_eq!(own, theirs, "{old} {new}");
        }
    }
}

/// The bytes of a tile straight from the definition: hashes of aligned runs of leaves.
fn from_scratch(leaves: &[Hash], id: TileId) -> Vec<u8> {
    let span = 256_usize.pow(u32::from(id.level));
    let first = id.index as usize * 256;
    (first..first + id.width as usize)
        .flat_map(|number| merkle(&leaves[number * span..(number + 1) * span]))
        .collect()
}

fn merkle(leaves: &[Hash]) -> Hash {
    match leaves {
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&merkle(left), &merkle(right))
        }
    }
}

fn grow(steps: &[usize]) -> (Vec<Hash>, TileMap) {
    let mut leaves: Vec<Hash> = Vec::new();
    let mut tiles = TileMap::default();
    for step in steps {
        let old = leaves.len() as u64;
        let arrived: Vec<Hash> = (old..old + *step as u64)
            .map(|n| leaf_hash(&n.to_be_bytes()))
            .collect();
        let grown = extend(old, &tiles, &arrived).unwrap();
        leaves.extend(&arrived);
        assert_eq!(grown.old_root, root_at(old, &tiles).unwrap());
        assert_eq!(grown.size, leaves.len() as u64);
        assert_eq!(
            grown.tiles.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            new_tiles(old, grown.size)
        );
        for (id, bytes) in &grown.tiles {
            assert_eq!(*bytes, from_scratch(&leaves, *id), "{}", id.path());
        }
        tiles.0.extend(grown.tiles);
        assert_eq!(grown.root, root_at(grown.size, &tiles).unwrap());
        if !leaves.is_empty() {
            assert_eq!(grown.root, merkle(&leaves));
        }
    }
    (leaves, tiles)
}

#[test]
fn extending_equals_building_from_scratch() {
    grow(&[0, 1, 1, 253, 1, 1, 255, 256, 0, 1024, 3, 64_000, 257]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn extending_in_any_steps_equals_building_from_scratch(steps in prop::collection::vec(0_usize..600, 1..8)) {
        grow(&steps);
    }

    #[test]
    fn any_parsed_path_is_the_only_spelling(path in "tile/(entries|[0-9]{1,2})/(x?[0-9]{3}/){0,2}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        match parse_path(&path) {
            Ok(TilePath::Hashes(id)) => prop_assert_eq!(id.path(), path),
            Ok(TilePath::Entries { index, width }) => prop_assert_eq!(entries_path(index, width), path),
            Err(why) => prop_assert!(matches!(why, ProofError::TilePath)),
        }
    }

    #[test]
    fn entries_read_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
        let slices: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(decode_entries(&encode_entries(&slices).unwrap()).unwrap(), entries);
    }
}

#[test]
fn entry_bundles_are_bounded_and_exact() {
    assert_eq!(encode_entries(&[b"ab", b""]).unwrap(), b"\0\x02ab\0\0");
    assert!(encode_entries(&[&[0; 65_536]]).is_err());
    assert!(encode_entries(&[b"".as_slice(); 257]).is_err());
    assert!(matches!(
        decode_entries(b"\0\x02a"),
        Err(ProofError::Entries(0))
    ));
    assert!(matches!(
        decode_entries(b"\0\x01a\0"),
        Err(ProofError::Entries(3))
    ));
    assert!(decode_entries(&[0; 2 * 257]).is_err());
}

#[test]
fn a_missing_or_short_tile_is_an_error_not_a_default() {
    let (tiles, leaves, _) = log(300);
    let missing = inclusion_path(300, 0, &TileMap::default());
    assert!(matches!(missing, Err(ProofError::TileMissing(_))));
    for (id, bytes) in &tiles.0 {
        let mut broken = tiles.clone();
        broken.0.insert(*id, bytes[..bytes.len() - 1].to_vec());
        // Leaf 0 needs the full tile, growing needs the right edge.
        let path = inclusion_path(300, 0, &broken).map(drop);
        let grown = extend(300, &broken, &leaves[..1]).map(drop);
        let short = [path, grown].into_iter().filter_map(Result::err);
        let told: Vec<ProofError> = short.collect();
        assert!(!told.is_empty(), "{}", id.path());
        for why in told {
            assert!(matches!(why, ProofError::TileLength { id: named, .. } if named == *id));
        }
    }
}

#[test]
fn a_wider_tile_serves_a_narrower_one() {
    struct Widest(BTreeMap<(u8, u64), Vec<u8>>);
    impl TileReader for Widest {
        fn tile(&self, level: u8, index: u64, width: u32) -> Result<Vec<u8>, ProofError> {
            let missing = ProofError::TileMissing(TileId {
                level,
                index,
                width,
            });
            self.0.get(&(level, index)).cloned().ok_or(missing)
        }
    }
    let (tiles, _, _) = log(700);
    let widest = Widest(
        tiles
            .0
            .into_iter()
            .map(|(id, bytes)| ((id.level, id.index), bytes))
            .collect(),
    );
    for size in [1, 255, 256, 300, 513, 700] {
        assert_eq!(
            root_at(size, &widest).unwrap(),
            root_at(size, &log(size).0).unwrap()
        );
    }
}

#[test]
fn the_tiles_needed_are_known_beforehand() {
    let (tiles, _, _) = log(70_000);
    let wanted = inclusion_path(70_000, 12_345, &tiles).unwrap();
    let needed = tiles_needed(|reader| inclusion_path(70_000, 12_345, reader)).unwrap();
    assert_eq!(
        needed,
        [id(0, 48, 256), id(0, 273, 112), id(1, 0, 256), id(1, 1, 17)]
    );
    let few = TileMap(needed.iter().map(|id| (*id, tiles.0[id].clone())).collect());
    assert_eq!(inclusion_path(70_000, 12_345, &few).unwrap(), wanted);
}
