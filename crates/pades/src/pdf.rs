//! Reading PDF files strictly, and appending to them.
//!
//! The reader repairs nothing: a file that needs repair is a file that two readers may see
//! differently, and then it is not known what was signed.

mod file;
mod filter;
mod object;
mod parser;
mod update;
mod xref;

pub(crate) use file::File;
pub(crate) use object::{Dict, Id, Object, text_string};
pub(crate) use update::{Slot, Update};
pub(crate) use xref::Entry;

/// Longest file read, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Objects in one file at the most.
pub(crate) const OBJECTS_MAX: u32 = 1_000_000;
/// Updates appended to one file at the most.
pub(crate) const REVISIONS_MAX: usize = 64;
/// Arrays and dictionaries inside one another at the most.
pub(crate) const DEPTH_MAX: usize = 48;
/// Values inside one object at the most.
pub(crate) const VALUES_MAX: usize = 500_000;
/// Bytes that all packed streams of one file unpack to at the most.
pub(crate) const UNPACKED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why a file can't be read or signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// Longer than [`FILE_BYTES_MAX`], or too much inside.
    #[error("the file is larger than what is read")]
    TooLarge,
    /// Not a PDF file, or one that ends within itself.
    #[error("not a complete PDF file")]
    NotPdf,
    /// Bytes after the end of the file.
    #[error("bytes after the end of the file")]
    Trailing,
    /// Malformed at this offset, counted from 0.
    #[error("malformed at byte {0}")]
    Malformed(usize),
    /// The cross-reference does not lead where it says.
    #[error("the cross-reference of object {0} leads elsewhere")]
    Reference(u32),
    /// The file is encrypted.
    #[error("the file is encrypted")]
    Encrypted,
    /// A construct that is not read here: a hybrid cross-reference, a filter, a form of XFA.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// A part that must be there is missing or has another type.
    #[error("{0} is missing or has another type")]
    Missing(&'static str),
}
