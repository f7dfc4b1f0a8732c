//! Envelopes: AES-256-GCM, `0x01 ‖ 12-byte nonce ‖ ciphertext and tag`.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::keys::Key;
use crate::random::Random;

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;

/// What an envelope is bound to; an envelope moved elsewhere doesn't open.
pub struct Label<'a> {
    pub institution: &'a str,
    pub subject: &'a str,
    /// Item kind, or what else of the subject is sealed.
    pub item: &'a str,
    pub version: i64,
}

impl Label<'_> {
    fn bytes(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let parts: [&[u8]; 5] = [
            b"xiaobao/seal/v1",
            self.institution.as_bytes(),
            self.subject.as_bytes(),
            self.item.as_bytes(),
            &version,
        ];
        let mut out = Vec::new();
        for part in parts {
            out.extend((part.len() as u64).to_be_bytes());
            out.extend(part);
        }
        out
    }
}

/// Seals `plain` under `key` with a fresh nonce.
pub fn seal(key: &Key, random: &Random, label: &Label<'_>, plain: &[u8]) -> Result<Vec<u8>> {
    let nonce = random.bytes::<NONCE_BYTES>();
    let cipher = cipher(key)?;
    let sealed = cipher
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: plain,
                aad: &label.bytes(),
            },
        )
        .map_err(|_| Error::internal("vault_sealing_failed"))?;
    let mut envelope = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    envelope.push(FORMAT);
    envelope.extend(nonce);
    envelope.extend(sealed);
    Ok(envelope)
}

/// Opens an envelope; every kind of damage is the same error, which says nothing about the content.
pub fn unseal(key: &Key, label: &Label<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let damaged = || Error::internal("vault_envelope_damaged");
    let (&format, rest) = envelope.split_first().ok_or_else(damaged)?;
    let (nonce, sealed) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or_else(damaged)?;
    if format != FORMAT {
        return Err(damaged());
    }
    cipher(key)?
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &label.bytes(),
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| damaged())
}

fn cipher(key: &Key) -> Result<Aes256Gcm> {
    Aes256Gcm::new_from_slice(key.as_slice()).map_err(|_| Error::internal("vault_key_length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = b"13800000000";

    fn label(item: &str, version: i64) -> Label<'_> {
        Label {
            institution: "ins_a",
            subject: "sub_a",
            item,
            version,
        }
    }

    fn cause(outcome: Result<Zeroizing<Vec<u8>>>) -> String {
        outcome.expect_err("must not open").to_string()
    }

    #[test]
    fn what_was_sealed_opens_again_and_two_envelopes_differ() {
        let random = Random::seeded(1);
        let key = Key::new(random.bytes());
        let first = seal(&key, &random, &label("phone", 1), PLAIN).expect("seals");
        let second = seal(&key, &random, &label("phone", 1), PLAIN).expect("seals");
        assert_ne!(first, second);
        assert_eq!(
            unseal(&key, &label("phone", 1), &first)
                .expect("opens")
                .as_slice(),
            PLAIN
        );
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_the_same_error() {
        let random = Random::seeded(2);
        let key = Key::new(random.bytes());
        let envelope = seal(&key, &random, &label("phone", 1), PLAIN).expect("seals");
        for at in 0..envelope.len() {
            let mut flipped = envelope.clone();
            flipped[at] ^= 1;
            assert_eq!(
                cause(unseal(&key, &label("phone", 1), &flipped)),
                "internal: vault_envelope_damaged",
                "byte {at}"
            );
            assert_eq!(
                cause(unseal(&key, &label("phone", 1), &envelope[..at])),
                "internal: vault_envelope_damaged",
                "cut {at}"
            );
        }
    }

    #[test]
    fn an_envelope_opens_only_where_it_belongs() {
        let random = Random::seeded(3);
        let key = Key::new(random.bytes());
        let envelope = seal(&key, &random, &label("phone", 1), PLAIN).expect("seals");
        let moved = [
            label("name", 1),
            label("phone", 2),
            Label {
                institution: "ins_b",
                ..label("phone", 1)
            },
            Label {
                subject: "sub_b",
                ..label("phone", 1)
            },
        ];
        for elsewhere in &moved {
            assert_eq!(
                cause(unseal(&key, elsewhere, &envelope)),
                "internal: vault_envelope_damaged"
            );
        }
        assert_eq!(
            cause(unseal(
                &Key::new(random.bytes()),
                &label("phone", 1),
                &envelope
            )),
            "internal: vault_envelope_damaged"
        );
    }
}
