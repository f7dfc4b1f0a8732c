//! SM2 signatures (GB/T 32918) over SM3, beside a document instead of inside it.
//!
//! The signer's distinguishing identifier is the default one of GM/T 0009.

use ::sm2::dsa::signature::{Signer as _, Verifier as _};
use ::sm2::dsa::{Signature, SigningKey, VerifyingKey};

use crate::asn1;
use crate::key::KeyError;
use crate::oid;

/// The identifier that is meant where none is agreed (GM/T 0009-2012).
pub const DEFAULT_ID: &str = "1234567812345678";

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
        asn1::sequence(&[
            &asn1::algorithm(oid::EC_PUBLIC_KEY, &asn1::oid(oid::SM2)),
            &asn1::bits(&self.public_key()),
        ])
    }

    /// Signs `message`: DER of r and s (GB/T 35276).
    ///
    /// # Errors
    /// [`KeyError::Unusable`] where the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| KeyError::Unusable)?;
        Ok(signature.to_der().to_vec())
    }
}

impl std::fmt::Debug for Sm2Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sm2Key")
    }
}

/// Whether a DER `signature` by the key of 65 bytes holds over `message`.
#[must_use]
pub fn holds(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(DEFAULT_ID, public_key) else {
        return false;
    };
    match Signature::from_der(signature) {
        Ok(signature) => key.verify(message, &signature).is_ok(),
        Err(_) => false,
    }
}
