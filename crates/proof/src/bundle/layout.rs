//! Which files a bundle holds, and the small JSON files among them.

use serde::{Deserialize, Serialize};

use super::container;
use crate::canonical::{self, CanonicalError};
use crate::recording::Media;
use crate::{Hash, hex};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "manifest.sig";

/// The longest inclusion path of a tree within [`crate::tree::MAX_SIZE`].
const MAX_PATH: usize = 62;

/// One place in a bundle; numbers are written with six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot<'a> {
    Checkpoint,
    Document(&'a str),
    Fact(u64),
    /// The film of a recording's segment.
    Film(&'a str, u64, Media),
    ForgettingFact(u64),
    ForgettingProof(u64),
    Forgotten(u64),
    LogKey,
    ManifestKey,
    Proof(u64),
    /// The chunks of a recording's segment.
    Segment(&'a str, u64),
    Timestamp(&'a str),
}

impl<'a> Slot<'a> {
    pub fn path(self) -> String {
        match self {
            Self::Checkpoint => "checkpoint".into(),
            Self::Document(name) => format!("documents/{name}"),
            Self::Fact(number) => format!("facts/{number:06}.json"),
            Self::Film(recording, number, media) => {
                format!(
                    "recording/{recording}/segment-{number}.{}",
                    media.extension()
                )
            }
            Self::ForgettingFact(number) => format!("forgetting/{number:06}.fact.json"),
            Self::ForgettingProof(number) => format!("forgetting/{number:06}.proof.json"),
            Self::Forgotten(number) => format!("forgotten/{number:06}.json"),
            Self::LogKey => "keys/log.vkey".into(),
            Self::ManifestKey => "keys/manifest.vkey".into(),
            Self::Proof(number) => format!("proofs/{number:06}.json"),
            Self::Segment(recording, number) => {
                format!("recording/{recording}/segment-{number}.json")
            }
            Self::Timestamp(name) => format!("timestamps/{name}"),
        }
    }

    pub fn parse(path: &'a str) -> Option<Self> {
        let slot = match path.split_once('/') {
            None => Self::Checkpoint,
            Some(("documents", name)) => Self::Document(name),
            Some(("facts", file)) => Self::Fact(number(file, ".json")?),
            Some(("forgetting", file)) => match number(file, ".fact.json") {
                Some(number) => Self::ForgettingFact(number),
                None => Self::ForgettingProof(number(file, ".proof.json")?),
            },
            Some(("forgotten", file)) => Self::Forgotten(number(file, ".json")?),
            Some(("keys", "log.vkey")) => Self::LogKey,
            Some(("keys", "manifest.vkey")) => Self::ManifestKey,
            Some(("proofs", file)) => Self::Proof(number(file, ".json")?),
            Some(("recording", file)) => recorded(file)?,
            Some(("timestamps", name)) => Self::Timestamp(name),
            Some(_) => return None,
        };
        let own_name = match slot {
            Self::Document(name)
            | Self::Timestamp(name)
            | Self::Film(name, ..)
            | Self::Segment(name, _) => container::is_segment(name),
            _ => true,
        };
        (own_name && slot.path() == path).then_some(slot)
    }

    /// The media type the layout fixes; documents bring their own.
    pub fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Checkpoint | Self::LogKey | Self::ManifestKey => {
                Some("text/plain; charset=utf-8")
            }
            Self::Document(_) => None,
            Self::Film(_, _, media) => Some(media.as_str()),
            Self::Timestamp(_) => Some("application/timestamp-reply"),
            _ => Some("application/json"),
        }
    }
}

/// `<id>/segment-<n>.json`, or the film beside it.
fn recorded(file: &str) -> Option<Slot<'_>> {
    let (recording, name) = file.split_once('/')?;
    let (number, extension) = name.strip_prefix("segment-")?.split_once('.')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some(match extension {
        "json" => Slot::Segment(recording, number),
        other => Slot::Film(recording, number, Media::of_extension(other)?),
    })
}

fn number(file: &str, suffix: &str) -> Option<u64> {
    file.strip_suffix(suffix)?
        .parse()
        .ok()
        .filter(|number| *number > 0)
}

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub case: String,
    /// Every file but the manifest and its signature, in ascending order of path.
    pub files: Vec<Listed>,
    pub institution: String,
    pub v: u64,
}

/// One file in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub bytes: u64,
    pub media_type: String,
    pub path: String,
    pub sha256: String,
    pub sm3: String,
}

/// `proofs/NNNNNN.json` and `forgetting/NNNNNN.proof.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofWire {
    index: u64,
    path: Vec<String>,
    salt: String,
    v: u64,
}

/// `forgotten/NNNNNN.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgottenWire {
    by: u64,
    commitment: String,
    index: u64,
    path: Vec<String>,
    v: u64,
}

/// Where a fact stands in the log and what opens its commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub salt: [u8; 32],
    pub index: u64,
    pub path: Vec<Hash>,
}

impl Proof {
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_vec(&ProofWire {
            index: self.index,
            path: write_path(&self.path),
            salt: hex::encode(&self.salt),
            v: 1,
        })
    }

    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let wire: ProofWire = read(bytes)?;
        Some(Self {
            salt: hex::decode32(&wire.salt)?,
            index: wire.index,
            path: read_path(&wire.path)?,
        })
        .filter(|_| wire.v == 1)
    }
}

impl super::Forgotten {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_vec(&ForgottenWire {
            by: self.by,
            commitment: hex::encode(&self.commitment),
            index: self.index,
            path: write_path(&self.path),
            v: 1,
        })
    }

    pub(super) fn parse(case_no: u64, bytes: &[u8]) -> Option<Self> {
        let wire: ForgottenWire = read(bytes)?;
        Some(Self {
            case_no,
            commitment: hex::decode32(&wire.commitment)?,
            index: wire.index,
            path: read_path(&wire.path)?,
            by: wire.by,
        })
        .filter(|_| wire.v == 1)
    }
}

/// Reads one of the bundle's own JSON files: canonical, with exactly its keys.
pub(super) fn read<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Option<T> {
    serde_json::from_value(canonical::parse(bytes).ok()?).ok()
}

fn write_path(path: &[Hash]) -> Vec<String> {
    path.iter().map(|hash| hex::encode(hash)).collect()
}

fn read_path(path: &[String]) -> Option<Vec<Hash>> {
    if path.len() > MAX_PATH {
        return None;
    }
    path.iter().map(|text| hex::decode32(text)).collect()
}

/// What the manifest's signature signs: the domain and the manifest's SHA-256.
pub(super) fn signed_text(manifest: &[u8]) -> String {
    let digest = hex::encode(&crate::digest::sha256(manifest));
    format!("{}\n{digest}\n", super::DOMAIN)
}

/// The manifest's key is the log's own or stands below it: `<origin>` or `<origin>/…`.
pub(super) fn may_sign_manifest(key_name: &str, origin: &str) -> bool {
    key_name
        .strip_prefix(origin)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
