//! The committed vectors, byte for byte: they are what keeps the formats final.
//!
//! `PROOF_VECTORS=write` writes the files anew; a change of theirs is a change of the format.

use std::fs;
use std::path::PathBuf;

use proof::bundle::{verify, write};
use proof::checkpoint::{Checkpoint, sign};
use proof::fact::{Fact, Seat, commitment, entry};
use proof::tree::{leaf_hash, node_hash};
use proof::{digest, hex};
use serde_json::{Value, json};

use crate::recordings::recorded;
use crate::sample::{ORIGIN, forgotten, journey, log_signer, manifest_signer, trust, witness};

pub fn pinned(name: &str, bytes: &[u8], sha256: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name);
    if std::env::var("PROOF_VECTORS").as_deref() == Ok("write") {
        fs::write(&path, bytes).unwrap();
    }
    assert!(
        fs::read(&path).unwrap() == bytes,
        "{name} is not what the crate writes"
    );
    assert_eq!(hex::encode(&digest::sha256(bytes)), sha256, "{name}");
}

#[test]
fn bundles_keep_their_bytes() {
    let plain = write(&journey(), &manifest_signer()).unwrap();
    pinned(
        "bundle.zip",
        &plain,
        "6b3f41fb6e23e6aae212cdf2ab6f8aaff00fae3c629924e5c107babf9ad3117f",
    );
    let gap = write(&forgotten(), &manifest_signer()).unwrap();
    pinned(
        "bundle-forgotten.zip",
        &gap,
        "731fa361a2f33d60cf07a3eac7a2026770a677a5cc32731d9ab37c5a42f6f162",
    );
    let recorded = write(&recorded(), &manifest_signer()).unwrap();
    pinned(
        "bundle-recording.zip",
        &recorded,
        "1f1e7f9f017d01637659c2de279c64c149dc5d6d1cbee89623fe0276ec77fc6b",
    );
    for bytes in [plain, gap, recorded] {
        assert!(verify(&bytes, &trust()).failures.is_empty());
    }
}

#[test]
fn the_anchors_of_the_bundles() {
    let keys = [
        ("trust/log.vkey", log_signer().verifier()),
        ("trust/bundle.vkey", manifest_signer().verifier()),
        ("trust/witness.vkey", witness().cosigner()),
    ];
    let wanted = [
        "xiaobao.example/log/anhe+6cdbab98+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
        "xiaobao.example/log/anhe/bundle+ec32690e+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU",
        "witness.example/w1+d9ed62c5+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR",
    ];
    for ((name, key), wanted) in keys.into_iter().zip(wanted) {
        assert_eq!(key.to_string(), wanted);
        let line = format!("{key}\n");
        pinned(
            name,
            line.as_bytes(),
            &hex::encode(&digest::sha256(line.as_bytes())),
        );
    }
}

/// The example that `docs/ledger.md` works through.
fn worked_example() -> Value {
    let fact = Fact {
        kind: "journey.created.v1".into(),
        institution: "anhe".into(),
        case: "jny_1".into(),
        case_no: 1,
        prev: None,
        at_ms: 1_795_255_200_000,
        seat: Seat {
            kind: "partner".into(),
            id: "prt_1".into(),
        },
        data: json!({"product": "prd_1"}),
    };
    let bytes = fact.to_bytes().unwrap();
    let salt: [u8; 32] = std::array::from_fn(|at| at as u8);
    let committed = commitment(&salt, &bytes);
    let (first, second) = (entry(&committed), entry(&[0xaa; 32]));
    let root = node_hash(&leaf_hash(&first), &leaf_hash(&second));
    let head = Checkpoint {
        origin: ORIGIN.into(),
        size: 2,
        root,
        extensions: Vec::new(),
    };
    let key = log_signer().verifier();
    json!({
        "fact": String::from_utf8(bytes).unwrap(),
        "salt": hex::encode(&salt),
        "commitment": hex::encode(&committed),
        "entry": hex::encode(&first),
        "leaf_hash": hex::encode(&leaf_hash(&first)),
        "second_entry": hex::encode(&second),
        "second_leaf_hash": hex::encode(&leaf_hash(&second)),
        "root": hex::encode(&root),
        "seed": hex::encode(&[1; 32]),
        "key_id": format!("{:08x}", key.id()),
        "vkey": key.to_string(),
        "checkpoint": sign(&head, &log_signer()).unwrap(),
    })
}

#[test]
fn the_worked_example_keeps_its_bytes() {
    let text = format!("{:#}\n", worked_example());
    pinned(
        "worked_example.json",
        text.as_bytes(),
        "4267e3ae7860e7fcffee207b47b6fc5d5cd5be85911739f55371399d5a5e6b38",
    );
}
