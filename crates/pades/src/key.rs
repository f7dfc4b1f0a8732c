//! Keys: what signs here, and what checks signatures from anywhere.

use std::fmt;

use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::Signer as _;
use ring::signature as check;

use crate::asn1::{self, Malformed, Reader};
use crate::digest::Hash;
use crate::oid;

/// Why a key or a signer did not work.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Bytes that make no private key of the kind asked for.
    #[error("not a usable private key")]
    Unusable,
    /// A signer of the outside did not sign; its own words may be in the source.
    #[error("the signer did not sign")]
    Signer(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A private key held in memory; wiped when dropped where its library can.
pub enum PrivateKey {
    /// ECDSA on P-256 with SHA-256, nonces by RFC 6979.
    P256(p256::ecdsa::SigningKey),
    /// RSA PKCS #1 v1.5 with SHA-256, in ring's constant time.
    Rsa(Box<ring::rsa::KeyPair>),
}

impl PrivateKey {
    /// The P-256 key that 32 secret bytes are.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] for zero and for numbers beyond the curve's order: one draw in 2^32.
    pub fn p256(secret: &[u8; 32]) -> Result<Self, KeyError> {
        let key = p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| KeyError::Unusable)?;
        Ok(Self::P256(key))
    }

    /// A P-256 key from a source of random bytes, drawn again where a draw makes no key.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] from a source that is not random.
    pub fn p256_drawn(mut draw: impl FnMut() -> [u8; 32]) -> Result<Self, KeyError> {
        (0..8)
            .find_map(|_| Self::p256(&draw()).ok())
            .ok_or(KeyError::Unusable)
    }

    /// An RSA key of 2048 to 4096 bits in PKCS #8.
    ///
    /// # Errors
    /// [`KeyError::Unusable`].
    pub fn rsa(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let key = ring::rsa::KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Unusable)?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// The public half as the DER of a SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                asn1::sequence(&[
                    &asn1::algorithm(oid::EC_PUBLIC_KEY, &asn1::oid(oid::P_256)),
                    &asn1::bits(point.as_bytes()),
                ])
            }
            Self::Rsa(key) => asn1::sequence(&[
                &asn1::algorithm(oid::RSA, asn1::NULL_DER),
                &asn1::bits(key.public().as_ref()),
            ]),
        }
    }

    /// Signs `message`; ECDSA signatures are DER.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] where the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::DerSignature =
                    key.try_sign(message).map_err(|_| KeyError::Unusable)?;
                Ok(signature.as_bytes().to_vec())
            }
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // This padding draws nothing; the interface asks for a source all the same.
                let source = ring::rand::SystemRandom::new();
                key.sign(&check::RSA_PKCS1_SHA256, &source, message, &mut signature)
                    .map_err(|_| KeyError::Unusable)?;
                Ok(signature)
            }
        }
    }
}

/// An ECDSA signature on P-256 as certificates and CMS want it (RFC 3279), from r and s side by side, 32 bytes each: what
/// hardware modules give.
#[must_use]
pub fn ecdsa_der(r_and_s: &[u8]) -> Option<Vec<u8>> {
    let signature = p256::ecdsa::Signature::from_slice(r_and_s).ok()?;
    Some(signature.to_der().as_bytes().to_vec())
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256(_) => "PrivateKey(P-256)",
            Self::Rsa(_) => "PrivateKey(RSA)",
        })
    }
}

/// The kind of a public key, which decides how its owner signs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384; checked, never made here.
    P384,
    /// RSA.
    Rsa,
}

/// A public key taken out of a SubjectPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    pub kind: KeyKind,
    /// The point, or the RSAPublicKey.
    bytes: Vec<u8>,
}

impl PublicKey {
    pub fn read(spki: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(spki, asn1::SEQUENCE)?;
        let mut algorithm = reader.enter(asn1::SEQUENCE)?;
        let kind = match algorithm.oid()? {
            oid::RSA => KeyKind::Rsa,
            oid::EC_PUBLIC_KEY => match algorithm.oid()? {
                oid::P_256 => KeyKind::P256,
                oid::P_384 => KeyKind::P384,
                _ => return Err(Malformed),
            },
            _ => return Err(Malformed),
        };
        let bits = reader.expect(asn1::BIT_STRING)?;
        reader.finish()?;
        match bits.split_first() {
            Some((0, bytes)) => Ok(Self {
                kind,
                bytes: bytes.to_vec(),
            }),
            _ => Err(Malformed),
        }
    }

    /// Whether `signature` by `algorithm` holds over `message`.
    /// `hash` is the digest named beside it where the algorithm leaves it open.
    pub fn holds(
        &self,
        algorithm: ObjectIdentifier,
        hash: Option<Hash>,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let Some(method) = method(self.kind, algorithm, hash) else {
            return false;
        };
        check::UnparsedPublicKey::new(method, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }
}

fn method(
    kind: KeyKind,
    algorithm: ObjectIdentifier,
    hash: Option<Hash>,
) -> Option<&'static dyn check::VerificationAlgorithm> {
    let named = match algorithm {
        oid::ECDSA_SHA_256 | oid::RSA_SHA_256 => Some(Hash::Sha256),
        oid::ECDSA_SHA_384 | oid::RSA_SHA_384 => Some(Hash::Sha384),
        oid::RSA_SHA_512 => Some(Hash::Sha512),
        // CMS allows the bare names, with the digest beside them.
        oid::RSA | oid::EC_PUBLIC_KEY => hash,
        _ => None,
    }?;
    if hash.is_some_and(|hash| hash != named) {
        return None;
    }
    let rsa = matches!(
        algorithm,
        oid::RSA | oid::RSA_SHA_256 | oid::RSA_SHA_384 | oid::RSA_SHA_512
    );
    match (kind, named, rsa) {
        (KeyKind::P256, Hash::Sha256, false) => Some(&check::ECDSA_P256_SHA256_ASN1),
        (KeyKind::P256, Hash::Sha384, false) => Some(&check::ECDSA_P256_SHA384_ASN1),
        (KeyKind::P384, Hash::Sha256, false) => Some(&check::ECDSA_P384_SHA256_ASN1),
        (KeyKind::P384, Hash::Sha384, false) => Some(&check::ECDSA_P384_SHA384_ASN1),
        (KeyKind::Rsa, Hash::Sha256, true) => Some(&check::RSA_PKCS1_2048_8192_SHA256),
        (KeyKind::Rsa, Hash::Sha384, true) => Some(&check::RSA_PKCS1_2048_8192_SHA384),
        (KeyKind::Rsa, Hash::Sha512, true) => Some(&check::RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

/// The algorithm identifier with which a key of this kind signs here.
pub(crate) fn signature_algorithm(kind: KeyKind) -> Vec<u8> {
    match kind {
        KeyKind::P256 => asn1::algorithm(oid::ECDSA_SHA_256, &[]),
        KeyKind::P384 => asn1::algorithm(oid::ECDSA_SHA_384, &[]),
        KeyKind::Rsa => asn1::algorithm(oid::RSA_SHA_256, asn1::NULL_DER),
    }
}
