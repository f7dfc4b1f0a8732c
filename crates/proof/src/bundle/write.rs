use std::collections::BTreeMap;

use super::container::{self, Entry};
use super::layout::{self, Listed, Manifest, Proof, Slot};
use super::{Contents, Finding, ProvedFact, Trust};
use crate::canonical::{self, CanonicalError};
use crate::note::{self, NoteError, Signer};
use crate::{digest, hex};

/// Why a bundle was not written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A fact that is not one.
    #[error(transparent)]
    Fact(#[from] crate::fact::FactError),
    /// A document's or timestamp's name, or two that differ only in case.
    #[error("file name {0:?} breaks the rules or is taken")]
    Name(String),
    /// Two facts with one number, or a number beyond six digits.
    #[error("number {0} can't be used")]
    Number(u64),
    /// More bytes or files than a bundle may have.
    #[error("the bundle would break its limits")]
    TooLarge,
    /// An integer beyond 2^53 − 1 in a proof.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The signature could not be made.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// What was given does not prove itself: the verifier's findings.
    #[error("the contents don't hold: {}", list(.0))]
    Unsound(Vec<Finding>),
}

fn list(findings: &[Finding]) -> String {
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// Writes a bundle whose manifest `signer` signs.
///
/// The result has passed [`super::verify`], so a bundle that would not hold is never handed out.
/// Equal contents and keys give equal bytes.
///
/// # Errors
/// See [`BundleError`].
pub fn write(contents: &Contents, signer: &Signer) -> Result<Vec<u8>, BundleError> {
    let files = files(contents, signer)?;
    let manifest = canonical::to_vec(&manifest(contents, &files))?;
    let signature = note::sign(&layout::signed_text(&manifest), signer)?;
    let mut entries: Vec<Entry<'_>> = files
        .iter()
        .map(|(name, file)| Entry {
            name,
            data: &file.data,
        })
        .collect();
    entries.push(Entry {
        name: layout::MANIFEST,
        data: &manifest,
    });
    entries.push(Entry {
        name: layout::SIGNATURE,
        data: signature.as_bytes(),
    });
    entries.sort_by_key(|entry| entry.name);
    let bytes = container::encode(&entries).ok_or(BundleError::TooLarge)?;
    let report = super::verify(&bytes, &Trust::none());
    if report.failures.is_empty() {
        Ok(bytes)
    } else {
        Err(BundleError::Unsound(report.failures))
    }
}

struct File {
    data: Vec<u8>,
    media_type: String,
}

#[derive(Default)]
struct Files(BTreeMap<String, File>);

impl Files {
    fn add(&mut self, slot: Slot<'_>, data: Vec<u8>, media_type: &str) -> Result<(), BundleError> {
        let path = slot.path();
        if !container::is_name(&path) || Slot::parse(&path) != Some(slot) {
            return Err(BundleError::Name(path));
        }
        let taken = |other: &String| other.eq_ignore_ascii_case(&path);
        if matches!(slot, Slot::Document(_) | Slot::Timestamp(_)) && self.0.keys().any(taken) {
            return Err(BundleError::Name(path));
        }
        let media_type = slot.media_type().unwrap_or(media_type).to_owned();
        self.0.insert(path, File { data, media_type });
        Ok(())
    }

    fn add_proved(
        &mut self,
        fact: &ProvedFact,
        fact_slot: Slot<'_>,
        proof_slot: Slot<'_>,
    ) -> Result<(), BundleError> {
        let proof = Proof {
            salt: fact.salt,
            index: fact.index,
            path: fact.path.clone(),
        };
        self.add(fact_slot, fact.bytes.clone(), "")?;
        self.add(proof_slot, proof.to_bytes()?, "")
    }
}

fn files(contents: &Contents, signer: &Signer) -> Result<BTreeMap<String, File>, BundleError> {
    let mut files = Files::default();
    files.add(
        Slot::Checkpoint,
        contents.checkpoint.clone().into_bytes(),
        "",
    )?;
    let key = |key: &dyn std::fmt::Display| format!("{key}\n").into_bytes();
    files.add(Slot::LogKey, key(&contents.log_key), "")?;
    files.add(Slot::ManifestKey, key(&signer.verifier()), "")?;
    for fact in &contents.facts {
        let number = crate::fact::Fact::parse(&fact.bytes)?.case_no;
        if files.0.contains_key(&Slot::Fact(number).path()) {
            return Err(BundleError::Number(number));
        }
        files.add_proved(fact, Slot::Fact(number), Slot::Proof(number))?;
    }
    let mut forgetting: Vec<&ProvedFact> = contents.forgetting.iter().collect();
    forgetting.sort_by_key(|fact| fact.index);
    for (number, fact) in (1..).zip(forgetting) {
        let (fact_slot, proof_slot) = (Slot::ForgettingFact(number), Slot::ForgettingProof(number));
        files.add_proved(fact, fact_slot, proof_slot)?;
    }
    for gone in &contents.forgotten {
        if files.0.contains_key(&Slot::Forgotten(gone.case_no).path()) {
            return Err(BundleError::Number(gone.case_no));
        }
        files.add(Slot::Forgotten(gone.case_no), gone.to_bytes()?, "")?;
    }
    for document in &contents.documents {
        files.add(
            Slot::Document(&document.name),
            document.bytes.clone(),
            &document.media_type,
        )?;
    }
    for segment in &contents.segments {
        let (recording, number) = (segment.recording.as_str(), segment.segment);
        files.add(Slot::Segment(recording, number), segment.to_bytes()?, "")?;
        if let Some(film) = &segment.film {
            let slot = Slot::Film(recording, number, segment.media);
            files.add(slot, film.clone(), "")?;
        }
    }
    for stamp in &contents.timestamps {
        files.add(Slot::Timestamp(&stamp.name), stamp.bytes.clone(), "")?;
    }
    Ok(files.0)
}

fn manifest(contents: &Contents, files: &BTreeMap<String, File>) -> Manifest {
    let listed = files.iter().map(|(path, file)| Listed {
        bytes: file.data.len() as u64,
        media_type: file.media_type.clone(),
        path: path.clone(),
        sha256: hex::encode(&digest::sha256(&file.data)),
        sm3: hex::encode(&digest::sm3(&file.data)),
    });
    Manifest {
        case: contents.case.clone(),
        files: listed.collect(),
        institution: contents.institution.clone(),
        v: 1,
    }
}
