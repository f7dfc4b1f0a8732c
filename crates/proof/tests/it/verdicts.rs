//! What this verifier says to every flipped byte of the pinned bundles, recorded for second implementations to be held against.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proof::bundle::{Verdict, verify};
use serde_json::{Value, json};

use crate::flips::{crc32, parts};
use crate::sample::trust;
use crate::vectors::pinned;

type Findings = Vec<(String, String)>;

/// The distinct answers, and from which byte on each was given.
#[derive(Default)]
struct Recorded {
    answers: Vec<Findings>,
    numbers: BTreeMap<Findings, usize>,
}

impl Recorded {
    fn number(&mut self, answer: Findings) -> usize {
        let next = self.answers.len();
        *self.numbers.entry(answer.clone()).or_insert_with(|| {
            self.answers.push(answer);
            next
        })
    }

    /// `[byte, answer]` wherever the answer changes.
    fn runs(&mut self, given: impl Iterator<Item = Findings>) -> Vec<Value> {
        let mut runs = Vec::new();
        let mut last = None;
        for (at, answer) in given.enumerate() {
            let number = Some(self.number(answer));
            if number != last {
                runs.push(json!([at, number]));
            }
            last = number;
        }
        runs
    }
}

fn answer(bytes: &[u8]) -> Findings {
    let report = verify(bytes, &trust());
    assert_eq!(report.verdict, Verdict::Failed);
    let mut findings: Findings = report
        .failures
        .into_iter()
        .map(|one| {
            let code = serde_json::to_value(one.code).unwrap();
            (one.part, code.as_str().unwrap().to_owned())
        })
        .collect();
    findings.sort();
    findings.dedup();
    findings
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1 << (at % 8);
    flipped
}

#[test]
fn the_answers_to_every_flipped_byte_are_recorded() {
    let mut recorded = Recorded::default();
    let mut bundles = BTreeMap::new();
    for name in ["bundle.zip", "bundle-forgotten.zip", "bundle-recording.zip"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let bytes = fs::read(path.join(name)).unwrap();
        let (parts, _) = parts(&bytes);
        let runs = recorded.runs((0..bytes.len()).map(|at| {
            let mut forged = flipped(&bytes, at);
            if let Some(part) = parts.iter().find(|part| part.data.contains(&at)) {
                let crc = crc32(&forged[part.data.clone()]).to_le_bytes();
                forged[part.header.start + 14..part.header.start + 18].copy_from_slice(&crc);
                forged[part.record.start + 16..part.record.start + 20].copy_from_slice(&crc);
            }
            answer(&forged)
        }));
        bundles.insert(name, runs);
    }
    let text = serde_json::to_string(&json!({
        "source": "answers of xiaobao-verify, with the anchors of trust/, to each bundle with bit (byte mod 8) of one byte flipped, and where that byte is content, with the checksum made right again",
        "answers": recorded.answers,
        "bundles": bundles,
    }))
    .unwrap();
    pinned(
        "verdicts.json",
        format!("{text}\n").as_bytes(),
        "2151032111f7ce81b0835eaa929b2b6d4a547f0e4f576d10ba2d421d7017785f",
    );
    assert!(recorded.answers.len() > 50);
}
