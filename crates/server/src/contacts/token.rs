//! The link in a third person's message: derived from a key, never stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::model::ContactId;
use crate::id::well_formed;
use crate::keys::{self, Key};

/// The key file behind every such link.
pub const KEY: &str = "contacts";
/// Bytes of the MAC that travel: 128 bits, short enough for a text message.
const MAC_BYTES: usize = 16;
/// An institution's code is no longer.
const CODE_CHARS_MAX: usize = 20;

/// The institution's code, so that its rows can be asked; the id's body; a MAC over both.
pub fn token(key: &Key, institution_code: &str, id: &ContactId) -> String {
    let body = id.as_str().strip_prefix("cnt_").unwrap_or_default();
    let mac = URL_SAFE_NO_PAD.encode(mac(key, institution_code, id));
    format!("{institution_code}.{body}.{mac}")
}

/// The institution's code and the contact that a token names, if its MAC is right.
pub fn read<'a>(key: &Key, token: &'a str) -> Option<(&'a str, ContactId)> {
    let (code, rest) = token.split_once('.')?;
    let (body, given) = rest.split_once('.')?;
    let id = format!("{}_{body}", ContactId::PREFIX);
    if code.len() > CODE_CHARS_MAX || !well_formed(ContactId::PREFIX, &id) {
        return None;
    }
    let id = ContactId::stored(id);
    let given = URL_SAFE_NO_PAD.decode(given).ok()?;
    bool::from(given.ct_eq(&mac(key, code, &id))).then_some((code, id))
}

fn mac(key: &Key, code: &str, id: &ContactId) -> Vec<u8> {
    let parts: [&[u8]; 3] = [
        b"xiaobao/contact-link/v1",
        code.as_bytes(),
        id.as_str().as_bytes(),
    ];
    keys::mac(key, &parts)[..MAC_BYTES].to_vec()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::random::Random;

    #[test]
    fn a_token_opens_its_own_contact_of_its_own_institution() {
        let key: Key = Zeroizing::new([7; 32]);
        let id = ContactId::fresh(1, &Random::seeded(1));
        let made = token(&key, "anhe", &id);
        assert_eq!(read(&key, &made), Some(("anhe", id.clone())));
        let other = ContactId::fresh(1, &Random::seeded(2));
        let spliced = token(&key, "anhe", &other);
        let (head, _) = made.rsplit_once('.').expect("three parts");
        let (_, mac) = spliced.rsplit_once('.').expect("three parts");
        for wrong in [
            made.replacen("anhe", "jianglan", 1),
            format!("{head}.{mac}"),
            format!("{head}."),
            made[..made.len() - 1].to_owned(),
            format!("{made}a"),
            head.to_owned(),
            String::new(),
        ] {
            assert_eq!(read(&key, &wrong), None, "{wrong}");
        }
        assert_eq!(read(&Zeroizing::new([8; 32]), &made), None);
    }
}
