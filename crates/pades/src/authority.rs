//! A certificate authority of one's own, for tests, demonstrations and houses that run one.
//!
//! A root signs an issuing authority; that one signs seals, timestamp services and
//! certificates made for one act and never used again.

use crate::asn1::{self, Malformed};
use crate::certificate::{Certificate, CertificateError, KeyUsage};
use crate::crl::{Crl, Revoked};
use crate::digest;
use crate::key::{KeyError, PrivateKey, PublicKey, signature_algorithm};
use crate::oid;

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The authority's key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The result is no readable certificate: a name too long, a time out of range, a bad key.
    #[error("the order makes no certificate")]
    Order(#[from] CertificateError),
    /// The certificate at hand does not belong to the key, or is none of an authority.
    #[error("the certificate is not the key's, or none of an authority")]
    NotAuthority,
}

impl From<Malformed> for IssueError {
    fn from(_: Malformed) -> Self {
        Self::Order(CertificateError::Malformed)
    }
}

/// Longest part of a name, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Who a certificate is about; what goes into its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `CN`.
    pub common_name: String,
    /// `O`.
    pub organization: Option<String>,
    /// The `serialNumber` attribute: a number that names the person or the act.
    pub serial_number: Option<String>,
    /// `C`, two capital letters.
    pub country: Option<String>,
}

impl Subject {
    /// A name of a common name alone.
    #[must_use]
    pub fn named(common_name: &str) -> Self {
        Self {
            common_name: common_name.to_owned(),
            ..Self::default()
        }
    }

    fn der(&self) -> Result<Vec<u8>, Malformed> {
        let mut parts = Vec::new();
        let mut add = |name, tag, value: &str| {
            if value.is_empty() || value.len() > NAME_BYTES_MAX {
                return Err(Malformed);
            }
            let pair = asn1::sequence(&[&asn1::oid(name), &asn1::tlv(tag, &[value.as_bytes()])]);
            parts.extend_from_slice(&asn1::tlv(asn1::SET, &[&pair]));
            Ok(())
        };
        if let Some(country) = &self.country {
            let capital = |byte: u8| byte.is_ascii_uppercase();
            if country.len() != 2 || !country.bytes().all(capital) {
                return Err(Malformed);
            }
            add(oid::COUNTRY, asn1::PRINTABLE_STRING, country)?;
        }
        if let Some(organization) = &self.organization {
            add(oid::ORGANIZATION, asn1::UTF8_STRING, organization)?;
        }
        if let Some(number) = &self.serial_number {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
            if !number.bytes().all(plain) {
                return Err(Malformed);
            }
            add(oid::SERIAL_NUMBER, asn1::PRINTABLE_STRING, number)?;
        }
        add(oid::COMMON_NAME, asn1::UTF8_STRING, &self.common_name)?;
        Ok(asn1::sequence(&[&parts]))
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// An authority that issues certificates for ends only.
    Issuing,
    /// A signature of one act; its key signs nothing else, least of all logins.
    SingleUse,
    /// An institution's seal.
    Seal,
    /// A timestamp service.
    Timestamping,
}

/// First and last second of validity, since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First second.
    pub not_before_s: i64,
    /// Last second.
    pub not_after_s: i64,
}

/// What is to be certified.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Who.
    pub subject: &'a Subject,
    /// What for.
    pub usage: Usage,
    /// The DER of the SubjectPublicKeyInfo.
    pub public_key: &'a [u8],
    /// Sixteen random bytes; they become the certificate's number.
    pub serial: [u8; 16],
    /// How long.
    pub validity: Validity,
    /// URIs that say what the certificate rests on: an identity check, a digest of documents.
    pub uris: &'a [String],
}

/// A key with the certificates that make it an authority.
#[derive(Debug)]
pub struct Authority {
    key: PrivateKey,
    /// The authority's own certificate first, the root last.
    chain: Vec<Certificate>,
}

impl Authority {
    /// A root that signs itself.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn root(
        key: PrivateKey,
        subject: &Subject,
        serial: [u8; 16],
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let public_key = key.public_key();
        let extensions = [
            extension(oid::BASIC_CONSTRAINTS, true, &constraints(1)),
            extension(
                oid::KEY_USAGE,
                true,
                &usage_bits(KeyUsage::CERTIFICATE_SIGN | KeyUsage::CRL_SIGN),
            ),
            extension(
                oid::SUBJECT_KEY_IDENTIFIER,
                false,
                &asn1::octets(&key_identifier(&public_key)?),
            ),
        ];
        let name = subject.der()?;
        let certificate = sign(
            &key,
            &name,
            &name,
            &public_key,
            serial,
            validity,
            &extensions.concat(),
        )?;
        Ok(Self {
            key,
            chain: vec![certificate],
        })
    }

    /// An authority from its stored key and chain, its own certificate first.
    ///
    /// # Errors
    /// [`IssueError::NotAuthority`].
    pub fn open(key: PrivateKey, chain: Vec<Certificate>) -> Result<Self, IssueError> {
        let own = chain.first().ok_or(IssueError::NotAuthority)?;
        if own.public_key() != key.public_key() || own.extensions().authority.is_none() {
            return Err(IssueError::NotAuthority);
        }
        Ok(Self { key, chain })
    }

    /// The authority's own certificate first, the root last.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The last certificate of the chain: what others trust.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        // A chain is never empty: `root` and `open` see to it.
        &self.chain[self.chain.len() - 1]
    }

    /// Certifies a key; gives the new certificate with this authority's chain behind it.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(&self, order: &Order<'_>) -> Result<Vec<Certificate>, IssueError> {
        let own = &self.chain[0];
        PublicKey::read(order.public_key).map_err(|_| CertificateError::Key)?;
        let certificate = sign(
            &self.key,
            own.subject_der(),
            &order.subject.der()?,
            order.public_key,
            order.serial,
            order.validity,
            &self.extensions(order)?,
        )?;
        let mut chain = vec![certificate];
        chain.extend(self.chain.iter().cloned());
        Ok(chain)
    }

    /// An authority below this one, with its own key.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn subordinate(
        &self,
        key: PrivateKey,
        subject: &Subject,
        serial: [u8; 16],
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let chain = self.issue(&Order {
            subject,
            usage: Usage::Issuing,
            public_key: &key.public_key(),
            serial,
            validity,
            uris: &[],
        })?;
        Ok(Self { key, chain })
    }

    /// The list of what this authority has revoked, valid from `this_update_s` to `next_update_s`.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn crl(
        &self,
        number: u64,
        this_update_s: i64,
        next_update_s: i64,
        revoked: &[Revoked],
    ) -> Result<Crl, IssueError> {
        let own = &self.chain[0];
        Crl::write(
            &self.key,
            own,
            number,
            this_update_s,
            next_update_s,
            revoked,
        )
    }

    fn extensions(&self, order: &Order<'_>) -> Result<Vec<u8>, IssueError> {
        let commit = KeyUsage::CONTENT_COMMITMENT;
        let (bits, purposes): (u16, &[_]) = match order.usage {
            Usage::Issuing => (KeyUsage::CERTIFICATE_SIGN | KeyUsage::CRL_SIGN, &[]),
            // NSS trusts a signer only for e-mail; RFC 9336 names documents.
            Usage::SingleUse => (commit, &[oid::DOCUMENT_SIGNING, oid::EMAIL_PROTECTION]),
            Usage::Seal => (
                commit | KeyUsage::DIGITAL_SIGNATURE,
                &[oid::DOCUMENT_SIGNING, oid::EMAIL_PROTECTION],
            ),
            Usage::Timestamping => (KeyUsage::DIGITAL_SIGNATURE | commit, &[oid::TIME_STAMPING]),
        };
        let own = key_identifier(self.chain[0].public_key())?;
        let mut out = Vec::new();
        if order.usage == Usage::Issuing {
            out.extend(extension(oid::BASIC_CONSTRAINTS, true, &constraints(0)));
        }
        out.extend(extension(oid::KEY_USAGE, true, &usage_bits(bits)));
        if !purposes.is_empty() {
            let list: Vec<u8> = purposes
                .iter()
                .flat_map(|purpose| asn1::oid(*purpose))
                .collect();
            // RFC 3161 asks that a timestamp service's purpose be critical.
            let critical = order.usage == Usage::Timestamping;
            out.extend(extension(
                oid::EXTENDED_KEY_USAGE,
                critical,
                &asn1::sequence(&[&list]),
            ));
        }
        let subject_key = asn1::octets(&key_identifier(order.public_key)?);
        out.extend(extension(oid::SUBJECT_KEY_IDENTIFIER, false, &subject_key));
        let authority_key = asn1::tlv(asn1::context_primitive(0), &[&own]);
        out.extend(extension(
            oid::AUTHORITY_KEY_IDENTIFIER,
            false,
            &asn1::sequence(&[&authority_key]),
        ));
        if !order.uris.is_empty() {
            let mut list = Vec::new();
            for uri in order.uris {
                if !uri.is_ascii() || uri.is_empty() || uri.len() > NAME_BYTES_MAX {
                    return Err(Malformed.into());
                }
                list.extend(asn1::tlv(asn1::context_primitive(6), &[uri.as_bytes()]));
            }
            out.extend(extension(
                oid::SUBJECT_ALT_NAME,
                false,
                &asn1::sequence(&[&list]),
            ));
        }
        Ok(out)
    }
}

/// The leftmost 160 bits of SHA-256 over the key (RFC 7093 method 1).
pub(crate) fn key_identifier(spki: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut reader = asn1::Reader::only(spki, asn1::SEQUENCE)?;
    reader.next()?;
    let bits = reader.expect(asn1::BIT_STRING)?;
    let key = bits.get(1..).ok_or(Malformed)?;
    Ok(digest::sha256(key)[..20].to_vec())
}

pub(crate) fn extension(
    name: der::asn1::ObjectIdentifier,
    critical: bool,
    value: &[u8],
) -> Vec<u8> {
    let flag: &[u8] = match critical {
        true => &[asn1::BOOLEAN, 1, 0xff],
        false => &[],
    };
    asn1::sequence(&[&asn1::oid(name), flag, &asn1::octets(value)])
}

fn constraints(below: u8) -> Vec<u8> {
    asn1::sequence(&[&[asn1::BOOLEAN, 1, 0xff], &asn1::unsigned(&[below])])
}

/// A BIT STRING of named bits: without trailing zero bits, as DER wants it.
fn usage_bits(bits: u16) -> Vec<u8> {
    let bytes = bits.to_be_bytes();
    let used = if bytes[1] == 0 {
        &bytes[..1]
    } else {
        &bytes[..]
    };
    let unused = used[used.len() - 1].trailing_zeros() as u8;
    asn1::tlv(asn1::BIT_STRING, &[&[unused], used])
}

fn sign(
    key: &PrivateKey,
    issuer: &[u8],
    subject: &[u8],
    public_key: &[u8],
    serial: [u8; 16],
    validity: Validity,
    extensions: &[u8],
) -> Result<Certificate, IssueError> {
    let kind = PublicKey::read(&key.public_key())?.kind;
    let algorithm = signature_algorithm(kind);
    let tbs = asn1::sequence(&[
        &asn1::tlv(asn1::context(0), &[&asn1::unsigned(&[2])]),
        &asn1::unsigned(&serial),
        &algorithm,
        issuer,
        &asn1::sequence(&[
            &asn1::time(validity.not_before_s)?,
            &asn1::time(validity.not_after_s)?,
        ]),
        subject,
        public_key,
        &asn1::tlv(asn1::context(3), &[&asn1::sequence(&[extensions])]),
    ]);
    let signature = key.sign(&tbs)?;
    let der = asn1::sequence(&[&tbs, &algorithm, &asn1::bits(&signature)]);
    Ok(Certificate::from_der(&der)?)
}
