//! Certificate revocation lists (RFC 5280 section 5).

use crate::asn1::{self, Malformed, Reader};
use crate::authority::{IssueError, extension, key_identifier};
use crate::certificate::{Certificate, read_time};
use crate::key::{PrivateKey, signature_algorithm};
use crate::oid;
use crate::pem;

/// Longest list read, in bytes.
const CRL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not said.
    Unspecified = 0,
    /// Somebody else may hold the key.
    KeyCompromise = 1,
    /// What the name says is no longer so.
    AffiliationChanged = 3,
    /// Another certificate took its place.
    Superseded = 4,
    /// It is not needed any more.
    CessationOfOperation = 5,
}

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The certificate's number, as [`Certificate::serial`] gives it.
    pub serial: Vec<u8>,
    /// Second of revocation, since 1970.
    pub at_s: i64,
    /// Why; not read back from lists.
    pub reason: Reason,
}

/// A parsed list with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crl {
    der: Vec<u8>,
    tbs: Vec<u8>,
    issuer: Vec<u8>,
    this_update_s: i64,
    next_update_s: i64,
    revoked: Vec<(Vec<u8>, i64)>,
    algorithm: der::asn1::ObjectIdentifier,
    signature: Vec<u8>,
}

impl Crl {
    /// Reads the DER of a list that says when the next one comes.
    /// Lists with critical extensions (deltas, partitions) are refused: they don't say everything.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        if der.len() > CRL_BYTES_MAX {
            return Err(Malformed);
        }
        let mut outer = Reader::only(der, asn1::SEQUENCE)?;
        let tbs = outer.next()?;
        let algorithm = outer.algorithm()?;
        let signature = match outer.expect(asn1::BIT_STRING)?.split_first() {
            Some((0, bytes)) => bytes.to_vec(),
            _ => return Err(Malformed),
        };
        outer.finish()?;
        let mut reader = tbs.inside(asn1::SEQUENCE)?;
        if reader.number()? != 1 || reader.algorithm()? != algorithm {
            return Err(Malformed);
        }
        let issuer = reader.next()?.whole.to_vec();
        let this_update_s = read_time(reader.next()?)?;
        let next_update_s = read_time(reader.next()?)?;
        let mut revoked = Vec::new();
        if let Some(list) = reader.optional(asn1::SEQUENCE)? {
            let mut list = Reader::new(list.value);
            while !list.is_empty() {
                let mut entry = list.enter(asn1::SEQUENCE)?;
                let serial = entry.expect(asn1::INTEGER)?.to_vec();
                revoked.push((serial, read_time(entry.next()?)?));
                if let Some(extensions) = entry.optional(asn1::SEQUENCE)? {
                    no_critical(Reader::new(extensions.value))?;
                }
                entry.finish()?;
            }
        }
        if let Some(wrapped) = reader.optional(asn1::context(0))? {
            no_critical(Reader::only(wrapped.value, asn1::SEQUENCE)?)?;
        }
        reader.finish()?;
        Ok(Self {
            der: der.to_vec(),
            tbs: tbs.whole.to_vec(),
            issuer,
            this_update_s,
            next_update_s,
            revoked,
            algorithm,
            signature,
        })
    }

    pub(crate) fn write(
        key: &PrivateKey,
        own: &Certificate,
        number: u64,
        this_update_s: i64,
        next_update_s: i64,
        revoked: &[Revoked],
    ) -> Result<Self, IssueError> {
        let algorithm = signature_algorithm(own.key_kind());
        let mut entries = Vec::new();
        for one in revoked {
            let reason = asn1::tlv(asn1::ENUMERATED, &[&[one.reason as u8]]);
            let extensions = match one.reason {
                Reason::Unspecified => Vec::new(),
                _ => asn1::sequence(&[&extension(oid::CRL_REASON, false, &reason)]),
            };
            entries.extend(asn1::sequence(&[
                &asn1::tlv(asn1::INTEGER, &[&one.serial]),
                &asn1::time(one.at_s)?,
                &extensions,
            ]));
        }
        let list = match entries.as_slice() {
            [] => Vec::new(),
            entries => asn1::sequence(&[entries]),
        };
        let key_id = asn1::tlv(
            asn1::context_primitive(0),
            &[&key_identifier(own.public_key())?],
        );
        let extensions = asn1::sequence(&[
            &extension(
                oid::AUTHORITY_KEY_IDENTIFIER,
                false,
                &asn1::sequence(&[&key_id]),
            ),
            &extension(
                oid::CRL_NUMBER,
                false,
                &asn1::unsigned(&number.to_be_bytes()),
            ),
        ]);
        let tbs = asn1::sequence(&[
            &asn1::unsigned(&[1]),
            &algorithm,
            own.subject_der(),
            &asn1::time(this_update_s)?,
            &asn1::time(next_update_s)?,
            &list,
            &asn1::tlv(asn1::context(0), &[&extensions]),
        ]);
        let signature = key.sign(&tbs)?;
        let der = asn1::sequence(&[&tbs, &algorithm, &asn1::bits(&signature)]);
        Ok(Self::from_der(&der)?)
    }

    /// The list's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The list in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::armour("X509 CRL", &self.der)
    }

    /// Second from which the list speaks, since 1970.
    #[must_use]
    pub fn this_update_s(&self) -> i64 {
        self.this_update_s
    }

    /// Second by which a newer list is there, since 1970.
    #[must_use]
    pub fn next_update_s(&self) -> i64 {
        self.next_update_s
    }

    /// Whether `issuer` made this list.
    pub(crate) fn by(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.subject_der()
            && issuer
                .key()
                .holds(self.algorithm, None, &self.tbs, &self.signature)
    }

    /// When the certificate of that number was revoked, if it was.
    pub(crate) fn revoked_at_s(&self, serial: &[u8]) -> Option<i64> {
        let found = self.revoked.iter().find(|(number, _)| number == serial);
        found.map(|(_, at)| *at)
    }
}

fn no_critical(mut list: Reader<'_>) -> Result<(), Malformed> {
    while !list.is_empty() {
        let mut extension = list.enter(asn1::SEQUENCE)?;
        extension.oid()?;
        if extension.optional(asn1::BOOLEAN)?.is_some() {
            return Err(Malformed);
        }
        extension.expect(asn1::OCTET_STRING)?;
    }
    Ok(())
}
