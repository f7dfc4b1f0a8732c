//! Small secrets of the house itself at rest: AES-256-GCM, `0x01 ‖ 12-byte nonce ‖ ciphertext and tag`.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use super::Key;
use crate::error::{Error, Result};
use crate::random::Random;

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;

/// Seals `plain` under a key; the envelope opens only with the same `place`, so it can't be moved.
pub fn seal(key: &Key, random: &Random, place: &[&[u8]], plain: &[u8]) -> Result<Vec<u8>> {
    let nonce = random.bytes::<NONCE_BYTES>();
    let (msg, aad) = (plain, bound(place));
    let sealed = cipher(key)?
        .encrypt(&Nonce::from(nonce), Payload { msg, aad: &aad })
        .map_err(|_| Error::internal("a secret could not be sealed"))?;
    let mut envelope = vec![FORMAT];
    envelope.extend(nonce);
    envelope.extend(sealed);
    Ok(envelope)
}

/// Opens an envelope; every kind of damage is the same error.
pub fn unseal(key: &Key, place: &[&[u8]], envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let damaged = || Error::internal("a sealed secret is damaged");
    let rest = envelope.strip_prefix(&[FORMAT]).ok_or_else(damaged)?;
    let (nonce, msg) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or_else(damaged)?;
    let aad = bound(place);
    cipher(key)?
        .decrypt(&Nonce::from(*nonce), Payload { msg, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| damaged())
}

/// Each part with its length before it, so that no two places look alike.
fn bound(place: &[&[u8]]) -> Vec<u8> {
    let mut out = b"xiaobao/envelope/v1".to_vec();
    for part in place {
        out.extend((part.len() as u64).to_be_bytes());
        out.extend(*part);
    }
    out
}

fn cipher(key: &Key) -> Result<Aes256Gcm> {
    Aes256Gcm::new_from_slice(key.as_slice()).map_err(|_| Error::internal("a key's length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_opens_whole_in_its_place_and_nowhere_else() {
        let random = Random::seeded(1);
        let key = Key::new(random.bytes());
        let place: [&[u8]; 2] = [b"ab", b"c"];
        let envelope = seal(&key, &random, &place, b"secret").expect("seals");
        let opened = unseal(&key, &place, &envelope).expect("opens");
        assert_eq!(opened.as_slice(), b"secret");
        assert!(unseal(&key, &[b"a", b"bc"], &envelope).is_err());
        assert!(unseal(&Key::new(random.bytes()), &place, &envelope).is_err());
        for at in 0..envelope.len() {
            let mut flipped = envelope.clone();
            flipped[at] ^= 1;
            assert!(unseal(&key, &place, &flipped).is_err(), "byte {at}");
            assert!(unseal(&key, &place, &envelope[..at]).is_err(), "cut {at}");
        }
    }
}
