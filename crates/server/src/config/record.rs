//! Configuration of the record floor: the logs and who cosigns them.

use proof::checkpoint::{KeyKind, VerifierKey};
use serde::Deserialize;

use crate::error::{Field, Text};
use crate::outward::{self, Loopback};

/// The logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    pub publish_ms_max: u64,
    pub batch_facts_max: i64,
    pub witness_wait_ms: u64,
    #[serde(default)]
    pub witnesses: Vec<Witness>,
    /// Verifier keys of the logs that this house cosigns.
    #[serde(default)]
    pub witnessed: Vec<String>,
}

/// Somebody who cosigns this house's checkpoints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Its verifier key, of the kind that cosigns.
    pub vkey: String,
    /// Where `/add-checkpoint` is.
    pub url: String,
}

impl Ledger {
    /// The keys of the witnesses; a configuration that was checked loses none.
    pub fn cosigners(&self) -> Vec<VerifierKey> {
        let read = |witness: &Witness| witness.vkey.parse().ok();
        self.witnesses.iter().filter_map(read).collect()
    }

    /// The key of a log that this house cosigns.
    pub fn witnessed_log(&self, origin: &str) -> Option<VerifierKey> {
        let mut keys = self.witnessed.iter().filter_map(|vkey| vkey.parse().ok());
        keys.find(|key: &VerifierKey| key.name() == origin)
    }

    pub(super) fn faults(&self, quorum: i64, loopback: Loopback) -> Vec<Field> {
        let mut faults = Vec::new();
        if self.witnesses.len() > WITNESSES_MAX {
            faults.push(Field::new(
                "ledger.witnesses",
                "too_many",
                Text::new(
                    format!("最多 {WITNESSES_MAX} 个见证方。"),
                    format!("At most {WITNESSES_MAX} witnesses."),
                ),
            ));
        }
        let vkeys = self.witnesses.iter().map(|witness| &witness.vkey);
        let wrong = wrong_keys(vkeys, KeyKind::CosignatureV1);
        let path = |place| format!("ledger.witnesses.{place}.vkey");
        faults.extend(wrong.into_iter().map(path).map(wrong_key));
        let wrong = wrong_keys(&self.witnessed, KeyKind::Ed25519);
        let path = |place| format!("ledger.witnessed.{place}");
        faults.extend(wrong.into_iter().map(path).map(wrong_key));
        for (place, witness) in self.witnesses.iter().enumerate() {
            if outward::parse(&witness.url, loopback).is_err() {
                faults.push(Field::new(
                    format!("ledger.witnesses.{place}.url"),
                    "malformed",
                    Text::new(
                        "请填写以 https:// 开头的公网地址，不含账号和片段。",
                        "A public address that begins with https://, without account or fragment.",
                    ),
                ));
            }
        }
        if usize::try_from(quorum).is_ok_and(|quorum| quorum > self.witnesses.len()) {
            faults.push(Field::new(
                "journey.witnesses",
                "beyond_witnesses",
                Text::new(
                    "要求的联署数多于 ledger.witnesses 列出的见证方，任何放款都会被拒绝。",
                    "Asks for more cosignatures than ledger.witnesses names; no money could ever move.",
                ),
            ));
        }
        faults
    }
}

/// Lines under a note are bounded, and each is asked for at every checkpoint.
const WITNESSES_MAX: usize = 16;

/// Places of keys that are none of a kind, or in the list already: one witness under two names would count twice, and of two
/// keys of one log the second would never be asked.
fn wrong_keys<'a>(vkeys: impl IntoIterator<Item = &'a String>, kind: KeyKind) -> Vec<usize> {
    let mut known: Vec<VerifierKey> = Vec::new();
    let mut wrong = Vec::new();
    for (place, vkey) in vkeys.into_iter().enumerate() {
        match vkey.parse::<VerifierKey>() {
            Ok(key) if key.kind() == kind && !known.iter().any(|other| same(other, &key)) => {
                known.push(key);
            }
            _ => wrong.push(place),
        }
    }
    wrong
}

fn same(one: &VerifierKey, other: &VerifierKey) -> bool {
    one.name() == other.name() || one.public_key() == other.public_key()
}

fn wrong_key(path: String) -> Field {
    Field::new(
        path,
        "malformed",
        Text::new(
            "不是可用的公钥（名称+8 位编号+base64），或同名、同钥的已经列出。",
            "Not a verifier key of this kind (name+id+base64), or one of this name or key is listed already.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use proof::checkpoint::Signer;

    use super::*;

    #[test]
    fn a_key_that_is_listed_twice_is_named_wherever_it_stands() {
        let key = |name: &str, seed: u8| Signer::from_seed(name, &[seed; 32]).expect("a name");
        let (log, other) = (key("log.example/a", 1), key("log.example/b", 2));
        let witness = |signer: &Signer| Witness {
            vkey: signer.cosigner().to_string(),
            url: "https://witness.example/w".to_owned(),
        };
        let ledger = |witnesses: Vec<Witness>, witnessed: &[&Signer]| Ledger {
            publish_ms_max: 500,
            batch_facts_max: 1_000,
            witness_wait_ms: 1_000,
            witnesses,
            witnessed: witnessed
                .iter()
                .map(|signer| signer.verifier().to_string())
                .collect(),
        };
        let renamed = key("log.example/c", 1);
        for (ledger, paths) in [
            (
                ledger(vec![witness(&log), witness(&other)], &[&log, &other]),
                vec![],
            ),
            (
                ledger(vec![witness(&log), witness(&renamed)], &[]),
                vec!["ledger.witnesses.1.vkey"],
            ),
            (
                ledger(vec![], &[&log, &other, &log]),
                vec!["ledger.witnessed.2"],
            ),
            (
                ledger(vec![], &[&log, &renamed]),
                vec!["ledger.witnessed.1"],
            ),
        ] {
            let faults = ledger.faults(0, Loopback::Refused);
            let found: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(found, paths);
        }
    }
}
