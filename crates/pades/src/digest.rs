//! The digest functions signatures here rest on.

use der::asn1::ObjectIdentifier;
use sha2::Digest as _;

use crate::oid;

/// SHA-256 (FIPS 180-4) of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// SHA-256 of the concatenation of `parts`.
pub(crate) fn sha256_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = sha2::Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A digest function named in a structure from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub fn named(name: ObjectIdentifier) -> Option<Self> {
        match name {
            oid::SHA_256 => Some(Self::Sha256),
            oid::SHA_384 => Some(Self::Sha384),
            oid::SHA_512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of the concatenation of `parts`.
    pub fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        fn run<D: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hasher = D::new();
            for part in parts {
                hasher.update(part);
            }
            hasher.finalize().to_vec()
        }
        match self {
            Self::Sha256 => run::<sha2::Sha256>(parts),
            Self::Sha384 => run::<sha2::Sha384>(parts),
            Self::Sha512 => run::<sha2::Sha512>(parts),
        }
    }
}
