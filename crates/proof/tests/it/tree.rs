use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proof::tree::{
    self, Frontier, TileMap, consistency_path, inclusion_path, leaf_hash, root_at,
    verify_consistency, verify_inclusion,
};
use proof::{Hash, ProofError, hex, tile};
use proptest::prelude::*;
use serde_json::Value;

/// A log of `count` small entries, as tiles and as the oracle's tree.
pub fn log(count: u64) -> (TileMap, Vec<Hash>, MemoryBackedTree<sha2::Sha256, Vec<u8>>) {
    let mut oracle = MemoryBackedTree::new();
    let mut leaves = Vec::new();
    for number in 0..count {
        let entry = number.to_be_bytes().to_vec();
        leaves.push(leaf_hash(&entry));
        oracle.push(entry);
    }
    let tiles = TileMap(
        tile::extend(0, &TileMap::default(), &leaves)
            .unwrap()
            .tiles
            .into_iter()
            .collect(),
    );
    (tiles, leaves, oracle)
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.to_vec()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/rfc6962.json")).unwrap()
}

fn path(value: &Value) -> Vec<Hash> {
    let list = value["path"].as_array().unwrap().iter();
    list.map(|hash| hex::decode32(hash.as_str().unwrap()).unwrap())
        .collect()
}

/// Bytes of a hexadecimal text of any length.
fn unhex(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[test]
fn published_vectors_hold() {
    let vectors = vectors();
    let leaves: Vec<Hash> = vectors["leaves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leaf| leaf_hash(&unhex(leaf.as_str().unwrap())))
        .collect();
    let root = |size: usize| hex::decode32(vectors["roots"][size].as_str().unwrap()).unwrap();
    let tiles_of = |size: usize| {
        let grown = tile::extend(0, &TileMap::default(), &leaves[..size]).unwrap();
        assert_eq!(grown.root, root(size));
        TileMap(grown.tiles.into_iter().collect())
    };
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), root(0));
    for (number, leaf) in leaves.iter().enumerate() {
        frontier.push(*leaf);
        assert_eq!(frontier.root(), root(number + 1));
        assert_eq!(
            root_at(number as u64 + 1, &tiles_of(number + 1)).unwrap(),
            root(number + 1)
        );
    }
    for case in vectors["inclusion"].as_array().unwrap() {
        let (size, index) = (
            case["size"].as_u64().unwrap(),
            case["index"].as_u64().unwrap(),
        );
        let wanted = path(case);
        assert_eq!(
            inclusion_path(size, index, &tiles_of(size as usize)).unwrap(),
            wanted
        );
        verify_inclusion(
            &leaves[index as usize],
            index,
            size,
            &wanted,
            &root(size as usize),
        )
        .unwrap();
    }
    for case in vectors["consistency"].as_array().unwrap() {
        let (old, new) = (case["old"].as_u64().unwrap(), case["new"].as_u64().unwrap());
        let wanted = path(case);
        assert_eq!(
            consistency_path(old, new, &tiles_of(new as usize)).unwrap(),
            wanted
        );
        verify_consistency(old, &root(old as usize), new, &root(new as usize), &wanted).unwrap();
    }
}

#[test]
fn every_small_tree_agrees_with_the_oracle() {
    for size in 1..=70_u64 {
        let (tiles, leaves, oracle) = log(size);
        let root: Hash = (*oracle.root().as_bytes()).into();
        assert_eq!(root_at(size, &tiles).unwrap(), root);
        for index in 0..size {
            let path = inclusion_path(size, index, &tiles).unwrap();
            assert_eq!(
                path,
                hashes(oracle.prove_inclusion(index as usize).as_bytes())
            );
            verify_inclusion(&leaves[index as usize], index, size, &path, &root).unwrap();
        }
        for old in 1..=size {
            let (_, _, older) = log(old);
            let old_root: Hash = (*older.root().as_bytes()).into();
            let path = consistency_path(old, size, &tiles).unwrap();
            let wanted = oracle.prove_consistency((size - old) as usize);
            assert_eq!(path, hashes(wanted.as_bytes()), "{old} {size}");
            verify_consistency(old, &old_root, size, &root, &path).unwrap();
        }
    }
}

#[test]
fn wrong_proofs_are_refused() {
    let (tiles, leaves, _) = log(7);
    let root = root_at(7, &tiles).unwrap();
    for index in 0..7 {
        let leaf = leaves[index as usize];
        let path = inclusion_path(7, index, &tiles).unwrap();
        for other in (0..7).filter(|other| *other != index) {
            assert!(verify_inclusion(&leaf, other, 7, &path, &root).is_err());
        }
        let short = verify_inclusion(&leaf, index, 7, &path[1..], &root);
        assert!(short.is_err(), "{index}");
        let long = [path.as_slice(), &[root]].concat();
        let refused = verify_inclusion(&leaf, index, 7, &long, &root);
        assert!(matches!(refused, Err(ProofError::PathLength { .. })));
        for at in 0..path.len() {
            let mut bent = path.clone();
            bent[at][31] ^= 1;
            let refused = verify_inclusion(&leaf, index, 7, &bent, &root);
            assert!(matches!(refused, Err(ProofError::RootMismatch)));
        }
    }
    let refused = verify_inclusion(&leaves[0], 7, 7, &[], &root);
    assert!(matches!(refused, Err(ProofError::IndexOutside { .. })));
    let refused = verify_inclusion(&leaves[0], 0, u64::MAX, &[], &root);
    assert!(matches!(refused, Err(ProofError::SizeTooLarge(_))));
}

#[test]
fn wrong_consistency_is_refused() {
    let (tiles, _, _) = log(9);
    let root = |size| root_at(size, &log(size).0).unwrap();
    for old in 1..9 {
        let path = consistency_path(old, 9, &tiles).unwrap();
        let bad_old = verify_consistency(old, &root(9), 9, &root(9), &path);
        assert!(bad_old.is_err());
        let bad_new = verify_consistency(old, &root(old), 9, &root(8), &path);
        assert!(bad_new.is_err());
        let longer = [path.as_slice(), &[root(1)]].concat();
        assert!(verify_consistency(old, &root(old), 9, &root(9), &longer).is_err());
        let shorter = &path[..path.len() - 1];
        assert!(verify_consistency(old, &root(old), 9, &root(9), shorter).is_err());
    }
    let shrunk = verify_consistency(9, &root(9), 8, &root(8), &[]);
    assert!(matches!(
        shrunk,
        Err(ProofError::SizeShrinks { old: 9, new: 8 })
    ));
    assert!(verify_consistency(0, &tree::empty_root(), 9, &root(9), &[]).is_ok());
    assert!(verify_consistency(0, &root(1), 9, &root(9), &[]).is_err());
    assert!(verify_consistency(9, &root(9), 9, &root(9), &[root(1)]).is_err());
    assert!(verify_consistency(9, &root(9), 9, &root(8), &[]).is_err());
}

#[test]
fn frontiers_keep_their_bytes() {
    let mut frontier = Frontier::new();
    for number in 0..300_u64 {
        let again = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
        assert_eq!(again, frontier);
        assert_eq!(
            frontier.to_bytes().len(),
            8 + 32 * number.count_ones() as usize
        );
        frontier.push(leaf_hash(&number.to_be_bytes()));
    }
    let bytes = frontier.to_bytes();
    for bad in [
        &bytes[..bytes.len() - 1],
        &bytes[..7],
        &[bytes.as_slice(), &[0; 32]].concat(),
        &[0xff; 8],
    ] {
        assert!(Frontier::from_bytes(bad).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn larger_trees_agree_with_the_oracle(size in 1_u64..1500, a in any::<u64>(), b in any::<u64>()) {
        let (tiles, leaves, oracle) = log(size);
        let root: Hash = (*oracle.root().as_bytes()).into();
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        prop_assert_eq!(frontier.root(), root);
        prop_assert_eq!(root_at(size, &tiles).unwrap(), root);
        let index = a % size;
        let path = inclusion_path(size, index, &tiles).unwrap();
        let wanted = oracle.prove_inclusion(index as usize);
        prop_assert_eq!(&path, &hashes(wanted.as_bytes()));
        verify_inclusion(&leaves[index as usize], index, size, &path, &root).unwrap();
        let old = 1 + b % size;
        let path = consistency_path(old, size, &tiles).unwrap();
        let wanted = oracle.prove_consistency((size - old) as usize);
        prop_assert_eq!(&path, &hashes(wanted.as_bytes()));
        let mut older = Frontier::new();
        leaves[..old as usize].iter().for_each(|leaf| older.push(*leaf));
        verify_consistency(old, &older.root(), size, &root, &path).unwrap();
    }
}
