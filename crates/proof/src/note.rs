//! C2SP signed notes with Ed25519 (type 0x01) and timestamped witness
//! cosignatures (type 0x04, C2SP tlog-cosignature).

mod key;

pub use key::{KeyKind, Signer, VerifierKey};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The most bytes of a note.
pub const MAX_BYTES: usize = 256 * 1024;

/// The most signature lines of a note.
pub const MAX_SIGNATURES: usize = 64;

/// Why a note or a key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not the layout of a signed note.
    #[error("malformed note: {0}")]
    Malformed(&'static str),
    /// A verifier key that can't be read.
    #[error("malformed verifier key: {0}")]
    Key(&'static str),
    /// A key name that is empty or holds spaces, plus signs or control characters.
    #[error("malformed key name")]
    Name,
    /// The key is known, but its signature doesn't hold.
    #[error("the signature by {0} does not hold")]
    BadSignature(String),
    /// No line was made by a known key.
    #[error("no signature by a known key")]
    NoKnownSignature,
    /// The text breaks the rules of notes, so it can't be signed.
    #[error("text that can't be signed")]
    Text,
    /// The signed text is not a checkpoint.
    #[error("malformed checkpoint: {0}")]
    Checkpoint(&'static str),
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// Name of the key.
    pub name: String,
    /// First four bytes of the key's hash.
    pub key_id: u32,
    /// What follows the key id; its form depends on the key's kind.
    pub signature: Vec<u8>,
}

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The key that made it.
    pub key: VerifierKey,
    /// Seconds since 1970 by the witness's clock; only cosignatures carry it.
    pub timestamp_s: Option<u64>,
}

/// A text with its signature lines, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl Note {
    /// Reads a note strictly; what it accepts, [`Note::to_text`] writes back byte for byte.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        use NoteError::Malformed;
        if note.len() > MAX_BYTES {
            return Err(Malformed("too long"));
        }
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(Malformed("control character"));
        }
        let at = note.rfind("\n\n").ok_or(Malformed("no signatures"))?;
        let (text, rest) = (&note[..=at], &note[at + 2..]);
        let lines = rest
            .strip_suffix('\n')
            .ok_or(Malformed("last line unfinished"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(Malformed("too many signatures"));
            }
            signatures.push(parse_line(line).ok_or(Malformed("signature line"))?);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The signed text, with its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// Adds a signature line.
    pub fn push(&mut self, line: SignatureLine) {
        self.signatures.push(line);
    }

    /// The note as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut note = format!("{}\n", self.text);
        for line in &self.signatures {
            let mut bytes = line.key_id.to_be_bytes().to_vec();
            bytes.extend_from_slice(&line.signature);
            note.push_str(&format!("— {} {}\n", line.name, BASE64.encode(bytes)));
        }
        note
    }

    /// The signatures by `known` keys, all of which must hold. Lines by other keys are ignored.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] or [`NoteError::NoKnownSignature`].
    pub fn verify(&self, known: &[VerifierKey]) -> Result<Vec<SignedBy>, NoteError> {
        let mut signed: Vec<SignedBy> = Vec::new();
        for line in &self.signatures {
            let mut keys = known
                .iter()
                .filter(|key| key.name() == line.name && key.id() == line.key_id);
            let Some(key) = keys.next() else { continue };
            let timestamp_s = key
                .check(&self.text, &line.signature)
                .ok_or_else(|| NoteError::BadSignature(line.name.clone()))?;
            if signed.iter().all(|other| other.key != *key) {
                signed.push(SignedBy {
                    key: key.clone(),
                    timestamp_s,
                });
            }
        }
        if signed.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(signed)
    }
}

/// Signs `text`, which must end in a newline, as a note.
///
/// # Errors
/// [`NoteError::Text`] where the text could not be read back.
pub fn sign(text: &str, signer: &Signer) -> Result<String, NoteError> {
    let allowed = |byte: u8| byte >= 0x20 || byte == b'\n';
    if !text.ends_with('\n') || !text.bytes().all(allowed) {
        return Err(NoteError::Text);
    }
    let note = Note {
        text: text.to_owned(),
        signatures: vec![signer.sign(text)],
    };
    let signed = note.to_text();
    if signed.len() > MAX_BYTES {
        return Err(NoteError::Text);
    }
    Ok(signed)
}

fn parse_line(line: &str) -> Option<SignatureLine> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    if !key::is_name(name) {
        return None;
    }
    let bytes = BASE64.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    if signature.is_empty() {
        return None;
    }
    Some(SignatureLine {
        name: name.to_owned(),
        key_id: u32::from_be_bytes(*id),
        signature: signature.to_vec(),
    })
}
