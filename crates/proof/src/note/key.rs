use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::{NoteError, SignatureLine};
use crate::digest;

/// What a key signs and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Type 0x01: Ed25519 over the note's text.
    Ed25519,
    /// Type 0x04: a witness's timestamped Ed25519 cosignature.
    CosignatureV1,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }
}

/// A public key under a name, written `name+hash+base64` (a vkey).
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Names a public key.
    ///
    /// # Errors
    /// [`NoteError::Name`], or [`NoteError::Key`] for bytes that are no usable Ed25519 key.
    pub fn new(name: &str, kind: KeyKind, key: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Name);
        }
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteError::Key("no curve point"))?;
        if key.is_weak() {
            return Err(NoteError::Key("weak point"));
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// First four bytes of SHA-256(name ‖ newline ‖ type ‖ key), big-endian.
    #[must_use]
    pub fn id(&self) -> u32 {
        key_id(&self.name, self.kind, &self.key)
    }

    /// `Some(timestamp)` where the signature holds over `text`.
    pub(super) fn check(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        match self.kind {
            KeyKind::Ed25519 => {
                self.strict(text.as_bytes(), signature)?;
                Some(None)
            }
            KeyKind::CosignatureV1 => {
                let (time, signature) = signature.split_first_chunk()?;
                let time = u64::from_be_bytes(*time);
                if time > i64::MAX.unsigned_abs() {
                    return None;
                }
                self.strict(cosigned(time, text).as_bytes(), signature)?;
                Some(Some(time))
            }
        }
    }

    fn strict(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let signature = Signature::from_slice(signature).ok()?;
        self.key.verify_strict(message, &signature).ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![self.kind.byte()];
        material.extend_from_slice(self.key.as_bytes());
        let encoded = BASE64.encode(material);
        write!(f, "{}+{:08x}+{encoded}", self.name, self.id())
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        use NoteError::Key;
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(material)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Key("not name+hash+base64"));
        };
        let bytes = BASE64.decode(material).map_err(|_| Key("not base64"))?;
        let (kind, key) = match bytes.split_first() {
            Some((0x01, key)) => (KeyKind::Ed25519, key),
            Some((0x04, key)) => (KeyKind::CosignatureV1, key),
            _ => return Err(Key("unknown signature type")),
        };
        let key = key.try_into().map_err(|_| Key("not 32 bytes"))?;
        let parsed = Self::new(name, kind, key)?;
        // Also compares the hash in the middle.
        if parsed.to_string() != text {
            return Err(Key("hash does not fit the key"));
        }
        Ok(parsed)
    }
}

/// A private Ed25519 key under a name.
#[derive(Clone)]
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// The key that a 32-byte secret seed gives.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half for plain signatures (type 0x01).
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.public(KeyKind::Ed25519)
    }

    /// The public half for cosignatures (type 0x04).
    #[must_use]
    pub fn cosigner(&self) -> VerifierKey {
        self.public(KeyKind::CosignatureV1)
    }

    fn public(&self, kind: KeyKind) -> VerifierKey {
        VerifierKey {
            name: self.name.clone(),
            kind,
            key: self.key.verifying_key(),
        }
    }

    /// The signature line of type 0x01 over `text`.
    #[must_use]
    pub fn sign(&self, text: &str) -> SignatureLine {
        SignatureLine {
            name: self.name.clone(),
            key_id: self.verifier().id(),
            signature: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        }
    }

    /// The cosignature line of type 0x04 over a checkpoint's `text`, stating
    /// that it was seen at `timestamp_s` seconds since 1970.
    #[must_use]
    pub fn cosign(&self, text: &str, timestamp_s: u64) -> SignatureLine {
        let message = cosigned(timestamp_s, text);
        let mut signature = timestamp_s.to_be_bytes().to_vec();
        signature.extend_from_slice(&self.key.sign(message.as_bytes()).to_bytes());
        SignatureLine {
            name: self.name.clone(),
            key_id: self.cosigner().id(),
            signature,
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

fn cosigned(timestamp_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {timestamp_s}\n{text}")
}

fn key_id(name: &str, kind: KeyKind, key: &VerifyingKey) -> u32 {
    let hash = digest::sha256_parts(&[name.as_bytes(), b"\n", &[kind.byte()], key.as_bytes()]);
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// Neither empty nor with Unicode spaces, plus signs or control characters.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|character| character.is_whitespace() || character == '+' || character < ' ')
}
