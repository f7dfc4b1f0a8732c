//! X.509 certificates, read as far as checking a signature needs.

use std::fmt;
use std::sync::Arc;

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Malformed, Reader, Tlv};
use crate::digest;
use crate::key::{KeyKind, PublicKey};
use crate::oid;
use crate::pem;

const PEM_LABEL: &str = "CERTIFICATE";

/// Longest certificate read, in bytes.
const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;

/// Why bytes are no certificate this crate can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not DER, or not a certificate of version 3.
    #[error("not an X.509 certificate of version 3")]
    Malformed,
    /// A public key of a kind that is not checked here.
    #[error("a public key of an unknown kind")]
    Key,
}

impl From<Malformed> for CertificateError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What a key may be used for (RFC 5280 section 4.2.1.3), bit 0 first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage(pub u16);

impl KeyUsage {
    pub const DIGITAL_SIGNATURE: u16 = 1 << 15;
    pub const CONTENT_COMMITMENT: u16 = 1 << 14;
    pub const CERTIFICATE_SIGN: u16 = 1 << 10;
    pub const CRL_SIGN: u16 = 1 << 9;

    pub fn allows(self, any: u16) -> bool {
        self.0 & any != 0
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub subject_key: Option<Vec<u8>>,
    pub authority_key: Option<Vec<u8>>,
    pub usage: Option<KeyUsage>,
    /// Purposes, and whether the extension is critical.
    pub purposes: Option<(Vec<ObjectIdentifier>, Critical)>,
    /// Present in a certificate of an authority; the most intermediates below it.
    pub authority: Option<Option<u64>>,
    pub uris: Vec<String>,
    /// Critical extensions that nobody here understands.
    pub unknown_critical: usize,
}

/// Whether an extension must be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Critical {
    Yes,
    No,
}

/// A parsed certificate with its very bytes; cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    der: Vec<u8>,
    tbs: Vec<u8>,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    not_before_s: i64,
    not_after_s: i64,
    public_key: PublicKey,
    spki: Vec<u8>,
    extensions: Extensions,
    algorithm: ObjectIdentifier,
    signature: Vec<u8>,
}

impl Certificate {
    /// Reads the DER of a certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateError::Malformed);
        }
        let mut outer = Reader::only(der, asn1::SEQUENCE)?;
        let tbs = outer.next()?;
        let mut algorithm_der = outer;
        let algorithm = outer.algorithm()?;
        let algorithm_der = algorithm_der.next()?.whole;
        let signature = match outer.expect(asn1::BIT_STRING)?.split_first() {
            Some((0, bytes)) => bytes.to_vec(),
            _ => return Err(CertificateError::Malformed),
        };
        outer.finish()?;
        let mut reader = tbs.inside(asn1::SEQUENCE)?;
        let version = reader.enter(asn1::context(0))?.number()?;
        let serial = reader.expect(asn1::INTEGER)?;
        let inner_algorithm = reader.next()?.whole;
        if version != 2
            || serial.is_empty()
            || serial.len() > 21
            || inner_algorithm != algorithm_der
        {
            return Err(CertificateError::Malformed);
        }
        let issuer = reader.next()?;
        let mut validity = reader.enter(asn1::SEQUENCE)?;
        let not_before_s = read_time(validity.next()?)?;
        let not_after_s = read_time(validity.next()?)?;
        validity.finish()?;
        let subject = reader.next()?;
        issuer.inside(asn1::SEQUENCE)?;
        subject.inside(asn1::SEQUENCE)?;
        let spki = reader.next()?.whole;
        let public_key = PublicKey::read(spki).map_err(|_| CertificateError::Key)?;
        let extensions = match reader.optional(asn1::context(3))? {
            Some(wrapped) => read_extensions(Reader::only(wrapped.value, asn1::SEQUENCE)?)?,
            None => Extensions::default(),
        };
        reader.finish()?;
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            tbs: tbs.whole.to_vec(),
            serial: serial.to_vec(),
            issuer: issuer.whole.to_vec(),
            subject: subject.whole.to_vec(),
            not_before_s,
            not_after_s,
            public_key,
            spki: spki.to_vec(),
            extensions,
            algorithm,
            signature,
        })))
    }

    /// The certificate's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest::sha256(&self.0.der)
    }

    /// The serial number's bytes, big-endian, as they stand in the certificate.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// First second of validity, since 1970.
    #[must_use]
    pub fn not_before_s(&self) -> i64 {
        self.0.not_before_s
    }

    /// Last second of validity, since 1970.
    #[must_use]
    pub fn not_after_s(&self) -> i64 {
        self.0.not_after_s
    }

    /// The subject's common name.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        name_part(&self.0.subject, oid::COMMON_NAME)
    }

    /// The subject's organization.
    #[must_use]
    pub fn organization(&self) -> Option<String> {
        name_part(&self.0.subject, oid::ORGANIZATION)
    }

    /// The `serialNumber` attribute of the subject, which is not the certificate's number.
    #[must_use]
    pub fn subject_serial_number(&self) -> Option<String> {
        name_part(&self.0.subject, oid::SERIAL_NUMBER)
    }

    /// URIs among the subject's alternative names.
    #[must_use]
    pub fn uris(&self) -> &[String] {
        &self.0.extensions.uris
    }

    /// The kind of the public key.
    #[must_use]
    pub fn key_kind(&self) -> KeyKind {
        self.0.public_key.kind
    }

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.0.spki
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.0.public_key
    }

    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.0.issuer
    }

    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.0.subject
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// Whether the issuer's key signed this certificate.
    pub(crate) fn signed_by(&self, issuer: &Certificate) -> bool {
        let signature = &self.0.signature;
        issuer
            .key()
            .holds(self.0.algorithm, None, &self.0.tbs, signature)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate(")?;
        for byte in self.serial() {
            write!(f, "{byte:02x}")?;
        }
        write!(f, ")")
    }
}

/// Certificates in PEM, one after another; text between them is passed over.
///
/// # Errors
/// [`CertificateError::Malformed`] where the armour or what it holds is no certificate.
pub fn read_pem(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let found = pem::open(PEM_LABEL, text).ok_or(CertificateError::Malformed)?;
    found.iter().map(|der| Certificate::from_der(der)).collect()
}

/// The PEM of one certificate.
#[must_use]
pub fn to_pem(certificate: &Certificate) -> String {
    pem::armour(PEM_LABEL, certificate.der())
}

pub(crate) fn read_time(element: Tlv<'_>) -> Result<i64, Malformed> {
    match element.tag {
        asn1::GENERALIZED_TIME => asn1::read_generalized_time(element.value),
        asn1::UTC_TIME => {
            // Two digits of the year: 50 to 99 are the last century's (RFC 5280).
            let century: &[u8] = match element.value.first() {
                Some(b'5'..=b'9') => b"19",
                _ => b"20",
            };
            asn1::read_generalized_time(&[century, element.value].concat())
        }
        _ => Err(Malformed),
    }
}

/// The first value of an attribute in a name.
fn name_part(name: &[u8], wanted: ObjectIdentifier) -> Option<String> {
    let mut sets = Reader::only(name, asn1::SEQUENCE).ok()?;
    while !sets.is_empty() {
        let mut set = sets.enter(asn1::SET).ok()?;
        while !set.is_empty() {
            let mut pair = set.enter(asn1::SEQUENCE).ok()?;
            let kind = pair.oid().ok()?;
            let value = pair.next().ok()?;
            let readable = matches!(value.tag, asn1::UTF8_STRING | asn1::PRINTABLE_STRING);
            if kind == wanted && readable {
                return String::from_utf8(value.value.to_vec()).ok();
            }
        }
    }
    None
}

fn read_extensions(mut list: Reader<'_>) -> Result<Extensions, Malformed> {
    let mut found = Extensions::default();
    let mut seen: Vec<ObjectIdentifier> = Vec::new();
    while !list.is_empty() {
        let mut extension = list.enter(asn1::SEQUENCE)?;
        let name = extension.oid()?;
        let critical = match extension.optional(asn1::BOOLEAN)? {
            Some(flag) if flag.value == [0xff] => Critical::Yes,
            Some(_) => return Err(Malformed),
            None => Critical::No,
        };
        let value = extension.expect(asn1::OCTET_STRING)?;
        extension.finish()?;
        if seen.contains(&name) || seen.len() >= 64 {
            return Err(Malformed);
        }
        seen.push(name);
        read_extension(&mut found, name, critical, value)?;
    }
    Ok(found)
}

fn read_extension(
    found: &mut Extensions,
    name: ObjectIdentifier,
    critical: Critical,
    value: &[u8],
) -> Result<(), Malformed> {
    match name {
        oid::SUBJECT_KEY_IDENTIFIER => {
            let mut reader = Reader::new(value);
            found.subject_key = Some(reader.expect(asn1::OCTET_STRING)?.to_vec());
            reader.finish()?;
        }
        oid::AUTHORITY_KEY_IDENTIFIER => {
            let mut reader = Reader::only(value, asn1::SEQUENCE)?;
            let key = reader.optional(asn1::context_primitive(0))?;
            found.authority_key = key.map(|key| key.value.to_vec());
        }
        oid::KEY_USAGE => {
            let mut reader = Reader::new(value);
            let bits = reader.expect(asn1::BIT_STRING)?;
            reader.finish()?;
            found.usage = Some(match bits {
                [_, first] => KeyUsage(u16::from_be_bytes([*first, 0])),
                [_, first, second] => KeyUsage(u16::from_be_bytes([*first, *second])),
                _ => return Err(Malformed),
            });
        }
        oid::EXTENDED_KEY_USAGE => {
            let mut reader = Reader::only(value, asn1::SEQUENCE)?;
            let mut purposes = Vec::new();
            while !reader.is_empty() {
                purposes.push(reader.oid()?);
            }
            found.purposes = Some((purposes, critical));
        }
        oid::BASIC_CONSTRAINTS => {
            let mut reader = Reader::only(value, asn1::SEQUENCE)?;
            let flag = reader.optional(asn1::BOOLEAN)?;
            let below = match reader.is_empty() {
                true => None,
                false => Some(reader.number()?),
            };
            reader.finish()?;
            found.authority = match flag {
                Some(flag) if flag.value == [0xff] => Some(below),
                Some(_) => return Err(Malformed),
                None if below.is_some() => return Err(Malformed),
                None => None,
            };
        }
        oid::SUBJECT_ALT_NAME => {
            let mut reader = Reader::only(value, asn1::SEQUENCE)?;
            while !reader.is_empty() {
                let entry = reader.next()?;
                if entry.tag == asn1::context_primitive(6) && entry.value.is_ascii() {
                    let uri = String::from_utf8(entry.value.to_vec()).map_err(|_| Malformed)?;
                    found.uris.push(uri);
                }
            }
        }
        _ if critical == Critical::Yes => found.unknown_critical += 1,
        _ => {}
    }
    Ok(())
}
