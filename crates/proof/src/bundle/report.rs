//! What a check found, for people and for programs.

mod code;
mod print;

use std::fmt;

use serde::Serialize;

pub use code::Code;
pub use print::Language;

/// The answer as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything holds and the signers are trusted.
    Proved,
    /// Everything holds together, but who signed it is not known.
    Consistent,
    /// Something doesn't hold.
    Failed,
}

impl Verdict {
    /// Exit code of `xiaobao-verify`; 2 is left to wrong usage.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Proved => 0,
            Self::Failed => 1,
            Self::Consistent => 3,
        }
    }
}

/// One thing that doesn't hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file in the bundle, or `container/end`, `container/entry/N` (from 0), `container`.
    pub part: String,
    /// Stable code of the reason.
    pub code: Code,
    /// The reason in Chinese.
    pub zh: String,
    /// The reason in English.
    pub en: String,
    /// Further detail for specialists; may be empty.
    pub detail: String,
}

impl Finding {
    pub(super) fn new(part: &str, code: Code, detail: impl fmt::Display) -> Self {
        let (zh, en) = code.texts();
        Self {
            part: part.to_owned(),
            code,
            zh: zh.to_owned(),
            en: en.to_owned(),
            detail: detail.to_string(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.en)?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// One thing that was, or was not, proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Stable code.
    pub code: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Statement {
    pub(super) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// One fact of the case, as the bundle shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactLine {
    /// Number in the case.
    pub no: u64,
    /// Its kind; none where the fact was forgotten.
    pub kind: Option<String>,
    /// UTC milliseconds by the institution's clock; none where the fact was forgotten.
    pub at_ms: Option<i64>,
    /// Index in the log.
    pub index: u64,
    /// Its commitment, in hexadecimal.
    pub commitment: String,
}

/// One document, as the bundle shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentLine {
    /// File name below `documents/`.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// SM3 in hexadecimal.
    pub sm3: String,
    /// Numbers of the facts that name its SHA-256.
    pub bound_by: Vec<u64>,
}

/// One segment of a recording, as the bundle shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentLine {
    /// Id of the recording.
    pub recording: String,
    /// Number of the segment, from 1.
    pub segment: u64,
    /// Chunks that were received.
    pub chunks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The head over them, in hexadecimal.
    pub head: String,
    /// Number of the newest fact that says so.
    pub fact: u64,
    /// Whether the list of its chunks is in the bundle.
    pub listed: bool,
    /// Whether the film itself is in the bundle.
    pub film: bool,
}

/// A trusted witness that cosigned the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WitnessLine {
    /// Name of its key.
    pub name: String,
    /// Seconds since 1970 by the witness's clock.
    pub timestamp_s: u64,
}

/// Everything a check has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of this report's shape.
    pub v: u32,
    /// The answer as a whole.
    pub verdict: Verdict,
    /// The institution the manifest names.
    pub institution: Option<String>,
    /// The case the manifest names.
    pub case: Option<String>,
    /// The log.
    pub origin: Option<String>,
    /// Leaves of the log's tree at the checkpoint.
    pub tree_size: Option<u64>,
    /// Root at the checkpoint, in hexadecimal.
    pub root: Option<String>,
    /// The facts by number.
    pub facts: Vec<FactLine>,
    /// The documents by name.
    pub documents: Vec<DocumentLine>,
    /// Segments of recordings that the facts say were received.
    pub segments: Vec<SegmentLine>,
    /// Files carried below `timestamps/`.
    pub timestamps: Vec<String>,
    /// The trusted witnesses that cosigned.
    pub witnesses: Vec<WitnessLine>,
    /// What was proved; empty where anything failed.
    pub proved: Vec<Statement>,
    /// What was not proved.
    pub not_proved: Vec<Statement>,
    /// What doesn't hold.
    pub failures: Vec<Finding>,
}

impl Report {
    pub(super) fn new() -> Self {
        Self {
            v: 1,
            verdict: Verdict::Failed,
            institution: None,
            case: None,
            origin: None,
            tree_size: None,
            root: None,
            facts: Vec::new(),
            documents: Vec::new(),
            segments: Vec::new(),
            timestamps: Vec::new(),
            witnesses: Vec::new(),
            proved: Vec::new(),
            not_proved: Vec::new(),
            failures: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, part: &str, code: Code, detail: impl fmt::Display) {
        self.failures.push(Finding::new(part, code, detail));
    }
}
