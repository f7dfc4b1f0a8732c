//! Signatures in PDF documents that independent readers accept.
//!
//! [`sign()`] appends an incremental update with a signature field, its picture and a CMS
//! signature of PAdES level B-B, or B-T with a [`timestamp`]. [`prepare`] and
//! [`Prepared::finish`] do the same in two steps. [`verify()`] checks every signature of a
//! document and what was done after it. [`Authority`] issues the certificates a test, a
//! demonstration or a house of its own needs; [`sm2`] signs beside the document.
//!
//! The crate is pure: no input or output, no clock, no randomness, no network.

mod asn1;
mod authority;
mod certificate;
mod chain;
mod cms;
mod crl;
mod digest;
mod key;
mod oid;
mod pdf;
pub mod pem;
mod sign;
pub mod sm2;
pub mod timestamp;
mod verify;

pub use asn1::Malformed;
pub use authority::{Authority, IssueError, Order, Subject, Usage, Validity};
pub use certificate::{Certificate, CertificateError, read_pem, to_pem};
pub use chain::{ChainError, Trust};
pub use cms::CmsError;
pub use crl::{Crl, Reason, Revoked};
pub use digest::sha256;
pub use key::{KeyError, KeyKind, PrivateKey, ecdsa_der};
pub use pdf::{FILE_BYTES_MAX, PdfError};
pub use sign::{
    Appearance, AppearanceError, Certification, Field, Handwriting, Lettering, LocalSigner, PageAt,
    Place, Prepared, Rect, Request, SignError, Signer, Stamp, TOKEN_BYTES, Timestamps, prepare,
    reserve, sign,
};
pub use verify::{Change, Coverage, Finding, Report, SignatureReport, verify};
