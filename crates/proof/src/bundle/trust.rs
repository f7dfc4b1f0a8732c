use crate::note::{KeyKind, NoteError, VerifierKey};

/// The keys that whoever verifies has reason to believe in.
///
/// They come from outside the bundle. A plain key counts for the log (or the
/// manifests) of the origin it is named after; a cosigner's key counts as a witness.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    keys: Vec<VerifierKey>,
}

/// A line of a `.vkey` file that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {source}")]
pub struct TrustError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    #[source]
    pub source: NoteError,
}

impl Trust {
    /// No anchors: the best answer is then `consistent`.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Trusts a key.
    pub fn add(&mut self, key: VerifierKey) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// Trusts the keys of a `.vkey` file: one a line; empty lines and lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// The first line that is no key.
    pub fn add_file(&mut self, text: &str) -> Result<(), TrustError> {
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            self.add(line.parse().map_err(|source| TrustError {
                line: number + 1,
                source,
            })?);
        }
        Ok(())
    }

    /// The trusted keys.
    #[must_use]
    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    /// The witnesses among them.
    #[must_use]
    pub fn witnesses(&self) -> Vec<VerifierKey> {
        let all = self.keys.iter();
        all.filter(|key| key.kind() == KeyKind::CosignatureV1)
            .cloned()
            .collect()
    }
}
