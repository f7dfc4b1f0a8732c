//! Release tokens: what a lender's payment system wants to see before it pays, checked without asking anyone.
//!
//! A token is a signed note ([`crate::note`]) in one printable word: a heading, canonical JSON, the log's signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{self, MAX_INTEGER};
use crate::note::{self, KeyKind, Note, NoteError, Signer, VerifierKey};
use crate::{Hash, digest, hex};

/// What every token begins with.
pub const PREFIX: &str = "xbrt1.";

/// The first line of the signed text; it can never be read as a checkpoint or a manifest.
pub const HEADING: &str = "xiaobao/release/v1";

/// The most characters of a token.
pub const MAX_CHARS: usize = 8 * 1024;

/// Separates digests of payees from every other use of SHA-256.
pub const PAYEE_DOMAIN: &[u8] = b"xiaobao/payee/v1";

/// The most protections that a token sets aside.
const MAX_MISSING: usize = 20;

/// The most bytes of each id in a token.
const MAX_ID_BYTES: usize = 128;

/// Leave to pay one loan once: this amount to this payee, for a short time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseToken {
    /// 1, or 2 with an override.
    pub v: u64,
    /// The lender.
    pub institution: String,
    /// The loan's journey.
    pub journey: String,
    /// SHA-256 of the canonical terms that were shown, signed and booked.
    pub terms_digest: String,
    /// Fen to be paid out: the whole principal.
    pub amount: i64,
    /// [`payee_digest`] of the account to be paid.
    pub payee_digest: String,
    /// The published state of the log that proves the loan's protections.
    pub checkpoint: Covering,
    /// UTC ms by the institution's clock.
    pub issued_at_ms: i64,
    /// The first instant (UTC ms) at which it is worth nothing.
    pub expires_at_ms: i64,
    /// 32 random bytes; no two tokens are alike.
    pub nonce: String,
    /// Two people released the money although a protection was missing.
    pub break_glass: bool,
    /// What they set aside; in a token of version 2, and in no other.
    #[serde(rename = "override", default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
}

/// What two people set aside to release money in an emergency: these protections and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Of the two people's decision.
    pub id: String,
    /// Codes of the protections that were missing, sorted, each once; 1 to 20.
    pub missing: Vec<String>,
}

/// A checkpoint in a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covering {
    /// Names the log, and the key that signs the token.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over those leaves.
    pub root: String,
}

/// A payment about to be made, as the payment system knows it.
///
/// Which loan and which account it is for is always compared; of the rest, what is absent is not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// UTC ms by the payer's clock.
    pub at_ms: i64,
    /// Fen.
    pub amount: i64,
    /// The loan's journey, as the lender's books have it.
    pub journey: String,
    /// The lender that the payer pays for.
    pub institution: Option<String>,
    /// SHA-256 of the canonical terms in the lender's books.
    pub terms_digest: Option<String>,
    /// The account to be paid, with the salt that came with the token.
    pub payee: Payee,
}

/// An account and the salt of its digest.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Digits only.
    pub account: String,
    /// 64 hexadecimal digits.
    pub salt: String,
}

impl std::fmt::Debug for Payee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•••")
    }
}

/// Why a payment may not be made on a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Paid before it was issued.
    NotYet,
    /// Its time is over.
    Expired,
    /// It is another lender's.
    OtherInstitution,
    /// It is for another loan.
    OtherJourney,
    /// It is for other terms.
    OtherTerms,
    /// It is for another sum.
    OtherAmount,
    /// It is for another account.
    OtherPayee,
}

/// Why something is not a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not the layout of a token.
    #[error("not a release token: {0}")]
    Malformed(&'static str),
    /// A field that breaks its rule.
    #[error("the token's {0} breaks its rule")]
    Field(&'static str),
    /// Not signed, or not by a known key.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What stands for an account in a token: nobody finds the account without the salt.
#[must_use]
pub fn payee_digest(salt: &Hash, account: &str) -> Hash {
    digest::sha256(&[PAYEE_DOMAIN, salt, account.as_bytes()].concat())
}

impl ReleaseToken {
    /// The token as one word, signed by the log's key.
    ///
    /// # Errors
    /// A field that breaks its rule, or a signer that is not the checkpoint's log.
    pub fn sign(&self, signer: &Signer) -> Result<String, TokenError> {
        self.check()?;
        if signer.name() != self.checkpoint.origin {
            return Err(TokenError::Field("checkpoint.origin"));
        }
        let note = note::sign(&self.text()?, signer)?;
        let word = format!("{PREFIX}{}", BASE64.encode(note));
        if word.len() > MAX_CHARS {
            return Err(TokenError::Malformed("too long"));
        }
        Ok(word)
    }

    /// Reads a token and checks the one signature on it, which must be by a `known` log whose name is the origin.
    ///
    /// # Errors
    /// Another spelling than the one [`ReleaseToken::sign`] writes, an unknown key, a signature that doesn't hold.
    pub fn verify(word: &str, known: &[VerifierKey]) -> Result<Self, TokenError> {
        use TokenError::Malformed;
        if word.len() > MAX_CHARS {
            return Err(Malformed("too long"));
        }
        let encoded = word.strip_prefix(PREFIX).ok_or(Malformed("prefix"))?;
        let bytes = BASE64.decode(encoded).map_err(|_| Malformed("base64url"))?;
        let note = String::from_utf8(bytes).map_err(|_| Malformed("UTF-8"))?;
        let note = Note::parse(&note)?;
        if note.signatures().len() != 1 {
            return Err(Malformed("exactly one signature"));
        }
        let signed = note.verify(known)?;
        let token = Self::read(note.text())?;
        let by_its_log = |key: &VerifierKey| {
            key.kind() == KeyKind::Ed25519 && key.name() == token.checkpoint.origin
        };
        if signed.iter().all(|one| by_its_log(&one.key)) {
            Ok(token)
        } else {
            Err(NoteError::NoKnownSignature.into())
        }
    }

    /// Everything that speaks against a payment on this token; nothing when it may be made.
    ///
    /// That the token was not used before is for whoever pays to remember.
    #[must_use]
    pub fn against(&self, payment: &Payment) -> Vec<Against> {
        let differs = |asked: Option<&String>, held: &String| asked.is_some_and(|one| one != held);
        let Payee { account, salt } = &payment.payee;
        let paid = hex::decode32(salt).map(|salt| payee_digest(&salt, account));
        let other_payee =
            paid.map(|digest| hex::encode(&digest)).as_ref() != Some(&self.payee_digest);
        let findings = [
            (payment.at_ms < self.issued_at_ms, Against::NotYet),
            (payment.at_ms >= self.expires_at_ms, Against::Expired),
            (
                differs(payment.institution.as_ref(), &self.institution),
                Against::OtherInstitution,
            ),
            (payment.journey != self.journey, Against::OtherJourney),
            (
                differs(payment.terms_digest.as_ref(), &self.terms_digest),
                Against::OtherTerms,
            ),
            (payment.amount != self.amount, Against::OtherAmount),
            (other_payee, Against::OtherPayee),
        ];
        findings
            .into_iter()
            .filter_map(|(so, finding)| so.then_some(finding))
            .collect()
    }

    fn text(&self) -> Result<String, TokenError> {
        let json = canonical::to_vec(self).map_err(|_| TokenError::Malformed("JSON"))?;
        let json = String::from_utf8(json).map_err(|_| TokenError::Malformed("UTF-8"))?;
        Ok(format!("{HEADING}\n{json}\n"))
    }

    fn read(text: &str) -> Result<Self, TokenError> {
        use TokenError::Malformed;
        let json = text
            .strip_prefix(HEADING)
            .and_then(|rest| rest.strip_prefix('\n'))
            .and_then(|rest| rest.strip_suffix('\n'))
            .ok_or(Malformed("heading"))?;
        let value: Value =
            canonical::parse(json.as_bytes()).map_err(|_| Malformed("canonical JSON"))?;
        let token: Self = serde_json::from_value(value).map_err(|_| Malformed("keys"))?;
        token.check()?;
        // A key that is there and says nothing is another spelling.
        if token.text()? != text {
            return Err(Malformed("keys"));
        }
        Ok(token)
    }

    fn check(&self) -> Result<(), TokenError> {
        let id = |text: &str| {
            let known = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
            (1..=MAX_ID_BYTES).contains(&text.len()) && text.bytes().all(known)
        };
        let hash = |text: &str| hex::decode32(text).is_some();
        let instant = |ms: i64| (0..=MAX_INTEGER).contains(&ms);
        let overrides = match &self.overridden {
            None => self.v == 1,
            Some(set) => {
                let sorted = set.missing.windows(2).all(|pair| pair[0] < pair[1]);
                let fits = (1..=MAX_MISSING).contains(&set.missing.len());
                let known = id(&set.id) && set.missing.iter().all(|code| id(code));
                self.v == 2 && self.break_glass && sorted && fits && known
            }
        };
        let rules = [
            (matches!(self.v, 1 | 2), "v"),
            (overrides, "override"),
            (id(&self.institution), "institution"),
            (id(&self.journey), "journey"),
            (hash(&self.terms_digest), "terms_digest"),
            ((1..=MAX_INTEGER).contains(&self.amount), "amount"),
            (hash(&self.payee_digest), "payee_digest"),
            (hash(&self.checkpoint.root), "checkpoint.root"),
            (instant(self.issued_at_ms), "issued_at_ms"),
            (
                instant(self.expires_at_ms) && self.issued_at_ms < self.expires_at_ms,
                "expires_at_ms",
            ),
            (hash(&self.nonce), "nonce"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, name)) => Err(TokenError::Field(name)),
            None => Ok(()),
        }
    }
}
