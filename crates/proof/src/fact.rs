//! Facts: what an institution swears to, one canonical JSON object each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{self, CanonicalError, MAX_INTEGER};
use crate::{Hash, digest, hex};

/// The most bytes a fact may have.
pub const MAX_BYTES: usize = 32 * 1024;

/// The most bytes of each identifier in a fact (kind, institution, case, seat).
pub const MAX_ID_BYTES: usize = 128;

/// Separates commitments to facts from every other use of SHA-256.
pub const DOMAIN: &[u8] = b"xiaobao/fact/v1";

/// First byte of a log entry: the version of the entry's layout.
pub const ENTRY_VERSION: u8 = 0x01;

/// The kind of fact that names log entries whose bodies were destroyed.
/// Its `data.indexes` lists their log indexes in strictly ascending order.
pub const FORGOTTEN: &str = "ledger.forgotten.v1";

/// Who acted: a kind such as `staff`, and that actor's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// `staff`, `customer`, `partner`, `system`, …
    pub kind: String,
    /// Typed id of the actor; never a name or a number of a person.
    pub id: String,
}

/// One fact of one case of one institution.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Dotted, versioned past participle: `complaint.resolved.v1`.
    pub kind: String,
    /// The institution whose log holds the fact.
    pub institution: String,
    /// The case the fact belongs to.
    pub case: String,
    /// The fact's number in its case, from 1.
    pub case_no: u64,
    /// Commitment of the case's previous fact; none for the first.
    pub prev: Option<Hash>,
    /// UTC milliseconds by the institution's own clock.
    pub at_ms: i64,
    /// Who acted.
    pub seat: Seat,
    /// What happened: a JSON object of ids, digests, integers and commitments.
    pub data: Value,
}

/// Why something is not a fact.
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// No canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// Longer than [`MAX_BYTES`].
    #[error("the fact has {0} bytes, more than {MAX_BYTES}")]
    TooLarge(usize),
    /// Canonical JSON, but not with exactly the keys of a fact.
    #[error("not the keys of a fact: {0}")]
    Shape(serde_json::Error),
    /// Another version than 1.
    #[error("fact version {0} is unknown")]
    Version(u64),
    /// A field whose value breaks its rule.
    #[error("the fact's {0} breaks its rule")]
    Field(&'static str),
}

/// The keys as they stand in the bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u64,
    kind: String,
    institution: String,
    case: String,
    case_no: u64,
    prev: Option<String>,
    at_ms: i64,
    seat: Seat,
    data: Value,
}

impl Fact {
    /// The canonical bytes, which are what is committed to.
    ///
    /// # Errors
    /// A field that breaks its rule, or more than [`MAX_BYTES`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, FactError> {
        self.check()?;
        let bytes = canonical::to_vec(&Wire {
            v: 1,
            kind: self.kind.clone(),
            institution: self.institution.clone(),
            case: self.case.clone(),
            case_no: self.case_no,
            prev: self.prev.map(|hash| hex::encode(&hash)),
            at_ms: self.at_ms,
            seat: self.seat.clone(),
            data: self.data.clone(),
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(FactError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads a fact that [`Fact::to_bytes`] could have written, and nothing else.
    ///
    /// # Errors
    /// Bytes that aren't canonical, keys missing or unknown, fields that break their rules.
    pub fn parse(bytes: &[u8]) -> Result<Self, FactError> {
        if bytes.len() > MAX_BYTES {
            return Err(FactError::TooLarge(bytes.len()));
        }
        let value = canonical::parse(bytes)?;
        // serde takes an absent `prev` for null; the format wants it written.
        if value.get("prev").is_none() {
            return Err(FactError::Field("prev"));
        }
        let wire: Wire = serde_json::from_value(value).map_err(FactError::Shape)?;
        if wire.v != 1 {
            return Err(FactError::Version(wire.v));
        }
        let prev = match wire.prev {
            None => None,
            Some(text) => Some(hex::decode32(&text).ok_or(FactError::Field("prev"))?),
        };
        let fact = Self {
            kind: wire.kind,
            institution: wire.institution,
            case: wire.case,
            case_no: wire.case_no,
            prev,
            at_ms: wire.at_ms,
            seat: wire.seat,
            data: wire.data,
        };
        fact.check()?;
        Ok(fact)
    }

    fn check(&self) -> Result<(), FactError> {
        let rules = [
            ("kind", is_kind(&self.kind)),
            ("institution", is_id(&self.institution)),
            ("case", is_id(&self.case)),
            (
                "case_no",
                (1..=MAX_INTEGER.unsigned_abs()).contains(&self.case_no),
            ),
            ("prev", self.prev.is_none() == (self.case_no == 1)),
            ("at_ms", (0..=MAX_INTEGER).contains(&self.at_ms)),
            ("seat", is_id(&self.seat.kind) && is_id(&self.seat.id)),
            ("data", self.data.is_object()),
        ];
        match rules.iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(FactError::Field(field)),
            None => Ok(()),
        }
    }

    /// The log indexes that this fact declares forgotten; none for other kinds.
    ///
    /// # Errors
    /// A [`FORGOTTEN`] fact whose `data.indexes` is not a strictly ascending list of integers.
    pub fn forgotten_indexes(&self) -> Result<Option<Vec<u64>>, FactError> {
        if self.kind != FORGOTTEN {
            return Ok(None);
        }
        let indexes: Option<Vec<u64>> = self
            .data
            .get("indexes")
            .and_then(Value::as_array)
            .and_then(|list| list.iter().map(Value::as_u64).collect());
        match indexes {
            Some(list) if list.windows(2).all(|pair| pair[0] < pair[1]) => Ok(Some(list)),
            _ => Err(FactError::Field("data")),
        }
    }
}

/// ASCII letters, digits and `_ . : -`, 1 to [`MAX_ID_BYTES`] of them.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}

/// `room.event.vN`: lower-case words, then a version from 1.
fn is_kind(text: &str) -> bool {
    let Some((words, version)) = text.rsplit_once(".v") else {
        return false;
    };
    text.len() <= MAX_ID_BYTES
        && words.contains('.')
        && words.split('.').all(|word| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        })
        && version.len() <= 4
        && !version.starts_with('0')
        && !version.is_empty()
        && version.bytes().all(|byte| byte.is_ascii_digit())
}

/// SHA-256(`xiaobao/fact/v1` ‖ salt ‖ fact): hides the fact until its salt is shown.
#[must_use]
pub fn commitment(salt: &[u8; 32], fact: &[u8]) -> Hash {
    digest::sha256_parts(&[DOMAIN, salt, fact])
}

/// The log entry of a commitment: version byte, then the commitment.
#[must_use]
pub fn entry(commitment: &Hash) -> [u8; 33] {
    let mut entry = [ENTRY_VERSION; 33];
    entry[1..].copy_from_slice(commitment);
    entry
}
