//! Evidence that anyone can check.
//!
//! A [`fact::Fact`] is canonical JSON; its salted commitment is a leaf of an
//! RFC 6962 [`tree`], stored as C2SP tlog-tiles ([`tile`]) under signed notes
//! ([`note`], [`checkpoint`]) that others cosign ([`witness`]). A [`bundle`] carries one case with everything
//! needed to verify it offline.
//!
//! The crate is pure: no input or output, no clock, no randomness. The byte
//! formats are described in `docs/ledger.md`.

pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod digest;
mod error;
pub mod fact;
pub mod hex;
pub mod note;
pub mod recording;
pub mod release_token;
pub mod tile;
pub mod tree;
pub mod witness;

pub use error::ProofError;

/// A SHA-256 digest: 32 bytes.
pub type Hash = [u8; 32];
