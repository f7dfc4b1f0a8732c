//! Secrets that travel: link tokens and codes are derived and never stored; session tokens and API keys are stored as digests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::model::{CodeId, CodePurpose, InvitationId, LinkId, OIDC_MS, StaffId};
use crate::id::well_formed;
use crate::keys::{self, Key};
use crate::random::Random;
use crate::vault::Private;

/// Bytes of a link's MAC that travel: 128 bits, short enough for a text message.
const LINK_MAC_BYTES: usize = 16;
const API_KEY_PREFIX: &str = "xbk_";
pub const CODE_DIGITS: usize = 6;

/// A link's token: the id's body, a dot, and a MAC over the id.
pub fn link_token(key: &Key, id: &LinkId) -> String {
    let body = id.as_str().strip_prefix("lnk_").unwrap_or_default();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(link_mac(key, id)))
}

/// The link a token names, if its MAC is right.
pub fn read_link_token(key: &Key, token: &str) -> Option<LinkId> {
    let (body, mac) = token.split_once('.')?;
    let id = format!("{}_{body}", LinkId::PREFIX);
    if !well_formed(LinkId::PREFIX, &id) {
        return None;
    }
    let id = LinkId::stored(id);
    let given = URL_SAFE_NO_PAD.decode(mac).ok()?;
    bool::from(given.ct_eq(&link_mac(key, &id))).then_some(id)
}

fn link_mac(key: &Key, id: &LinkId) -> Vec<u8> {
    keys::mac(key, &[b"xiaobao/link/v1", id.as_str().as_bytes()])[..LINK_MAC_BYTES].to_vec()
}

/// The six digits of a code: bound to its own id, to one purpose, to one link and, where it signs something, to that.
pub fn code_digits(
    key: &Key,
    code: &CodeId,
    purpose: CodePurpose,
    link: &LinkId,
    bound_to: Option<&str>,
) -> Private<String> {
    let mut parts: Vec<&[u8]> = vec![
        b"xiaobao/code/v1",
        code.as_str().as_bytes(),
        purpose.as_str().as_bytes(),
        link.as_str().as_bytes(),
    ];
    parts.extend(bound_to.map(str::as_bytes));
    let mac = keys::mac(key, &parts);
    let number = mac
        .iter()
        .take(8)
        .fold(0_u64, |n, byte| n << 8 | u64::from(*byte))
        % 1_000_000;
    Private::new(format!("{number:06}"))
}

/// True for six ASCII digits.
pub fn code_well_formed(given: &str) -> bool {
    given.len() == CODE_DIGITS && given.bytes().all(|b| b.is_ascii_digit())
}

/// Compares without telling by time how much was right.
pub fn code_equal(expected: &Private<String>, given: &str) -> bool {
    expected.expose().as_bytes().ct_eq(given.as_bytes()).into()
}

/// A fresh session token.
pub fn session_token(random: &Random) -> Private<String> {
    Private::new(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
}

/// A fresh API key secret.
pub fn api_key_secret(random: &Random) -> Private<String> {
    Private::new(format!(
        "{API_KEY_PREFIX}{}",
        URL_SAFE_NO_PAD.encode(random.bytes::<32>())
    ))
}

/// A fresh invitation's secret.
pub fn invitation_secret(random: &Random) -> Private<String> {
    session_token(random)
}

/// What travels in an invitation: the institution's code, so that its rows can be asked, and the secret.
pub fn invitation_token(institution_code: &str, secret: &Private<String>) -> String {
    format!("{institution_code}.{}", secret.expose())
}

/// Institution code and secret of an invitation.
pub fn read_invitation_token(token: &str) -> Option<(&str, &str)> {
    token
        .split_once('.')
        .filter(|(code, secret)| code.len() <= 20 && secret.len() == 43)
}

/// What is stored of the word that belongs to a link: bound to that link, and worth nothing without the key.
pub fn word_digest(key: &Key, invitation: &InvitationId, plain: &Private<String>) -> Vec<u8> {
    let parts: [&[u8]; 3] = [
        b"xiaobao/invitation-word/v1",
        invitation.as_str().as_bytes(),
        plain.expose().as_bytes(),
    ];
    keys::mac(key, &parts).to_vec()
}

/// What is stored of a recovery code: bound to its owner, and worth nothing without the key.
pub fn recovery_digest(key: &Key, staff: &StaffId, plain: &Private<String>) -> Vec<u8> {
    let parts: [&[u8]; 3] = [
        b"xiaobao/recovery/v1",
        staff.as_str().as_bytes(),
        plain.expose().as_bytes(),
    ];
    keys::mac(key, &parts).to_vec()
}

/// What a browser keeps while its person signs in at a provider: institution, beginning, chance, and a MAC over them.
pub fn oidc_attempt(
    key: &Key,
    random: &Random,
    institution_code: &str,
    now_ms: i64,
) -> Private<String> {
    let chance = URL_SAFE_NO_PAD.encode(random.bytes::<32>());
    let said = format!("{institution_code}.{now_ms}.{chance}");
    let mac = oidc_mac(key, &said);
    Private::new(format!("{said}.{mac}"))
}

/// The institution's code of an attempt of ours that is not too old.
pub fn read_oidc_attempt<'a>(key: &Key, attempt: &'a str, now_ms: i64) -> Option<&'a str> {
    let (said, mac) = attempt.rsplit_once('.')?;
    let (code, rest) = said.split_once('.')?;
    let (begun_ms, _) = rest.split_once('.')?;
    let age_ms = now_ms - begun_ms.parse::<i64>().ok()?;
    (equal(&oidc_mac(key, said), mac) && (0..OIDC_MS).contains(&age_ms)).then_some(code)
}

fn oidc_mac(key: &Key, said: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys::mac(
        key,
        &[b"xiaobao/oidc/attempt/v1", said.as_bytes()],
    ))
}

/// Compares without telling by time how much was right.
pub fn equal(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

/// The same for digests.
pub fn equal_bytes(expected: &[u8], given: &[u8]) -> bool {
    expected.ct_eq(given).into()
}

/// What is stored of a secret of 256 random bits.
pub fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Under which a sign-in is counted; the account name itself is not kept.
pub fn attempts_digest(institution_code: &str, account: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update((institution_code.len() as u64).to_be_bytes());
    hash.update(institution_code);
    hash.update(account);
    hash.finalize().to_vec()
}

/// What a member of staff who is inside can guess at. Each is counted for itself, so that a success with one clears no
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    SecondFactor,
    /// The first code of an authenticator that is being set up.
    FirstCode,
    Password,
}

impl Guess {
    /// Sign-ins begin with a length of eight bytes, whose first is 0: none of them can be taken for one of these.
    fn label(self) -> &'static [u8] {
        match self {
            Self::SecondFactor => b"xiaobao/guess/factor/v1",
            Self::FirstCode => b"xiaobao/guess/first-code/v1",
            Self::Password => b"xiaobao/guess/password/v1",
        }
    }
}

/// Under which guesses of a member of staff are counted.
pub fn guess_digest(guess: Guess, staff: &StaffId) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(guess.label());
    hash.update(staff.as_str());
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(seed: u64) -> LinkId {
        LinkId::stored(format!("lnk_{}", crate::id::body(1, &Random::seeded(seed))))
    }

    #[test]
    fn a_link_token_can_be_made_again_and_read_back() {
        let key = Key::new([1; 32]);
        let token = link_token(&key, &link(1));
        assert_eq!(token, link_token(&key, &link(1)));
        assert_eq!(token.len(), 26 + 1 + 22);
        assert_eq!(read_link_token(&key, &token), Some(link(1)));
    }

    #[test]
    fn no_sign_in_counts_under_somebody_s_guesses_and_no_guess_under_another() {
        let staff = StaffId::stored(format!("stf_{}", crate::id::body(1, &Random::seeded(1))));
        let guesses = [Guess::SecondFactor, Guess::FirstCode, Guess::Password];
        let counted = guesses.map(|guess| guess_digest(guess, &staff));
        for code in ["", "second factor", "xiaobao/guess/factor/v1"] {
            let sign_in = attempts_digest(code, staff.as_str());
            assert!(!counted.contains(&sign_in), "{code}");
        }
        let distinct: std::collections::HashSet<_> = counted.iter().collect();
        assert_eq!(distinct.len(), guesses.len());
    }

    #[test]
    fn a_token_with_any_changed_character_or_another_key_is_unknown() {
        let key = Key::new([1; 32]);
        let token = link_token(&key, &link(1));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(read_link_token(&key, &changed), None, "character {at}");
            assert_eq!(read_link_token(&key, &token[..at]), None, "cut {at}");
        }
        assert_eq!(read_link_token(&Key::new([2; 32]), &token), None);
        for nonsense in ["", ".", "a.b.c", "令牌.令牌", &format!("{token}=")] {
            assert_eq!(read_link_token(&key, nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn an_attempt_is_good_for_a_while_and_with_its_mac() {
        let (key, random) = (Key::new([1; 32]), Random::seeded(1));
        let attempt = oidc_attempt(&key, &random, "an-he", 1_000);
        let attempt = attempt.expose();
        let read =
            |key: &Key, text: &str, now_ms| read_oidc_attempt(key, text, now_ms).map(str::to_owned);
        assert_eq!(read(&key, attempt, 1_000).as_deref(), Some("an-he"));
        assert_eq!(read(&key, attempt, 999 + OIDC_MS).as_deref(), Some("an-he"));
        assert_eq!(read(&key, attempt, 1_000 + OIDC_MS), None);
        assert_eq!(read(&key, attempt, 999), None);
        assert_eq!(read(&Key::new([2; 32]), attempt, 1_000), None);
        for wrong in [
            "",
            "...",
            "a.b",
            &attempt.replace("an-he", "other"),
            &attempt.replace(".1000.", ".9000."),
        ] {
            assert_eq!(read(&key, wrong, 1_000), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_is_six_digits_of_its_own_challenge_and_link() {
        let key = Key::new([3; 32]);
        let code = |seed: u64| {
            CodeId::stored(format!("cod_{}", crate::id::body(1, &Random::seeded(seed))))
        };
        let digits = |code: &CodeId, link: &LinkId| {
            code_digits(&key, code, CodePurpose::OpenLink, link, None)
                .expose()
                .clone()
        };
        let mut seen = std::collections::HashSet::new();
        for seed in 0..50 {
            let text = digits(&code(seed), &link(1));
            assert!(code_well_formed(&text), "{text}");
            seen.insert(text);
        }
        assert!(seen.len() > 45, "codes differ by challenge");
        assert_eq!(digits(&code(1), &link(1)), digits(&code(1), &link(1)));
        assert_ne!(digits(&code(1), &link(1)), digits(&code(1), &link(2)));
        let bound = |to: &str| {
            let purpose = CodePurpose::SignContracts;
            code_digits(&key, &code(1), purpose, &link(1), Some(to))
                .expose()
                .clone()
        };
        assert_ne!(bound("one set"), bound("another"));
    }

    #[test]
    fn only_six_plain_digits_are_a_code() {
        for (given, good) in [
            ("000000", true),
            ("12345", false),
            ("1234567", false),
            ("12345a", false),
            ("１２", false),
            ("", false),
        ] {
            assert_eq!(code_well_formed(given), good, "{given}");
        }
        assert!(code_equal(&"012345".into(), "012345"));
        assert!(!code_equal(&"012345".into(), "012346"));
    }

    #[test]
    fn secrets_have_their_prefix_and_full_length() {
        let random = Random::seeded(9);
        let secret = api_key_secret(&random);
        assert!(secret.expose().starts_with("xbk_") && secret.expose().len() == 4 + 43);
        assert_ne!(
            session_token(&random).expose(),
            session_token(&random).expose()
        );
        assert_ne!(attempts_digest("ab", "c"), attempts_digest("a", "bc"));
    }
}
