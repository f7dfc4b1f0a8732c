//! RFC 8785 canonical JSON, restricted to integers of at most 2^53 − 1.

mod serialize;

use serde::Serialize;
use serde_json::Value;

/// The largest magnitude of a number: 2^53 − 1, what every JSON reader keeps exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 64;

/// Why a value has no canonical form, or bytes aren't one.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A floating-point number.
    #[error("floating-point numbers have no place in canonical JSON here")]
    Float,
    /// An integer beyond ±(2^53 − 1).
    #[error("integer beyond 2^53 - 1")]
    IntegerRange,
    /// Nesting deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// An object key that is not a string.
    #[error("object keys must be strings")]
    KeyNotString,
    /// The same key twice in one object.
    #[error("duplicate key {0:?}")]
    DuplicateKey(String),
    /// Not JSON at all.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but another spelling than the canonical one (this includes duplicate keys).
    #[error("not in canonical form at byte {at}")]
    NotCanonical {
        /// Offset of the first byte that differs.
        at: usize,
    },
    /// A message from a `Serialize` implementation.
    #[error("{0}")]
    Custom(String),
}

/// The canonical bytes of `value`: keys sorted by UTF-16 code units, no
/// whitespace, shortest escapes.
///
/// # Errors
/// Floats, integers beyond [`MAX_INTEGER`], keys that aren't strings, duplicate keys, deep nesting.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    serialize::to_vec(value)
}

/// Reads canonical bytes; anything that would not be written back byte for byte is refused.
///
/// # Errors
/// Malformed JSON, and JSON in another than its canonical form.
pub fn parse(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes)?;
    let again = to_vec(&value)?;
    if again == bytes {
        return Ok(value);
    }
    let at = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(CanonicalError::NotCanonical { at })
}
