//! SM2 signatures (GB/T 32918) over SM3, beside a document instead of inside it.
//!
//! The signer's distinguishing identifier is the default one of GM/T 0009.

use ::sm2::dsa::signature::hazmat::PrehashSigner as _;
use ::sm2::dsa::signature::{Signer as _, Verifier as _};
use ::sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm3::{Digest as _, Sm3};

use crate::asn1;
use crate::key::KeyError;
use crate::oid;
use crate::pem;

/// The identifier that is meant where none is agreed (GM/T 0009-2012).
pub const DEFAULT_ID: &str = "1234567812345678";

/// `04`, x and y.
const POINT_BYTES: usize = 65;

/// The curve's a and b and its generator's x and y (GB/T 32918.5), as every Z begins with them.
const CURVE: &str = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC\
    28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93\
    32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7\
    BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0";

/// A private SM2 key; wiped when dropped.
pub struct Sm2Key(SigningKey);

impl Sm2Key {
    /// The key that 32 secret bytes are.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] for zero and for numbers beyond the curve's order.
    pub fn new(secret: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_slice(DEFAULT_ID, secret).map_err(|_| KeyError::Unusable)?;
        Ok(Self(key))
    }

    /// The public key: `04`, x and y, 65 bytes.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_bytes().to_vec()
    }

    /// The public key as the DER of a SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_info(&self) -> Vec<u8> {
        public_key_info(&self.public_key())
    }

    /// Signs `message`: DER of r and s (GB/T 35276).
    ///
    /// # Errors
    /// [`KeyError::Unusable`] where the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| KeyError::Unusable)?;
        Ok(signature.to_der().to_vec())
    }

    /// Signs what [`digest`] made of a message: DER of r and s (GB/T 35276).
    ///
    /// # Errors
    /// [`KeyError::Unusable`] where the library refuses.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        let signature: Signature = self
            .0
            .sign_prehash(digest)
            .map_err(|_| KeyError::Unusable)?;
        Ok(signature.to_der().to_vec())
    }
}

/// A public key of 65 bytes as the DER of a SubjectPublicKeyInfo.
#[must_use]
pub fn public_key_info(public_key: &[u8]) -> Vec<u8> {
    asn1::sequence(&[
        &asn1::algorithm(oid::EC_PUBLIC_KEY, &asn1::oid(oid::SM2)),
        &asn1::bits(public_key),
    ])
}

impl std::fmt::Debug for Sm2Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sm2Key")
    }
}

/// The one key in PEM (`PUBLIC KEY`), as the DER of its SubjectPublicKeyInfo; `None` where it is no key on this curve.
#[must_use]
pub fn read_public_key(text: &str) -> Option<Vec<u8>> {
    let mut found = pem::open("PUBLIC KEY", text)?;
    let der = found.pop().filter(|_| found.is_empty())?;
    let fits = key(&der).is_some();
    fits.then_some(der)
}

/// What is signed of a message: e, which is SM3 over Z and the message, where Z is SM3 over the default identifier, the curve
/// and the signer's key (GB/T 32918.2). Whoever signs needs no more of the message. `None` for what is no key.
#[must_use]
pub fn digest(public_key: &[u8], message: &[u8]) -> Option<[u8; 32]> {
    let (point, _) = key(public_key)?;
    let bits = u16::try_from(DEFAULT_ID.len() * 8).ok()?;
    let z = Sm3::new()
        .chain_update(bits.to_be_bytes())
        .chain_update(DEFAULT_ID)
        .chain_update(curve())
        .chain_update(&point[1..])
        .finalize();
    let e = Sm3::new().chain_update(z).chain_update(message).finalize();
    Some(e.into())
}

fn curve() -> Vec<u8> {
    let byte = |at| u8::from_str_radix(CURVE.get(at..at + 2)?, 16).ok();
    (0..CURVE.len()).step_by(2).filter_map(byte).collect()
}

/// A key from its 65 bytes, or the DER of its SubjectPublicKeyInfo.
fn key(public_key: &[u8]) -> Option<(&[u8], VerifyingKey)> {
    let point = match public_key.len().checked_sub(POINT_BYTES) {
        Some(at) if at > 0 => &public_key[at..],
        _ => public_key,
    };
    // Nothing but the one spelling of a key on this curve.
    if point.len() != public_key.len() && public_key_info(point) != public_key {
        return None;
    }
    let key = VerifyingKey::from_sec1_bytes(DEFAULT_ID, point).ok()?;
    (point.len() == POINT_BYTES).then_some((point, key))
}

/// Whether a DER `signature` holds over `message` by a key: its 65 bytes, or the DER of its SubjectPublicKeyInfo.
#[must_use]
pub fn holds(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Some((_, key)) = key(public_key) else {
        return false;
    };
    match Signature::from_der(signature) {
        Ok(signature) => key.verify(message, &signature).is_ok(),
        Err(_) => false,
    }
}
