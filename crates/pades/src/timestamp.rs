//! Timestamps (RFC 3161): asking for one, checking one, and a service that gives them.

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Malformed, Reader};
use crate::certificate::Certificate;
use crate::chain::{self, ChainError, Purpose, Trust};
use crate::cms::{self, CmsError, Parts, SignedData};
use crate::digest::Hash;
use crate::key::KeyError;
use crate::key::PrivateKey;
use crate::oid;

/// Longest request answered, in bytes.
const REQUEST_BYTES_MAX: usize = 4096;
/// Longest answer read, in bytes.
const RESPONSE_BYTES_MAX: usize = 64 * 1024;
/// A token from further ahead than this many seconds is refused.
const AHEAD_S_MAX: i64 = 300;

/// Why a timestamp was not given or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum TimestampError {
    /// Not the structure asked for.
    #[error("not a timestamp response or token")]
    Malformed,
    /// The service refused; the number is its PKIStatus.
    #[error("the timestamp service refused with status {0}")]
    Refused(u64),
    /// The token speaks of another digest.
    #[error("the token speaks of another digest")]
    Imprint,
    /// The token answers another request.
    #[error("the token answers another request")]
    Nonce,
    /// The token was given under another policy than asked for.
    #[error("the token was given under another policy")]
    Policy,
    /// The token claims a time that has not come.
    #[error("the token comes from the future")]
    Future,
    /// The token's own signature does not hold.
    #[error("the token's signature: {0}")]
    Signature(#[from] CmsError),
    /// The service is not trusted.
    #[error("the timestamp service: {0}")]
    Chain(#[from] ChainError),
    /// A service of the outside could not be asked.
    #[error("the timestamp service could not be asked")]
    Service(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Malformed> for TimestampError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// One question to a timestamp service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    imprint: [u8; 32],
    nonce: [u8; 16],
    policy: Option<ObjectIdentifier>,
}

impl Request {
    /// Asks about a SHA-256 digest; `nonce` is random and ties the answer to the question.
    #[must_use]
    pub fn new(imprint: [u8; 32], nonce: [u8; 16]) -> Self {
        Self {
            imprint,
            nonce,
            policy: None,
        }
    }

    /// Asks about a signature's bytes.
    #[must_use]
    pub fn over(signature: &[u8], nonce: [u8; 16]) -> Self {
        Self::new(crate::digest::sha256(signature), nonce)
    }

    /// Asks for a token under this policy, a dotted object identifier.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`].
    pub fn under(self, policy: &str) -> Result<Self, TimestampError> {
        let policy = ObjectIdentifier::new(policy).map_err(|_| Malformed)?;
        Ok(Self {
            policy: Some(policy),
            ..self
        })
    }

    /// The body to post as `application/timestamp-query`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        asn1::sequence(&[
            &asn1::unsigned(&[1]),
            &message_imprint(&self.imprint),
            &self.policy.map(asn1::oid).unwrap_or_default(),
            &asn1::unsigned(&self.nonce),
            // Send the certificates too.
            &[asn1::BOOLEAN, 1, 0xff],
        ])
    }

    /// Takes the service's answer (`application/timestamp-reply`) apart and checks everything:
    /// status, digest, nonce, policy, signature and, against `trust`, the service itself.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn accept(
        &self,
        response: &[u8],
        trust: &Trust,
        now_s: i64,
    ) -> Result<Token, TimestampError> {
        if response.len() > RESPONSE_BYTES_MAX {
            return Err(TimestampError::Malformed);
        }
        let mut reader = Reader::only(response, asn1::SEQUENCE)?;
        let mut status = reader.enter(asn1::SEQUENCE)?;
        match status.number()? {
            0 | 1 => {}
            refused => return Err(TimestampError::Refused(refused)),
        }
        let token = Token::read(reader.next()?.whole)?;
        reader.finish()?;
        if token.nonce.as_deref() != Some(significant(&self.nonce)) {
            return Err(TimestampError::Nonce);
        }
        if self.policy.is_some_and(|policy| policy != token.policy) {
            return Err(TimestampError::Policy);
        }
        token.check(&self.imprint, trust, now_s)?;
        Ok(token)
    }
}

/// A token with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    der: Vec<u8>,
    policy: ObjectIdentifier,
    serial: Vec<u8>,
    at_s: i64,
    imprint: (Hash, Vec<u8>),
    nonce: Option<Vec<u8>>,
}

impl Token {
    /// Reads a TimeStampToken; [`Token::check`] says whether it holds.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`].
    pub fn read(der: &[u8]) -> Result<Self, TimestampError> {
        let data = SignedData::read(der)?;
        if data.content_type != oid::TST_INFO {
            return Err(TimestampError::Malformed);
        }
        let mut info = Reader::only(data.content.ok_or(Malformed)?, asn1::SEQUENCE)?;
        if info.number()? != 1 {
            return Err(TimestampError::Malformed);
        }
        let policy = info.oid()?;
        let imprint = read_imprint(&mut info)?;
        let serial = info.expect(asn1::INTEGER)?.to_vec();
        let at_s = asn1::read_generalized_time(info.expect(asn1::GENERALIZED_TIME)?)?;
        info.optional(asn1::SEQUENCE)?;
        info.optional(asn1::BOOLEAN)?;
        let nonce = info.optional(asn1::INTEGER)?;
        info.optional(asn1::context(0))?;
        info.optional(asn1::context(1))?;
        info.finish()?;
        Ok(Self {
            der: der.to_vec(),
            policy,
            serial,
            at_s,
            imprint,
            nonce: nonce.map(|nonce| significant(nonce.value).to_vec()),
        })
    }

    /// Checks digest, signature and service. The service's certificate must have been valid when
    /// the token was given, and the token not be from the future.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn check(
        &self,
        imprint: &[u8; 32],
        trust: &Trust,
        now_s: i64,
    ) -> Result<Certificate, TimestampError> {
        if self.imprint != (Hash::Sha256, imprint.to_vec()) {
            return Err(TimestampError::Imprint);
        }
        self.authentic(trust, now_s)
    }

    /// Checks the token against the stamped bytes themselves, by whichever digest it names.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn check_over(
        &self,
        stamped: &[u8],
        trust: &Trust,
        now_s: i64,
    ) -> Result<Certificate, TimestampError> {
        self.speaks_of(stamped)?;
        self.authentic(trust, now_s)
    }

    /// Whether the token's digest is that of `stamped`.
    pub(crate) fn speaks_of(&self, stamped: &[u8]) -> Result<(), TimestampError> {
        let (hash, digest) = &self.imprint;
        match hash.of(&[stamped]) == *digest {
            true => Ok(()),
            false => Err(TimestampError::Imprint),
        }
    }

    fn authentic(&self, trust: &Trust, now_s: i64) -> Result<Certificate, TimestampError> {
        let data = SignedData::read(&self.der)?;
        let content = data.content.ok_or(Malformed)?;
        let signer = data.check(&[content])?;
        if self.at_s > now_s.saturating_add(AHEAD_S_MAX) {
            return Err(TimestampError::Future);
        }
        chain::check(
            signer,
            &data.certificates,
            trust,
            Purpose::Timestamp,
            self.at_s,
        )?;
        Ok(signer.clone())
    }

    /// The token's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When, in seconds since 1970.
    #[must_use]
    pub fn at_s(&self) -> i64 {
        self.at_s
    }

    /// The token's number at its service.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The policy it was given under, as a dotted object identifier.
    #[must_use]
    pub fn policy(&self) -> String {
        self.policy.to_string()
    }
}

/// A timestamp service of one's own.
#[derive(Debug)]
pub struct Service {
    key: PrivateKey,
    chain: Vec<Certificate>,
    policy: ObjectIdentifier,
}

impl Service {
    /// A service with its key, its certificate's chain and the policy its tokens name.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`] where certificate and key don't belong together or the
    /// policy is no object identifier.
    pub fn new(
        key: PrivateKey,
        chain: Vec<Certificate>,
        policy: &str,
    ) -> Result<Self, TimestampError> {
        let policy = ObjectIdentifier::new(policy).map_err(|_| Malformed)?;
        match chain.first() {
            Some(own) if own.public_key() == key.public_key() => Ok(Self { key, chain, policy }),
            _ => Err(TimestampError::Malformed),
        }
    }

    /// Answers a request: a token from `at_s`, or a refusal that says why.
    /// `serial` is random and becomes the token's number.
    ///
    /// # Errors
    /// [`KeyError`] where the service's own key does not sign.
    pub fn answer(&self, request: &[u8], at_s: i64, serial: [u8; 16]) -> Result<Vec<u8>, KeyError> {
        let asked = match Asked::read(request) {
            Ok(asked) => asked,
            Err(fault) => return Ok(refusal(fault)),
        };
        if asked.policy.is_some_and(|policy| policy != self.policy) {
            return Ok(refusal(Fault::Policy));
        }
        let Ok(time) = asn1::generalized_time(at_s) else {
            return Ok(refusal(Fault::TimeUnavailable));
        };
        let nonce = asked.nonce.map(|nonce| asn1::tlv(asn1::INTEGER, &[nonce]));
        let info = asn1::sequence(&[
            &asn1::unsigned(&[1]),
            &asn1::oid(self.policy),
            asked.imprint,
            &asn1::unsigned(&serial),
            &time,
            // Accuracy: one second.
            &asn1::sequence(&[&asn1::unsigned(&[1])]),
            &nonce.unwrap_or_default(),
        ]);
        let digest = crate::digest::sha256(&info);
        let attributes = cms::signed_attributes(oid::TST_INFO, &digest, &self.chain[0]);
        let signature = self.key.sign(&attributes)?;
        let token = cms::signed_data(&Parts {
            content_type: oid::TST_INFO,
            content: Some(&info),
            chain: &self.chain,
            attributes: &attributes,
            signature: &signature,
            token: None,
        })
        .map_err(|_| KeyError::Unusable)?;
        let granted = asn1::sequence(&[&asn1::unsigned(&[0])]);
        Ok(asn1::sequence(&[&granted, &token]))
    }
}

/// Why the service refuses: the bit of PKIFailureInfo.
#[derive(Clone, Copy)]
enum Fault {
    Algorithm = 0,
    Format = 5,
    TimeUnavailable = 14,
    Policy = 15,
    Extension = 16,
}

struct Asked<'a> {
    imprint: &'a [u8],
    policy: Option<ObjectIdentifier>,
    nonce: Option<&'a [u8]>,
}

impl<'a> Asked<'a> {
    fn read(request: &'a [u8]) -> Result<Self, Fault> {
        let format = |_| Fault::Format;
        if request.len() > REQUEST_BYTES_MAX {
            return Err(Fault::Format);
        }
        let mut reader = Reader::only(request, asn1::SEQUENCE).map_err(format)?;
        if reader.number().map_err(format)? != 1 {
            return Err(Fault::Format);
        }
        let mut again = reader;
        let imprint = reader.next().map_err(format)?.whole;
        read_imprint(&mut again).map_err(|_| Fault::Algorithm)?;
        let policy = match reader.optional(asn1::OID).map_err(format)? {
            Some(policy) => {
                Some(ObjectIdentifier::from_bytes(policy.value).map_err(|_| Fault::Format)?)
            }
            None => None,
        };
        let nonce = reader.optional(asn1::INTEGER).map_err(format)?;
        reader.optional(asn1::BOOLEAN).map_err(format)?;
        match reader.optional(asn1::context(0)).map_err(format)? {
            Some(_) => return Err(Fault::Extension),
            None => reader.finish().map_err(format)?,
        }
        let nonce = nonce.map(|nonce| nonce.value);
        match nonce {
            Some(bytes) if bytes.is_empty() || bytes.len() > 33 => Err(Fault::Format),
            _ => Ok(Self {
                imprint,
                policy,
                nonce,
            }),
        }
    }
}

fn refusal(fault: Fault) -> Vec<u8> {
    let bit = fault as usize;
    let mut bytes = vec![0u8; bit / 8 + 1];
    bytes[bit / 8] = 0x80 >> (bit % 8);
    // Named bits: the last one set ends the string.
    let unused = [7 - (bit % 8) as u8];
    let info = asn1::tlv(asn1::BIT_STRING, &[&unused, &bytes]);
    asn1::sequence(&[&asn1::sequence(&[&asn1::unsigned(&[2]), &info])])
}

fn message_imprint(digest: &[u8; 32]) -> Vec<u8> {
    asn1::sequence(&[
        &asn1::algorithm(oid::SHA_256, asn1::NULL_DER),
        &asn1::octets(digest),
    ])
}

fn read_imprint(reader: &mut Reader<'_>) -> Result<(Hash, Vec<u8>), Malformed> {
    let mut imprint = reader.enter(asn1::SEQUENCE)?;
    let hash = Hash::named(imprint.algorithm()?).ok_or(Malformed)?;
    let digest = imprint.expect(asn1::OCTET_STRING)?.to_vec();
    imprint.finish()?;
    match digest.len() == hash.of(&[]).len() {
        true => Ok((hash, digest)),
        false => Err(Malformed),
    }
}

/// A number's bytes without leading zeros.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}
