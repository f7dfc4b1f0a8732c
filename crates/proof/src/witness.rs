//! C2SP tlog-witness: what a log sends to have a checkpoint cosigned, and what a witness makes of it.
//!
//! A witness remembers one tree head of each log and signs only what extends it. So nobody who waits for its
//! cosignature can be shown another history than anyone else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::{Checkpoint, Signer, VerifierKey};
use crate::note::{Note, NoteError};
use crate::tree::{empty_root, verify_consistency};
use crate::{Hash, ProofError};

/// Media type of the answer that names the size a witness knows.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// Hashes of a consistency proof at most.
const PATH_MAX: usize = 63;

/// The body of `POST <prefix>/add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Entries of the tree that the witness cosigned last, as the log believes.
    pub old_size: u64,
    /// From that tree to the checkpoint's; empty where the witness knows none.
    pub path: Vec<Hash>,
    /// The signed checkpoint, a note.
    pub checkpoint: String,
}

impl Request {
    /// The body as it is sent.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("old {}\n", self.old_size);
        for hash in &self.path {
            text.push_str(&BASE64.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads what [`Request::to_text`] writes, and nothing else.
    ///
    /// # Errors
    /// [`NoteError::Checkpoint`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        use NoteError::Checkpoint as Bad;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Bad("no empty line"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old.and_then(|size| size.parse().ok());
        let mut path = Vec::new();
        for line in lines {
            if path.len() == PATH_MAX {
                return Err(Bad("proof too long"));
            }
            let hash = BASE64.decode(line).map_err(|_| Bad("proof"))?;
            path.push(hash.try_into().map_err(|_| Bad("proof"))?);
        }
        let parsed = Self {
            old_size: old_size.ok_or(Bad("old size"))?,
            path,
            checkpoint: checkpoint.to_owned(),
        };
        // A plus sign, leading zeroes, or another spelling of a hash.
        if parsed.to_text() != text {
            return Err(Bad("not in its only spelling"));
        }
        Ok(parsed)
    }
}

/// The tree of a log that a witness cosigned last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

impl Head {
    /// Of a log that was never cosigned.
    #[must_use]
    pub fn none() -> Self {
        Self {
            size: 0,
            root: empty_root(),
        }
    }
}

/// Why a witness does not cosign.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request names more entries than its checkpoint has (400).
    #[error("the old size is beyond the checkpoint's")]
    OldBeyondNew,
    /// Another tree was cosigned last, or one of the same size with another root (409).
    #[error("the tree cosigned last has {0} entries")]
    Known(u64),
    /// The proof does not lead from the one tree to the other (422).
    #[error(transparent)]
    Unproved(#[from] ProofError),
}

/// Whether a checkpoint extends the tree that was cosigned last. Pure; the caller has checked the log's signature and
/// stores the new head before it signs.
///
/// # Errors
/// [`Refusal`], in the order that tlog-witness asks for.
pub fn extends(known: &Head, request: &Request, new: &Checkpoint) -> Result<Head, Refusal> {
    if request.old_size > new.size {
        return Err(Refusal::OldBeyondNew);
    }
    let same_size = known.size == new.size;
    if request.old_size != known.size || (same_size && known.root != new.root) {
        return Err(Refusal::Known(known.size));
    }
    verify_consistency(known.size, &known.root, new.size, &new.root, &request.path)?;
    Ok(Head {
        size: new.size,
        root: new.root,
    })
}

/// The answer to a request that is granted: a cosignature line over its checkpoint.
///
/// # Errors
/// A malformed note.
pub fn answer(checkpoint: &str, witness: &Signer, timestamp_s: u64) -> Result<String, NoteError> {
    let mut note = Note::parse(checkpoint)?;
    let before = note.to_text().len();
    note.push(witness.cosign(note.text(), timestamp_s));
    Ok(note.to_text().split_off(before))
}

/// The checkpoint with what a witness answered added to it; only a cosignature of that witness which holds is taken.
///
/// # Errors
/// A malformed answer, [`NoteError::BadSignature`], [`NoteError::NoKnownSignature`].
pub fn add(checkpoint: &str, answer: &str, witness: &VerifierKey) -> Result<String, NoteError> {
    let mut note = Note::parse(checkpoint)?;
    let answered = Note::parse(&format!("{}\n{answer}", note.text()))?;
    answered.verify(std::slice::from_ref(witness))?;
    let theirs = |line: &&crate::note::SignatureLine| {
        line.name == witness.name() && line.key_id == witness.id()
    };
    if !note.signatures().iter().any(|line| theirs(&line)) {
        let line = answered.signatures().iter().find(theirs);
        note.push(line.ok_or(NoteError::NoKnownSignature)?.clone());
    }
    Ok(note.to_text())
}

/// How many of the `witnesses` cosigned a checkpoint, each counted once. A line of one that doesn't hold is none.
#[must_use]
pub fn cosigned(checkpoint: &str, witnesses: &[VerifierKey]) -> usize {
    let Ok(note) = Note::parse(checkpoint) else {
        return 0;
    };
    let holds = |key: &&VerifierKey| note.verify(std::slice::from_ref(*key)).is_ok();
    witnesses.iter().filter(holds).count()
}
