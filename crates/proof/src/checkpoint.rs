//! C2SP tlog-checkpoint: a signed tree head.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

pub use crate::note::{KeyKind, NoteError, SignedBy, Signer, VerifierKey};

use crate::Hash;
use crate::note::{self, Note};
use crate::tree::MAX_SIZE;

/// A tree head: which log, how many leaves, which root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log; the log's key has the same name.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over those leaves.
    pub root: Hash,
    /// Further non-empty lines; logs of this project write none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// The note's text: origin, size, base64 root, extensions, one line each.
    #[must_use]
    pub fn to_text(&self) -> String {
        let root = BASE64.encode(self.root);
        let mut text = format!("{}\n{}\n{root}\n", self.origin, self.size);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads what [`Checkpoint::to_text`] writes, and nothing else.
    ///
    /// # Errors
    /// [`NoteError::Checkpoint`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        use NoteError::Checkpoint as Bad;
        let body = text.strip_suffix('\n').ok_or(Bad("no final newline"))?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty());
        let origin = origin.ok_or(Bad("no origin"))?.to_owned();
        let size = lines.next().ok_or(Bad("no size"))?;
        let size = size.parse().map_err(|_| Bad("size"))?;
        let root = lines.next().ok_or(Bad("no root"))?;
        let root = BASE64.decode(root).map_err(|_| Bad("root"))?;
        let root = root.try_into().map_err(|_| Bad("root"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(Bad("empty extension line"));
        }
        let parsed = Self {
            origin,
            size,
            root,
            extensions,
        };
        if size > MAX_SIZE {
            return Err(Bad("size"));
        }
        // A plus sign or leading zeroes in the size.
        if parsed.to_text() != text {
            return Err(Bad("not in its only spelling"));
        }
        Ok(parsed)
    }
}

/// Signs a checkpoint as a note.
///
/// # Errors
/// A checkpoint whose text could not be read back, such as one without origin.
pub fn sign(checkpoint: &Checkpoint, signer: &Signer) -> Result<String, NoteError> {
    let text = checkpoint.to_text();
    if Checkpoint::parse(&text)? != *checkpoint {
        return Err(NoteError::Text);
    }
    note::sign(&text, signer)
}

/// Reads a signed checkpoint and the signatures on it by `known` keys, all of
/// which must hold; at least one must be there.
///
/// Whose keys they are is for the caller: a log's key bears the origin as its name.
///
/// # Errors
/// A malformed note or checkpoint, a signature that doesn't hold, none by a known key.
pub fn verify(note: &str, known: &[VerifierKey]) -> Result<(Checkpoint, Vec<SignedBy>), NoteError> {
    let note = Note::parse(note)?;
    let signed = note.verify(known)?;
    Ok((Checkpoint::parse(note.text())?, signed))
}

/// The note with a witness's cosignature added to it.
///
/// # Errors
/// A malformed note or checkpoint.
pub fn cosign(note: &str, witness: &Signer, timestamp_s: u64) -> Result<String, NoteError> {
    let mut note = Note::parse(note)?;
    Checkpoint::parse(note.text())?;
    note.push(witness.cosign(note.text(), timestamp_s));
    Ok(note.to_text())
}
