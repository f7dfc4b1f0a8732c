//! Evidence bundles: one case, its documents and all proofs in one canonical zip file.

mod container;
mod layout;
mod report;
mod trust;
mod verify;
mod write;

pub use report::{
    Code, DocumentLine, FactLine, Finding, Language, Report, SegmentLine, Statement, Verdict,
    WitnessLine,
};
pub use trust::{Trust, TrustError};
pub use verify::verify;
pub use write::{BundleError, write};

use crate::Hash;
use crate::note::VerifierKey;
use crate::recording::Segment;

/// The most bytes of a bundle.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The most files in a bundle, the manifest and its signature among them.
pub const MAX_ENTRIES: usize = 10_000;

/// First line of what the manifest's signature signs.
pub const DOMAIN: &str = "xiaobao/bundle/v1";

/// Everything that goes into a bundle.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The institution whose log it is.
    pub institution: String,
    /// The case.
    pub case: String,
    /// The case's facts in their order, without those forgotten.
    pub facts: Vec<ProvedFact>,
    /// The case's facts whose bodies were destroyed.
    pub forgotten: Vec<Forgotten>,
    /// The facts, of whatever case, that declare the above forgotten.
    pub forgetting: Vec<ProvedFact>,
    /// The signed checkpoint that all paths lead to, with its cosignatures.
    pub checkpoint: String,
    /// The log's public key; only a hint to the reader.
    pub log_key: VerifierKey,
    /// Documents; some fact of the case must name the SHA-256 of each.
    pub documents: Vec<Document>,
    /// Segments of recordings, as far as the newest fact of the case says that they were received.
    pub segments: Vec<Segment>,
    /// RFC 3161 responses, carried as they are.
    pub timestamps: Vec<Timestamp>,
}

/// A fact with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedFact {
    /// The fact's canonical bytes.
    pub bytes: Vec<u8>,
    /// The salt of its commitment.
    pub salt: [u8; 32],
    /// Its index in the log, from 0.
    pub index: u64,
    /// Its inclusion path under the checkpoint.
    pub path: Vec<Hash>,
}

/// A log entry of the case whose fact and salt were destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// Number of the fact in its case.
    pub case_no: u64,
    /// The commitment, which the log keeps.
    pub commitment: Hash,
    /// Index in the log, from 0.
    pub index: u64,
    /// Inclusion path under the checkpoint.
    pub path: Vec<Hash>,
    /// Log index of the fact that declares it forgotten.
    pub by: u64,
}

/// A document of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// File name: ASCII letters, digits and `. _ -`, starting with a letter or digit.
    pub name: String,
    /// For example `application/pdf`.
    pub media_type: String,
    /// The document.
    pub bytes: Vec<u8>,
}

/// A timestamp response over the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// File name, by the rules of documents.
    pub name: String,
    /// The DER bytes.
    pub bytes: Vec<u8>,
}
