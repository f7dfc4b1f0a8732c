//! `cargo bench -p xiaobao-proof`: the log's steps, one thread.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use proof::bundle::{Contents, Document, ProvedFact, Trust, verify, write};
use proof::checkpoint::{Checkpoint, Signer, sign};
use proof::fact::{Fact, Seat, commitment, entry};
use proof::tree::{Frontier, TileMap, inclusion_path, leaf_hash, root_at, verify_inclusion};
use proof::{Hash, digest, hex, tile};
use serde_json::json;

fn main() {
    divan::main();
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|number| leaf_hash(&entry(&digest::sha256(&number.to_be_bytes()))))
        .collect()
}

/// All tiles of a log and its root.
fn grown(leaves: &[Hash]) -> (TileMap, Hash) {
    let grown = tile::extend(0, &TileMap::default(), leaves).expect("an empty tree grows");
    (TileMap(grown.tiles.into_iter().collect()), grown.root)
}

#[divan::bench]
fn leaf_hashes(bencher: Bencher<'_, '_>) {
    let entries: Vec<[u8; 33]> = leaves(10_000).iter().map(entry).collect();
    bencher
        .counter(ItemsCount::new(entries.len()))
        .bench_local(|| {
            for entry in &entries {
                black_box(leaf_hash(black_box(entry)));
            }
        });
}

#[divan::bench]
fn frontier_appends(bencher: Bencher<'_, '_>) {
    let leaves = leaves(10_000);
    bencher
        .counter(ItemsCount::new(leaves.len()))
        .bench_local(|| {
            let mut frontier = Frontier::new();
            leaves.iter().for_each(|leaf| frontier.push(*leaf));
            frontier.root()
        });
}

/// Growing a log of 100,003 leaves by a batch.
#[divan::bench(args = [100, 10_000])]
fn extend_leaves(bencher: Bencher<'_, '_>, batch: u64) {
    let all = leaves(100_003 + batch);
    let (old, new) = all.split_at(100_003);
    let (tiles, _) = grown(old);
    bencher
        .counter(ItemsCount::new(batch))
        .bench_local(|| tile::extend(100_003, &tiles, black_box(new)));
}

/// Paths in a log of 100,003 leaves, tiles in memory.
#[divan::bench]
fn inclusion_paths(bencher: Bencher<'_, '_>) {
    let (tiles, _) = grown(&leaves(100_003));
    let mut index = 0;
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        index = (index + 7919) % 100_003;
        inclusion_path(100_003, index, &tiles)
    });
}

#[divan::bench]
fn inclusion_checks(bencher: Bencher<'_, '_>) {
    let leaves = leaves(100_003);
    let (tiles, root) = grown(&leaves);
    let path = inclusion_path(100_003, 54_321, &tiles).expect("the leaf is there");
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        verify_inclusion(&leaves[54_321], 54_321, 100_003, black_box(&path), &root)
    });
}

fn journey(facts: u64) -> Vec<Vec<u8>> {
    let mut prev = None;
    (1..=facts)
        .map(|case_no| {
            let fact = Fact {
                kind: "disclosure.sheet_shown.v1".into(),
                institution: "anhe".into(),
                case: "jny_1".into(),
                case_no,
                prev,
                at_ms: 1_795_255_200_000,
                seat: Seat {
                    kind: "customer".into(),
                    id: "cus_1".into(),
                },
                data: json!({"sheet": hex::encode(&digest::sha256(&[7; 1_000_000]))}),
            };
            let bytes = fact.to_bytes().expect("a valid fact");
            prev = Some(commitment(&[5; 32], &bytes));
            bytes
        })
        .collect()
}

#[divan::bench]
fn fact_bytes(bencher: Bencher<'_, '_>) {
    let bytes = journey(2).remove(1);
    let fact = Fact::parse(&bytes).expect("a valid fact");
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench_local(|| black_box(&fact).to_bytes());
}

/// A bundle of 20 facts and a document of 1 MB.
#[divan::bench]
fn bundle_checks(bencher: Bencher<'_, '_>) {
    let origin = "xiaobao.example/log/anhe";
    let signer = Signer::from_seed(origin, &[1; 32]).expect("a valid name");
    let facts = journey(20);
    let leaf = |bytes: &Vec<u8>| leaf_hash(&entry(&commitment(&[5; 32], bytes)));
    let (tiles, root) = grown(&facts.iter().map(leaf).collect::<Vec<_>>());
    assert_eq!(root_at(20, &tiles).expect("all tiles are there"), root);
    let head = Checkpoint {
        origin: origin.into(),
        size: 20,
        root,
        extensions: Vec::new(),
    };
    let proved = |(index, bytes): (u64, Vec<u8>)| ProvedFact {
        bytes,
        salt: [5; 32],
        index,
        path: inclusion_path(20, index, &tiles).expect("the leaf is there"),
    };
    let contents = Contents {
        institution: "anhe".into(),
        case: "jny_1".into(),
        facts: (0..).zip(facts).map(proved).collect(),
        forgotten: Vec::new(),
        forgetting: Vec::new(),
        checkpoint: sign(&head, &signer).expect("a valid checkpoint"),
        log_key: signer.verifier(),
        documents: vec![Document {
            name: "sheet.pdf".into(),
            media_type: "application/pdf".into(),
            bytes: vec![7; 1_000_000],
        }],
        segments: Vec::new(),
        timestamps: Vec::new(),
    };
    let bytes = write(&contents, &signer).expect("the contents hold");
    let trust = Trust::none();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| verify(black_box(&bytes), &trust));
}
