//! Second factors: who needs one, how codes of an authenticator app are checked, recovery codes.

use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder, Secret};
use webauthn_rs::prelude::PublicKeyCredential;

use super::Right;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::vault::Private;

/// Whom an institution asks for a second factor.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Nobody: whoever wants one sets one up.
    #[default]
    Off,
    /// Whoever has a [privileged](Right::is_privileged) right.
    Privileged,
    Everyone,
}

impl SecondFactorRule {
    /// Whether it asks someone with these rights.
    pub fn asks(self, rights: &[Right]) -> bool {
        match self {
            Self::Off => false,
            Self::Privileged => rights.iter().any(|right| right.is_privileged()),
            Self::Everyone => true,
        }
    }
}

/// A kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A passkey (WebAuthn).
    Passkey,
    /// A code of an authenticator app (RFC 6238).
    Totp,
    /// One of the codes written down for a lost device.
    Recovery,
}

impl Factor {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Recovery => "recovery",
        }
    }
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The password was right; the second factor is asked for.
    SecondFactor,
    /// Inside, but the institution asks for a second factor that is not set up.
    Enrol,
    Full,
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second_factor",
            Self::Enrol => "enrol",
            Self::Full => "full",
        }
    }

    /// A stage this version doesn't know opens nothing.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SecondFactor, Self::Enrol, Self::Full]
            .into_iter()
            .find(|stage| stage.as_str() == text)
    }
}

/// How someone signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Password,
    PasswordAnd(Factor),
    /// A passkey alone, whose device made sure of the person.
    Passkey,
    Invitation,
    /// By the institution's own provider.
    Oidc,
    /// The same, and it showed a second factor of its own.
    OidcAssured,
    OidcAnd(Factor),
}

impl Method {
    /// A first step, by how it was taken, with the second one.
    pub fn and(first: &str, second: Factor) -> Self {
        if first == Self::Oidc.as_str() {
            Self::OidcAnd(second)
        } else {
            Self::PasswordAnd(second)
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAnd(Factor::Passkey) => "password_passkey",
            Self::PasswordAnd(Factor::Totp) => "password_totp",
            Self::PasswordAnd(Factor::Recovery) => "password_recovery",
            Self::Passkey => "passkey",
            Self::Invitation => "invitation",
            Self::Oidc => "oidc",
            Self::OidcAssured => "oidc_assured",
            Self::OidcAnd(Factor::Passkey) => "oidc_passkey",
            Self::OidcAnd(Factor::Totp) => "oidc_totp",
            Self::OidcAnd(Factor::Recovery) => "oidc_recovery",
        }
    }
}

/// What a person gives to prove once more who they are.
#[derive(Clone, Debug)]
pub enum Given {
    Password(Private<String>),
    Code(Private<String>),
    Recovery(Private<String>),
    /// What a browser signed with a passkey.
    Passkey(Box<PublicKeyCredential>),
}

/// How long a proof is good for acts that could do great harm.
pub const PROOF_MS: i64 = 5 * 60_000;

const STEP_SECONDS: i64 = 30;
/// Steps a phone's clock may be off, either way.
const DRIFT_STEPS: u16 = 1;

/// The step a code belongs to, when it is right within the drift and newer than the last step used.
pub fn code_step(secret: &[u8], code: &str, now_ms: i64, last_step: i64) -> Result<Option<i64>> {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(DRIFT_STEPS)
        .with_step_duration(STEP_SECONDS.unsigned_abs())
        .with_secret(secret.to_vec())
        .build()
        .map_err(|_| Error::internal("an authenticator's secret is damaged"))?;
    let seconds = now_ms.max(0).unsigned_abs() / 1000;
    let step = totp.check(code, seconds).map(i64::try_from).transpose()?;
    Ok(step.filter(|step| *step > last_step))
}

/// What an authenticator app reads from the picture.
pub fn enrolment_uri(secret: &[u8], account: &str, institution_code: &str) -> String {
    let secret = Secret::from(secret.to_vec()).to_base32();
    // All characters are plain: accounts and codes are checked when they are made.
    format!(
        "otpauth://totp/Xiaobao:{account}@{institution_code}?secret={secret}&issuer=Xiaobao&algorithm=SHA1&digits=6&period={STEP_SECONDS}"
    )
}

const RECOVERY_CODES: usize = 10;
const RECOVERY_CHARS: usize = 16;
/// No letter that could be read as another: 32 signs, 80 bits in a code.
const RECOVERY_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Ten codes in groups of four.
pub fn fresh_recovery_codes(random: &Random) -> Vec<Private<String>> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let signs: Vec<char> = random
                .bytes::<RECOVERY_CHARS>()
                .iter()
                .map(|byte| char::from(RECOVERY_ALPHABET[usize::from(byte % 32)]))
                .collect();
            let groups: Vec<String> = signs.chunks(4).map(String::from_iter).collect();
            Private::new(groups.join("-"))
        })
        .collect()
}

/// A recovery code as digested: without hyphens and blanks, in lower case. None when it can't be one.
pub fn plain_recovery_code(given: &str) -> Option<Private<String>> {
    let plain: String = given
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(|sign| sign.to_ascii_lowercase())
        .collect();
    let sound = plain.len() == RECOVERY_CHARS
        && plain.bytes().all(|byte| RECOVERY_ALPHABET.contains(&byte));
    sound.then(|| Private::new(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_asks_by_what_someone_may_do() {
        let (reads, keys) = ([Right::ViewJourneys], [Right::ViewKeys, Right::ManageKeys]);
        let cases = [
            (SecondFactorRule::Off, false, false),
            (SecondFactorRule::Privileged, false, true),
            (SecondFactorRule::Everyone, true, true),
        ];
        for (rule, reader, keeper) in cases {
            assert_eq!((rule.asks(&reads), rule.asks(&keys)), (reader, keeper));
        }
    }

    /// The secret of RFC 6238's test vectors.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_of_the_standard_are_right_once_and_within_one_step() {
        // RFC 6238, appendix B: the last six digits at 1111111109 s are 081804.
        let at_ms = 1_111_111_109_000;
        let step = 1_111_111_109 / 30;
        let cases = [
            ("081804", at_ms, 0, Some(step)),
            ("081804", at_ms + 30_000, 0, Some(step)),
            ("081804", at_ms - 30_000, 0, Some(step)),
            ("081804", at_ms + 60_000, 0, None),
            ("081804", at_ms - 60_000, 0, None),
            ("081804", at_ms, step, None),
            ("081805", at_ms, 0, None),
            ("81804", at_ms, 0, None),
            ("０８１８０４", at_ms, 0, None),
            ("", at_ms, 0, None),
        ];
        for (code, now_ms, last_step, expected) in cases {
            let found = code_step(SECRET, code, now_ms, last_step).expect("a sound secret");
            assert_eq!(found, expected, "{code} at {now_ms} after {last_step}");
        }
        assert!(code_step(b"short", "081804", at_ms, 0).is_err());
    }

    #[test]
    fn the_picture_s_text_names_account_and_secret() {
        assert_eq!(
            enrolment_uri(SECRET, "luoyifan", "anhe"),
            "otpauth://totp/Xiaobao:luoyifan@anhe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Xiaobao&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn recovery_codes_are_ten_distinct_ones_and_are_read_however_they_are_typed() {
        let codes = fresh_recovery_codes(&Random::seeded(1));
        let distinct: std::collections::BTreeSet<&str> =
            codes.iter().map(|code| code.expose().as_str()).collect();
        assert_eq!(distinct.len(), 10);
        let code = codes[0].expose();
        assert_eq!(code.len(), 19);
        let typed = code.replace('-', " ").to_uppercase();
        assert_eq!(
            plain_recovery_code(&typed).expect("a code").expose(),
            &code.replace('-', "")
        );
        for wrong in ["", "abcd", "llll-llll-llll-llll", &format!("{code}a")] {
            assert!(plain_recovery_code(wrong).is_none(), "{wrong}");
        }
    }
}
