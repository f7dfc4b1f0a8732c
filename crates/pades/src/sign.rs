//! Putting a signature into a PDF file, in steps that may lie hours apart.
//!
//! [`reserve`] appends empty fields, [`prepare`] one signature with its place still open,
//! [`Prepared::finish`] fills the place. Each is an incremental update of its own (`finish` none):
//! earlier bytes never change. Between `prepare` and `finish` a signer of the outside and a slow
//! timestamp service may take their time; [`Prepared::pdf`] can be stored and [`Prepared::resume`]d.

mod appearance;
mod form;

use std::ops::Range;

pub use appearance::{Appearance, AppearanceError, Handwriting, Lettering};
pub use form::{Field, PageAt, Place, Rect};
pub(crate) use form::{allowed, fields, pages, signatures};

use crate::asn1;
use crate::certificate::Certificate;
use crate::cms::{self, Parts, SignedData};
use crate::digest::{self, Hash};
use crate::key::{KeyError, KeyKind, PrivateKey, signature_algorithm};
use crate::oid;
use crate::pdf::{Dict, File, Id, Object, PdfError, Slot, Update, text_string};
use crate::timestamp::{TimestampError, Token};
use form::Form;

/// Room for a timestamp token with its certificates, in bytes; real ones have 3 to 7 thousand.
pub const TOKEN_BYTES: usize = 8 * 1024;
/// Longest contents of a signature: PDF/A limits strings to 32,767 bytes.
const CONTENTS_BYTES_MAX: usize = 32 * 1024 - 1;
/// Longest name, reason or place, in bytes.
const TEXT_BYTES_MAX: usize = 1024;

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The file can't be read or appended to.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The key or the signer failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What is to be seen in the field can't be drawn.
    #[error(transparent)]
    Appearance(#[from] AppearanceError),
    /// The timestamp service failed, or its token does not hold.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// The field bears a signature already.
    #[error("the field bears a signature already")]
    FieldSigned,
    /// A field of that name is there, but is no empty signature field.
    #[error("the field is no signature field")]
    FieldKind,
    /// A name that can't be a field's, or one given twice.
    #[error("not a usable field name")]
    FieldName,
    /// A page or a rectangle outside the document.
    #[error("the place lies outside the document")]
    Place,
    /// A certified document that allows no further signature, or a certification that comes late.
    #[error("the document's certification does not allow this signature")]
    Certified,
    /// No certificate, or one of a kind that does not sign here.
    #[error("no certificate that signs here")]
    Certificate,
    /// The signature does not hold under the certificate.
    #[error("the signature does not hold under the certificate")]
    Signature,
    /// The signature with its certificates does not fit the place left open for it.
    #[error("the signature needs {needed} bytes, the place has {room}")]
    NoRoom {
        /// Bytes of the signature.
        needed: usize,
        /// Bytes left open.
        room: usize,
    },
    /// A text too long, or a time out of range.
    #[error("a text is too long or a time out of range")]
    Text,
}

/// Somebody who signs: a key of ours, a certificate authority's service, a hardware module.
pub trait Signer {
    /// The signer's certificate first, then its issuers.
    fn chain(&self) -> &[Certificate];

    /// Signs `message` by the certificate's algorithm (ECDSA P-256 or RSA, with SHA-256).
    ///
    /// # Errors
    /// [`KeyError`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A timestamp service: takes a request's DER, gives the response's.
pub trait Timestamps {
    /// Posts the request.
    ///
    /// # Errors
    /// [`TimestampError::Service`].
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError>;
}

/// A private key at hand with its certificates.
#[derive(Debug)]
pub struct LocalSigner {
    key: PrivateKey,
    chain: Vec<Certificate>,
}

impl LocalSigner {
    /// Joins a key with its certificate's chain.
    ///
    /// # Errors
    /// [`SignError::Certificate`] where the first certificate is not the key's.
    pub fn new(key: PrivateKey, chain: Vec<Certificate>) -> Result<Self, SignError> {
        match chain.first() {
            Some(own) if own.public_key() == key.public_key() => Ok(Self { key, chain }),
            _ => Err(SignError::Certificate),
        }
    }
}

impl Signer for LocalSigner {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(message)
    }
}

/// Whether a signature also says what may be changed after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certification {
    /// An approval: it signs what is there.
    #[default]
    Approval,
    /// The document's first signature; after it fields may be filled and signed, nothing else.
    FillAndSign,
    /// The document's first and only signature; nothing may be changed after it.
    Final,
}

/// One signature to be made.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The field: filled where it is reserved, else made by the same update.
    pub field: &'a Field,
    /// Who signs, for people; the certificate is what counts.
    pub name: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When, by the signer's clock, in seconds since 1970.
    pub at_s: i64,
    /// What is to be seen in the field; nothing in an invisible one.
    pub appearance: Option<Appearance<'a>>,
    /// What the signature says about later changes.
    pub certification: Certification,
    /// Room kept for a timestamp token, in bytes: [`TOKEN_BYTES`], or 0 where none will come.
    pub token_bytes: usize,
}

/// Appends empty signature fields, so that later signatures fill places that earlier ones have
/// already signed.
///
/// # Errors
/// [`SignError`].
pub fn reserve(pdf: &[u8], fields: &[Field]) -> Result<Vec<u8>, SignError> {
    let file = File::read(pdf)?;
    let mut update = Update::new(&file);
    let mut form = Form::read(&file)?;
    for field in fields {
        form.add(&mut update, field)?;
    }
    form.write(&mut update, Vec::new())?;
    Ok(update.finish(None)?.0)
}

/// A document with an open signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pdf: Vec<u8>,
    /// `<` through `>` of the contents.
    contents: Range<usize>,
    chain: Vec<Certificate>,
    attributes: Vec<u8>,
}

/// Appends a signature whose place is still open.
/// `chain` is the signer's certificate and its issuers.
///
/// # Errors
/// [`SignError`].
pub fn prepare(
    pdf: &[u8],
    request: &Request<'_>,
    chain: &[Certificate],
) -> Result<Prepared, SignError> {
    let room = room(chain, request.token_bytes)?;
    let file = File::read(pdf)?;
    let mut update = Update::new(&file);
    let mut form = Form::read(&file)?;
    form.may_sign(request.certification)?;
    let signature = update.reserve();
    let (body, within) = signature_body(request, room)?;
    update.put_bytes(signature, body);
    form.sign(&mut update, request, signature)?;
    let catalog = match request.certification {
        Certification::Approval => Vec::new(),
        Certification::FillAndSign | Certification::Final => vec![permissions(signature)],
    };
    form.write(&mut update, catalog)?;
    let (mut pdf, begins) = update.finish(Some(signature))?;
    let slot = Slot {
        byte_range: begins + within.byte_range.start..begins + within.byte_range.end,
        contents: begins + within.contents.start..begins + within.contents.end,
    };
    let numbers = format!(
        "{} {} {}",
        slot.contents.start,
        slot.contents.end,
        pdf.len() - slot.contents.end
    );
    let place = &mut pdf[slot.byte_range];
    place[..numbers.len()].copy_from_slice(numbers.as_bytes());
    Ok(Prepared::over(pdf, slot.contents, chain))
}

/// The catalog's word about what the certifying signature allows.
fn permissions(signature: Id) -> (&'static str, Object) {
    let dict = Dict::default().with("DocMDP", Object::Reference(signature));
    ("Perms", Object::Dict(dict))
}

/// Bytes kept for the contents.
fn room(chain: &[Certificate], token_bytes: usize) -> Result<usize, SignError> {
    let signer = chain.first().ok_or(SignError::Certificate)?;
    if signer.key_kind() == KeyKind::P384 {
        return Err(SignError::Certificate);
    }
    let certificates: usize = chain.iter().map(|one| one.der().len()).sum();
    // Attributes, names and numbers around: some 400 bytes; the signature: up to 512.
    let needed = certificates
        .saturating_add(signer.issuer_der().len())
        .saturating_add(token_bytes)
        .saturating_add(1200);
    match needed <= CONTENTS_BYTES_MAX {
        true => Ok(needed),
        false => Err(SignError::NoRoom {
            needed,
            room: CONTENTS_BYTES_MAX,
        }),
    }
}

/// The signature dictionary, and where its open places lie within.
fn signature_body(request: &Request<'_>, room: usize) -> Result<(Vec<u8>, Slot), SignError> {
    let texts = [request.name, request.reason];
    if texts.iter().any(|text| text.len() > TEXT_BYTES_MAX) {
        return Err(SignError::Text);
    }
    let at = asn1::digits(request.at_s).ok_or(SignError::Text)?;
    let mut dict = Dict::default()
        .with("Type", Object::name("Sig"))
        .with("Filter", Object::name("Adobe.PPKLite"))
        .with("SubFilter", Object::name("ETSI.CAdES.detached"))
        .with("Name", text_string(request.name))
        .with("Reason", text_string(request.reason))
        .with("M", Object::String(format!("D:{at}Z").into_bytes()));
    let allowed = match request.certification {
        Certification::Approval => None,
        Certification::Final => Some(1),
        Certification::FillAndSign => Some(2),
    };
    if let Some(allowed) = allowed {
        let parameters = Dict::default()
            .with("Type", Object::name("TransformParams"))
            .with("P", Object::Integer(allowed))
            .with("V", Object::name("1.2"));
        let reference = Dict::default()
            .with("Type", Object::name("SigRef"))
            .with("TransformMethod", Object::name("DocMDP"))
            .with("TransformParams", Object::Dict(parameters));
        dict.set("Reference", Object::Array(vec![Object::Dict(reference)]));
    }
    let mut body = Vec::new();
    dict.write(&mut body);
    body.truncate(body.len() - 2);
    body.extend_from_slice(b"/ByteRange [0 ");
    // Three numbers of at most eight digits: files end at 64 MiB.
    let byte_range = body.len()..body.len() + 26;
    body.resize(byte_range.end, b' ');
    body.extend_from_slice(b"]/Contents ");
    let contents = body.len()..body.len() + 2 * room + 2;
    body.push(b'<');
    body.resize(contents.end - 1, b'0');
    body.extend_from_slice(b">>>");
    Ok((
        body,
        Slot {
            byte_range,
            contents,
        },
    ))
}

/// SHA-256 of a file without the bytes of `gap`.
fn document_digest(pdf: &[u8], gap: &Range<usize>) -> [u8; 32] {
    digest::sha256_parts(&[&pdf[..gap.start], &pdf[gap.end..]])
}

impl Prepared {
    fn over(pdf: Vec<u8>, contents: Range<usize>, chain: &[Certificate]) -> Self {
        let digest = document_digest(&pdf, &contents);
        let attributes = cms::signed_attributes(oid::DATA, &digest, &chain[0]);
        Self {
            pdf,
            contents,
            chain: chain.to_vec(),
            attributes,
        }
    }

    /// Takes a stored [`Prepared::pdf`] up again. The newest update must be the open signature of
    /// `field`, and `chain` the one it was prepared with.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn resume(pdf: Vec<u8>, field: &str, chain: &[Certificate]) -> Result<Self, SignError> {
        room(chain, 0)?;
        let file = File::read(&pdf)?;
        let contents = form::open_contents(&file, field)?;
        Ok(Self::over(pdf, contents, chain))
    }

    /// The document with its open place, to be stored.
    #[must_use]
    pub fn pdf(&self) -> &[u8] {
        &self.pdf
    }

    /// The bytes to sign: the DER of the signed attributes.
    /// Some services want their SHA-256 digest instead.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.attributes
    }

    /// Fills the open place with the signature and, for level B-T, a timestamp token over it.
    /// Whether the token's service is trusted was asked when it was accepted.
    ///
    /// # Errors
    /// [`SignError::Signature`] for a signature by another key or over other bytes,
    /// [`SignError::Timestamp`] for a token over something else, [`SignError::NoRoom`].
    pub fn finish(self, signature: &[u8], token: Option<&Token>) -> Result<Vec<u8>, SignError> {
        let signer = &self.chain[0];
        let algorithm = signature_algorithm(signer.key_kind());
        let algorithm = asn1::Reader::new(&algorithm)
            .algorithm()
            .map_err(|_| SignError::Certificate)?;
        let hash = Some(Hash::Sha256);
        if !signer
            .key()
            .holds(algorithm, hash, &self.attributes, signature)
        {
            return Err(SignError::Signature);
        }
        if let Some(token) = token {
            token.speaks_of(signature)?;
        }
        let der = cms::signed_data(&Parts {
            content_type: oid::DATA,
            content: None,
            chain: &self.chain,
            attributes: &self.attributes,
            signature,
            token: token.map(Token::der),
        })
        .map_err(|_| SignError::Certificate)?;
        self.place(&der)
    }

    /// SHA-256 of the document without the open place, for services that build the whole CMS
    /// structure themselves.
    #[must_use]
    pub fn document_digest(&self) -> [u8; 32] {
        document_digest(&self.pdf, &self.contents)
    }

    /// Fills the open place with a whole detached CMS structure from such a service.
    /// It must hold over the document and be by the signer the place was prepared for.
    ///
    /// # Errors
    /// [`SignError::Signature`] for one that does not, [`SignError::NoRoom`].
    pub fn fill(self, cms: &[u8]) -> Result<Vec<u8>, SignError> {
        let data = SignedData::read(cms).map_err(|_| SignError::Signature)?;
        let around = [
            &self.pdf[..self.contents.start],
            &self.pdf[self.contents.end..],
        ];
        match data.check(&around) {
            Ok(signer) if *signer == self.chain[0] && data.content.is_none() => self.place(cms),
            _ => Err(SignError::Signature),
        }
    }

    fn place(mut self, der: &[u8]) -> Result<Vec<u8>, SignError> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let place = &mut self.pdf[self.contents.start + 1..self.contents.end - 1];
        let room = place.len() / 2;
        if der.len() > room {
            return Err(SignError::NoRoom {
                needed: der.len(),
                room,
            });
        }
        for (pair, byte) in place.chunks_exact_mut(2).zip(der) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Ok(self.pdf)
    }
}

/// Who gives the timestamp, whom to trust for it, and a random number that ties it to the question.
pub struct Stamp<'a> {
    /// The service.
    pub service: &'a dyn Timestamps,
    /// Whose certificates count.
    pub trust: &'a crate::chain::Trust,
    /// Sixteen random bytes.
    pub nonce: [u8; 16],
}

/// Prepares, signs, stamps and finishes in one go: level B-T with `stamp`, else B-B.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    pdf: &[u8],
    request: &Request<'_>,
    signer: &dyn Signer,
    stamp: Option<Stamp<'_>>,
) -> Result<Vec<u8>, SignError> {
    let prepared = prepare(pdf, request, signer.chain())?;
    let signature = signer.sign(prepared.to_be_signed())?;
    let token = match stamp {
        Some(stamp) => {
            let question = crate::timestamp::Request::over(&signature, stamp.nonce);
            let answer = stamp.service.ask(&question.to_der())?;
            Some(question.accept(&answer, stamp.trust, request.at_s)?)
        }
        None => None,
    };
    prepared.finish(&signature, token.as_ref())
}
