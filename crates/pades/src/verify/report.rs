//! What a check found, as types and with stable codes.

use super::Change;
use crate::certificate::Certificate;
use crate::chain::ChainError;
use crate::cms::CmsError;

/// Every signature of a document, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One for each signed field.
    pub signatures: Vec<SignatureReport>,
}

impl Report {
    /// Whether there is a signature, and every one holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.signatures.is_empty() && self.signatures.iter().all(SignatureReport::holds)
            // The last one must cover everything, else somebody appended to a signed document.
            && self.signatures.last().is_some_and(|last| last.coverage == Coverage::Whole)
    }

    /// The signature in the field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&SignatureReport> {
        self.signatures.iter().find(|one| one.field == name)
    }
}

/// What was found about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureReport {
    /// The field's name.
    pub field: String,
    /// The signer's certificate, where the signature carries it.
    pub signer: Option<Certificate>,
    /// From the signer's certificate to the trusted one; empty without trust.
    pub path: Vec<Certificate>,
    /// Who, by the document's own words.
    pub name: Option<String>,
    /// Why, by the document's own words.
    pub reason: Option<String>,
    /// When, by the document's own words: `D:YYYYMMDDHHMMSSZ`.
    pub claimed_at: Option<String>,
    /// When, by a timestamp that holds, in seconds since 1970.
    pub stamped_at_s: Option<i64>,
    /// How much of the file is signed.
    pub coverage: Coverage,
    /// Length of the state of the file that was signed, in bytes.
    pub signed_bytes: usize,
    /// Everything that does not hold.
    pub findings: Vec<Finding>,
}

impl SignatureReport {
    pub(super) fn of(field: String) -> Self {
        Self {
            field,
            signer: None,
            path: Vec::new(),
            name: None,
            reason: None,
            claimed_at: None,
            stamped_at_s: None,
            coverage: Coverage::Unknown,
            signed_bytes: 0,
            findings: Vec::new(),
        }
    }

    /// Whether nothing was found against this signature.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty() && self.coverage != Coverage::Unknown
    }
}

/// How much of the file a signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It could not be told.
    Unknown,
    /// Everything but the signature itself.
    Whole,
    /// An earlier state; what came after is listed.
    Earlier {
        /// What later updates did, all of it allowed where no finding says otherwise.
        changes: Vec<Change>,
    },
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The byte range does not leave out exactly the signature, or ends inside an update.
    #[error("the signed range is not the file without the signature")]
    ByteRange,
    /// The contents are no detached CMS signature.
    #[error("the contents are no detached signature")]
    Contents,
    /// Another kind of signature than PAdES.
    #[error("not a PAdES signature")]
    Format,
    /// The signature does not hold over the bytes.
    #[error("{0}")]
    Signature(CmsError),
    /// The signer's certificate is not trusted.
    #[error("{0}")]
    Chain(ChainError),
    /// The timestamp does not hold.
    #[error("{0}")]
    Timestamp(String),
    /// Something was changed after signing that no signature explains.
    #[error("object {object} was changed after signing")]
    Changed {
        /// Number of the object.
        object: u32,
    },
    /// Something was changed although the certifying signature forbids it.
    #[error("the certification forbids later changes")]
    Certification,
}

impl Finding {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ByteRange => "byte_range",
            Self::Contents => "contents",
            Self::Format => "format",
            Self::Signature(CmsError::Malformed) => "signature_malformed",
            Self::Signature(CmsError::Signer) => "signer_missing",
            Self::Signature(CmsError::Digest) => "digest",
            Self::Signature(CmsError::Signature) => "signature",
            Self::Chain(ChainError::Unknown) => "signer_unknown",
            Self::Chain(ChainError::Expired) => "certificate_expired",
            Self::Chain(ChainError::Revoked) => "certificate_revoked",
            Self::Chain(ChainError::RevocationUnknown) => "revocation_unknown",
            Self::Chain(ChainError::Usage) => "certificate_usage",
            Self::Chain(ChainError::Critical) => "certificate_critical",
            Self::Timestamp(_) => "timestamp",
            Self::Changed { .. } => "changed",
            Self::Certification => "certification",
        }
    }
}
