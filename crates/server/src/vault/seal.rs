//! Envelopes: `cipher ‖ 12-byte nonce ‖ ciphertext and 16-byte tag`.
//!
//! The first byte is 0x01 for AES-256-GCM and 0x02 for SM4-GCM (RFC 8998); whatever new envelopes use, both open.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, AesGcm, Nonce};
use sm4::Sm4;
use zeroize::Zeroizing;

use super::model::Refusal;
use crate::config::Cipher;
use crate::error::{Error, Result};
use crate::keys::{self, Key};
use crate::random::Random;

/// SM4 in Galois/Counter Mode.
type Sm4Gcm = AesGcm<Sm4, U12>;

const AES_256_GCM: u8 = 1;
const SM4_GCM: u8 = 2;
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
pub fn seal(
    cipher: Cipher,
    key: &Key,
    random: &Random,
    label: &Label<'_>,
    plain: &[u8],
) -> Result<Vec<u8>> {
    let nonce = random.bytes::<NONCE_BYTES>();
    let (format, sealed) = match cipher {
        Cipher::Aes256Gcm => (AES_256_GCM, encrypt(&aes(key)?, nonce, label, plain)?),
        Cipher::Sm4Gcm => (SM4_GCM, encrypt(&sm4(key)?, nonce, label, plain)?),
    };
    let mut envelope = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    envelope.push(format);
    envelope.extend(nonce);
    envelope.extend(sealed);
    Ok(envelope)
}

/// Opens an envelope; every kind of damage is the same error, which says nothing about the content.
pub fn unseal(key: &Key, label: &Label<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (&format, rest) = envelope.split_first().ok_or_else(damaged)?;
    let (nonce, sealed) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or_else(damaged)?;
    match format {
        AES_256_GCM => decrypt(&aes(key)?, *nonce, label, sealed),
        SM4_GCM => decrypt(&sm4(key)?, *nonce, label, sealed),
        _ => Err(damaged()),
    }
}

fn damaged() -> Error {
    Refusal::EnvelopeDamaged.into()
}

fn encrypt(
    cipher: &impl Aead<NonceSize = U12>,
    nonce: [u8; NONCE_BYTES],
    label: &Label<'_>,
    plain: &[u8],
) -> Result<Vec<u8>> {
    let payload = Payload {
        msg: plain,
        aad: &label.bytes(),
    };
    cipher
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| Error::internal("vault_sealing_failed"))
}

fn decrypt(
    cipher: &impl Aead<NonceSize = U12>,
    nonce: [u8; NONCE_BYTES],
    label: &Label<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let payload = Payload {
        msg: sealed,
        aad: &label.bytes(),
    };
    cipher
        .decrypt(&Nonce::from(nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| damaged())
}

fn aes(key: &Key) -> Result<Aes256Gcm> {
    Aes256Gcm::new_from_slice(key.as_slice()).map_err(|_| Error::internal("vault_key_length"))
}

/// SM4 takes 128 bits: a key of its own, drawn from the 256 of the same subject or epoch.
fn sm4(key: &Key) -> Result<Sm4Gcm> {
    let drawn = Zeroizing::new(keys::mac(key, &[b"xiaobao/sm4/v1"]));
    Sm4Gcm::new_from_slice(&drawn[..16]).map_err(|_| Error::internal("vault_key_length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = b"13800000000";
    const AES: Cipher = Cipher::Aes256Gcm;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| {
                let pair = std::str::from_utf8(pair).expect("hex");
                u8::from_str_radix(pair, 16).expect("hex")
            })
            .collect()
    }

    #[test]
    fn sm4_gcm_gives_the_example_of_rfc_8998() {
        // RFC 8998, A.1.
        let cipher = Sm4Gcm::new_from_slice(&hex("0123456789ABCDEFFEDCBA9876543210"));
        let nonce: [u8; 12] = hex("00001234567800000000ABCD").try_into().expect("12");
        let sealed = cipher
            .expect("16 bytes")
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: &hex(
                        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD
                         EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
                    ),
                    aad: &hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"),
                },
            )
            .expect("seals");
        let expected = hex(
            "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735
             D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D
             83DE3541E4C2B58177E065A9BF7B62EC",
        );
        assert_eq!(sealed, expected);
    }

    #[test]
    fn either_cipher_s_envelopes_open_and_never_under_the_other_s_name() {
        let random = Random::seeded(4);
        let key = Key::new(random.bytes());
        for (cipher, format) in [(AES, 1), (Cipher::Sm4Gcm, 2)] {
            let mut envelope =
                seal(cipher, &key, &random, &label("phone", 1), PLAIN).expect("seals");
            assert_eq!(envelope[0], format);
            let opened = unseal(&key, &label("phone", 1), &envelope).expect("opens");
            assert_eq!(opened.as_slice(), PLAIN);
            for other in (0..=255).filter(|other| *other != format) {
                envelope[0] = other;
                assert_eq!(
                    cause(unseal(&key, &label("phone", 1), &envelope)),
                    "envelope_damaged"
                );
            }
        }
    }

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
        let first = seal(AES, &key, &random, &label("phone", 1), PLAIN).expect("seals");
        let second = seal(AES, &key, &random, &label("phone", 1), PLAIN).expect("seals");
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
        let envelope = seal(AES, &key, &random, &label("phone", 1), PLAIN).expect("seals");
        for at in 0..envelope.len() {
            let mut flipped = envelope.clone();
            flipped[at] ^= 1;
            assert_eq!(
                cause(unseal(&key, &label("phone", 1), &flipped)),
                "envelope_damaged",
                "byte {at}"
            );
            assert_eq!(
                cause(unseal(&key, &label("phone", 1), &envelope[..at])),
                "envelope_damaged",
                "cut {at}"
            );
        }
    }

    #[test]
    fn an_envelope_opens_only_where_it_belongs() {
        let random = Random::seeded(3);
        let key = Key::new(random.bytes());
        let envelope = seal(AES, &key, &random, &label("phone", 1), PLAIN).expect("seals");
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
                "envelope_damaged"
            );
        }
        assert_eq!(
            cause(unseal(
                &Key::new(random.bytes()),
                &label("phone", 1),
                &envelope
            )),
            "envelope_damaged"
        );
    }
}
