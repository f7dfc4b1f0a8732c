//! A small log and bundles from it, the same on every run.

use proof::bundle::{Contents, Document, Forgotten, ProvedFact, Timestamp, Trust};
use proof::checkpoint::{self, Checkpoint, Signer};
use proof::fact::{FORGOTTEN, Fact, Seat, commitment, entry};
use proof::tree::{TileMap, inclusion_path, leaf_hash};
use proof::{Hash, digest, hex, tile};
use serde_json::{Value, json};

pub const ORIGIN: &str = "xiaobao.example/log/anhe";
pub const DOCUMENT: &[u8] = "综合融资成本明示表\n".as_bytes();

pub fn log_signer() -> Signer {
    Signer::from_seed(ORIGIN, &[1; 32]).unwrap()
}

pub fn manifest_signer() -> Signer {
    Signer::from_seed(&format!("{ORIGIN}/bundle"), &[2; 32]).unwrap()
}

pub fn witness() -> Signer {
    Signer::from_seed("witness.example/w1", &[3; 32]).unwrap()
}

pub fn trust() -> Trust {
    let mut trust = Trust::none();
    trust.add(log_signer().verifier());
    trust.add(manifest_signer().verifier());
    trust.add(witness().cosigner());
    trust
}

/// One case's next fact; everything about it follows from its arguments.
pub struct Case {
    pub name: &'static str,
    pub next: u64,
    pub prev: Option<Hash>,
}

pub struct Log {
    pub facts: Vec<(Vec<u8>, [u8; 32])>,
    start_ms: i64,
}

impl Log {
    pub fn new() -> Self {
        Self {
            facts: Vec::new(),
            start_ms: 1_795_255_200_000,
        }
    }

    /// Appends a fact and gives its index.
    pub fn append(&mut self, case: &mut Case, kind: &str, data: Value) -> usize {
        let index = self.facts.len();
        let fact = Fact {
            kind: kind.into(),
            institution: "anhe".into(),
            case: case.name.into(),
            case_no: case.next,
            prev: case.prev,
            at_ms: self.start_ms + 1000 * index as i64,
            seat: Seat {
                kind: "customer".into(),
                id: "cus_1".into(),
            },
            data,
        };
        let bytes = fact.to_bytes().unwrap();
        let salt = digest::sha256(&(index as u64).to_be_bytes());
        case.next += 1;
        case.prev = Some(commitment(&salt, &bytes));
        self.facts.push((bytes, salt));
        index
    }

    pub fn commitment(&self, index: usize) -> Hash {
        let (bytes, salt) = &self.facts[index];
        commitment(salt, bytes)
    }

    fn tiles(&self) -> (TileMap, Hash) {
        let leaves: Vec<Hash> = (0..self.facts.len())
            .map(|index| leaf_hash(&entry(&self.commitment(index))))
            .collect();
        let grown = tile::extend(0, &TileMap::default(), &leaves).unwrap();
        (TileMap(grown.tiles.into_iter().collect()), grown.root)
    }

    pub fn path(&self, index: usize) -> Vec<Hash> {
        inclusion_path(self.facts.len() as u64, index as u64, &self.tiles().0).unwrap()
    }

    pub fn proved(&self, index: usize) -> ProvedFact {
        let (bytes, salt) = self.facts[index].clone();
        ProvedFact {
            bytes,
            salt,
            index: index as u64,
            path: self.path(index),
        }
    }

    pub fn checkpoint(&self) -> String {
        let head = Checkpoint {
            origin: ORIGIN.into(),
            size: self.facts.len() as u64,
            root: self.tiles().1,
            extensions: Vec::new(),
        };
        let note = checkpoint::sign(&head, &log_signer()).unwrap();
        checkpoint::cosign(&note, &witness(), 1_795_255_300).unwrap()
    }

    pub fn contents(&self, facts: &[usize]) -> Contents {
        Contents {
            institution: "anhe".into(),
            case: "jny_1".into(),
            facts: facts.iter().map(|index| self.proved(*index)).collect(),
            forgotten: Vec::new(),
            forgetting: Vec::new(),
            checkpoint: self.checkpoint(),
            log_key: log_signer().verifier(),
            documents: Vec::new(),
            segments: Vec::new(),
            timestamps: Vec::new(),
        }
    }
}

pub fn case(name: &'static str) -> Case {
    Case {
        name,
        next: 1,
        prev: None,
    }
}

/// A journey of three facts among others, with one document and one timestamp.
pub fn journey() -> Contents {
    let mut log = Log::new();
    let (mut journey, mut other) = (case("jny_1"), case("jny_2"));
    let first = log.append(
        &mut journey,
        "journey.created.v1",
        json!({"product": "prd_1"}),
    );
    log.append(
        &mut other,
        "journey.created.v1",
        json!({"product": "prd_1"}),
    );
    let sheet = hex::encode(&digest::sha256(DOCUMENT));
    let second = log.append(
        &mut journey,
        "disclosure.sheet_shown.v1",
        json!({"sheet": {"pdf": sheet}}),
    );
    log.append(&mut other, "journey.expired.v1", json!({}));
    let third = log.append(
        &mut journey,
        "disclosure.sheet_confirmed.v1",
        json!({"answers": 2}),
    );
    let mut contents = log.contents(&[first, second, third]);
    contents.documents.push(Document {
        name: "cost-sheet.txt".into(),
        media_type: "text/plain; charset=utf-8".into(),
        bytes: DOCUMENT.to_vec(),
    });
    contents.timestamps.push(Timestamp {
        name: "checkpoint.tsr".into(),
        bytes: b"opaque".to_vec(),
    });
    contents
}

/// A case of four facts whose second was forgotten by a fact of another case.
pub fn forgotten() -> Contents {
    let mut log = Log::new();
    let (mut journey, mut subject) = (case("jny_1"), case("sub_1"));
    let first = log.append(&mut journey, "journey.created.v1", json!({}));
    let second = log.append(&mut journey, "journey.opened.v1", json!({}));
    let third = log.append(&mut journey, "journey.completed.v1", json!({}));
    let declared = json!({"indexes": [second], "subject": "sub_1"});
    let forgetting = log.append(&mut subject, FORGOTTEN, declared);
    let fourth = log.append(&mut journey, "journey.archived.v1", json!({}));
    let mut contents = log.contents(&[first, third, fourth]);
    contents.forgotten.push(Forgotten {
        case_no: 2,
        commitment: log.commitment(second),
        index: second as u64,
        path: log.path(second),
        by: forgetting as u64,
    });
    contents.forgetting.push(log.proved(forgetting));
    contents
}
