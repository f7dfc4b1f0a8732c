//! CMS SignedData (RFC 5652) with the attributes that CAdES asks for (ETSI EN 319 122-1).

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Malformed, Reader, Tlv};
use crate::certificate::Certificate;
use crate::digest::Hash;
use crate::key::signature_algorithm;
use crate::oid;

/// Certificates read out of one structure at the most.
const CERTIFICATES_MAX: usize = 32;
/// Attributes of one signer at the most.
const ATTRIBUTES_MAX: usize = 32;

/// What goes around a signature.
pub(crate) struct Parts<'a> {
    pub content_type: ObjectIdentifier,
    /// The content itself, where it travels inside.
    pub content: Option<&'a [u8]>,
    /// The signer's certificate first.
    pub chain: &'a [Certificate],
    /// As [`signed_attributes`] made them.
    pub attributes: &'a [u8],
    pub signature: &'a [u8],
    /// A timestamp token over the signature.
    pub token: Option<&'a [u8]>,
}

/// The SET OF signed attributes: content type, digest of the content, digest of the signer's
/// certificate. These are the bytes a signer signs. No signing time: in PDF it is `/M`.
pub(crate) fn signed_attributes(
    content_type: ObjectIdentifier,
    content_digest: &[u8; 32],
    signer: &Certificate,
) -> Vec<u8> {
    let fingerprint = asn1::sequence(&[&asn1::octets(&signer.fingerprint())]);
    let certificate = asn1::sequence(&[&asn1::sequence(&[&fingerprint])]);
    let elements = vec![
        attribute(oid::CONTENT_TYPE, &asn1::oid(content_type)),
        attribute(oid::MESSAGE_DIGEST, &asn1::octets(content_digest)),
        attribute(oid::SIGNING_CERTIFICATE_V2, &certificate),
    ];
    asn1::set_of(asn1::SET, elements)
}

fn attribute(name: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(name), &asn1::tlv(asn1::SET, &[value])])
}

/// The whole ContentInfo.
pub(crate) fn signed_data(parts: &Parts<'_>) -> Result<Vec<u8>, Malformed> {
    let signer = parts.chain.first().ok_or(Malformed)?;
    let sha256 = asn1::algorithm(oid::SHA_256, &[]);
    let content = match parts.content {
        Some(content) => asn1::tlv(asn1::context(0), &[&asn1::octets(content)]),
        None => Vec::new(),
    };
    let certificates = parts.chain.iter().map(|one| one.der().to_vec()).collect();
    let unsigned = match parts.token {
        Some(token) => asn1::set_of(
            asn1::context(1),
            vec![attribute(oid::SIGNATURE_TIMESTAMP, token)],
        ),
        None => Vec::new(),
    };
    let attributes = Reader::only(parts.attributes, asn1::SET)?;
    let signer_info = asn1::sequence(&[
        &asn1::unsigned(&[1]),
        &asn1::sequence(&[
            signer.issuer_der(),
            &asn1::tlv(asn1::INTEGER, &[signer.serial()]),
        ]),
        &sha256,
        &asn1::tlv(asn1::context(0), &[attributes.rest()]),
        &signature_algorithm(signer.key_kind()),
        &asn1::octets(parts.signature),
        &unsigned,
    ]);
    let version = if parts.content_type == oid::DATA {
        1
    } else {
        3
    };
    let signed_data = asn1::sequence(&[
        &asn1::unsigned(&[version]),
        &asn1::tlv(asn1::SET, &[&sha256]),
        &asn1::sequence(&[&asn1::oid(parts.content_type), &content]),
        &asn1::set_of(asn1::context(0), certificates),
        &asn1::tlv(asn1::SET, &[&signer_info]),
    ]);
    Ok(asn1::sequence(&[
        &asn1::oid(oid::SIGNED_DATA),
        &asn1::tlv(asn1::context(0), &[&signed_data]),
    ]))
}

/// A SignedData with one signer, as it was read.
pub(crate) struct SignedData<'a> {
    pub content_type: ObjectIdentifier,
    pub content: Option<&'a [u8]>,
    pub certificates: Vec<Certificate>,
    signer: Tlv<'a>,
    hash: Hash,
    /// `[0]` with the signed attributes inside.
    attributes: Tlv<'a>,
    algorithm: ObjectIdentifier,
    pub signature: &'a [u8],
    unsigned: Option<Tlv<'a>>,
}

/// What of a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// Not the structure asked for.
    #[error("not a CMS structure with one signer")]
    Malformed,
    /// The signer's certificate is not inside, or not the one the signature names.
    #[error("the signer's certificate is missing or another one")]
    Signer,
    /// The content is not what was signed.
    #[error("the content is not what was signed")]
    Digest,
    /// The signature does not hold under the signer's key.
    #[error("the signature does not hold")]
    Signature,
}

impl From<Malformed> for CmsError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo; nothing may follow it.
    pub fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::only(der, asn1::SEQUENCE)?;
        if outer.oid()? != oid::SIGNED_DATA {
            return Err(Malformed);
        }
        let mut wrapped = outer.enter(asn1::context(0))?;
        outer.finish()?;
        let mut data = wrapped.enter(asn1::SEQUENCE)?;
        wrapped.finish()?;
        data.number()?;
        data.expect(asn1::SET)?;
        let mut encapsulated = data.enter(asn1::SEQUENCE)?;
        let content_type = encapsulated.oid()?;
        let content = match encapsulated.optional(asn1::context(0))? {
            Some(wrapped) => {
                let mut inside = Reader::new(wrapped.value);
                let content = inside.expect(asn1::OCTET_STRING)?;
                inside.finish()?;
                Some(content)
            }
            None => None,
        };
        encapsulated.finish()?;
        let mut certificates = Vec::new();
        if let Some(set) = data.optional(asn1::context(0))? {
            let mut set = Reader::new(set.value);
            while !set.is_empty() {
                // What nobody here can read can't be on the way to an anchor either.
                if let Ok(certificate) = Certificate::from_der(set.next()?.whole) {
                    certificates.push(certificate);
                }
                if certificates.len() > CERTIFICATES_MAX {
                    return Err(Malformed);
                }
            }
        }
        data.optional(asn1::context(1))?;
        let mut signers = data.enter(asn1::SET)?;
        data.finish()?;
        let mut info = signers.enter(asn1::SEQUENCE)?;
        signers.finish()?;
        info.number()?;
        let signer = info.next()?;
        let hash = Hash::named(info.algorithm()?).ok_or(Malformed)?;
        let attributes = info.next()?;
        attributes.inside(asn1::context(0))?;
        let algorithm = info.algorithm()?;
        let signature = info.expect(asn1::OCTET_STRING)?;
        let unsigned = info.optional(asn1::context(1))?;
        info.finish()?;
        Ok(Self {
            content_type,
            content,
            certificates,
            signer,
            hash,
            attributes,
            algorithm,
            signature,
            unsigned,
        })
    }

    /// Checks digest, attributes and signature over `content`, given in parts.
    /// Whether the signer is trusted is another question.
    pub fn check(&self, content: &[&[u8]]) -> Result<&Certificate, CmsError> {
        let signer = self.signer()?;
        let attributes = Attributes::read(self.attributes.value)?;
        let mut content_type = attributes
            .one(oid::CONTENT_TYPE)?
            .ok_or(CmsError::Malformed)?;
        if content_type.oid()? != self.content_type {
            return Err(CmsError::Digest);
        }
        let mut digest = attributes
            .one(oid::MESSAGE_DIGEST)?
            .ok_or(CmsError::Malformed)?;
        if digest.expect(asn1::OCTET_STRING)? != self.hash.of(content) {
            return Err(CmsError::Digest);
        }
        named(&attributes, signer)?;
        // Signed is the SET OF, with its own tag in place of [0].
        let signed = asn1::tlv(asn1::SET, &[self.attributes.value]);
        match signer
            .key()
            .holds(self.algorithm, Some(self.hash), &signed, self.signature)
        {
            true => Ok(signer),
            false => Err(CmsError::Signature),
        }
    }

    /// The certificate that the signer's identifier names.
    pub fn signer(&self) -> Result<&Certificate, CmsError> {
        let found = if self.signer.tag == asn1::context_primitive(0) {
            let wanted = Some(self.signer.value);
            self.certificates
                .iter()
                .find(|one| one.extensions().subject_key.as_deref() == wanted)
        } else {
            let mut reader = self.signer.inside(asn1::SEQUENCE)?;
            let issuer = reader.next()?.whole;
            let serial = reader.expect(asn1::INTEGER)?;
            reader.finish()?;
            self.certificates
                .iter()
                .find(|one| one.issuer_der() == issuer && one.serial() == serial)
        };
        found.ok_or(CmsError::Signer)
    }

    /// The timestamp token over the signature, if there is one.
    pub fn token(&self) -> Result<Option<&'a [u8]>, Malformed> {
        let Some(unsigned) = self.unsigned else {
            return Ok(None);
        };
        let attributes = Attributes::read(unsigned.value)?;
        match attributes.one(oid::SIGNATURE_TIMESTAMP)? {
            Some(value) => Ok(Some(value.rest())),
            None => Ok(None),
        }
    }
}

/// The signature must name its certificate, else another one could be put in its place.
fn named(attributes: &Attributes<'_>, signer: &Certificate) -> Result<(), CmsError> {
    if let Some(mut value) = attributes.one(oid::SIGNING_CERTIFICATE_V2)? {
        let mut first = value
            .enter(asn1::SEQUENCE)?
            .enter(asn1::SEQUENCE)?
            .enter(asn1::SEQUENCE)?;
        let hash = match first.optional(asn1::SEQUENCE)? {
            Some(algorithm) => {
                let name = Reader::new(algorithm.whole).algorithm()?;
                Hash::named(name).ok_or(CmsError::Signer)?
            }
            None => Hash::Sha256,
        };
        return match first.expect(asn1::OCTET_STRING)? == hash.of(&[signer.der()]) {
            true => Ok(()),
            false => Err(CmsError::Signer),
        };
    }
    let mut value = attributes
        .one(oid::SIGNING_CERTIFICATE)?
        .ok_or(CmsError::Signer)?;
    let mut first = value
        .enter(asn1::SEQUENCE)?
        .enter(asn1::SEQUENCE)?
        .enter(asn1::SEQUENCE)?;
    let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, signer.der());
    match first.expect(asn1::OCTET_STRING)? == sha1.as_ref() {
        true => Ok(()),
        false => Err(CmsError::Signer),
    }
}

/// Attributes by name, each once and with one value.
struct Attributes<'a>(Vec<(ObjectIdentifier, &'a [u8])>);

impl<'a> Attributes<'a> {
    fn read(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut list: Vec<(ObjectIdentifier, &[u8])> = Vec::new();
        let mut reader = Reader::new(content);
        while !reader.is_empty() {
            let mut attribute = reader.enter(asn1::SEQUENCE)?;
            let name = attribute.oid()?;
            let values = attribute.expect(asn1::SET)?;
            attribute.finish()?;
            if list.len() >= ATTRIBUTES_MAX || list.iter().any(|(other, _)| *other == name) {
                return Err(Malformed);
            }
            list.push((name, values));
        }
        Ok(Self(list))
    }

    fn one(&self, name: ObjectIdentifier) -> Result<Option<Reader<'a>>, Malformed> {
        let Some((_, values)) = self.0.iter().find(|(other, _)| *other == name) else {
            return Ok(None);
        };
        let mut reader = Reader::new(values);
        let first = reader.next()?;
        reader.finish()?;
        Ok(Some(Reader::new(first.whole)))
    }
}
