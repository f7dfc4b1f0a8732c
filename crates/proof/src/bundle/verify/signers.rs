use super::{Files, signed_text};
use crate::bundle::Trust;
use crate::bundle::layout::{SIGNATURE, Slot, may_sign_manifest};
use crate::bundle::report::{Code, Report, WitnessLine};
use crate::checkpoint::Checkpoint;
use crate::hex;
use crate::note::{KeyKind, Note, VerifierKey};

/// Who signed, and what is known of them.
pub(super) struct Signers {
    pub checkpoint: Checkpoint,
    pub log_key: VerifierKey,
    pub log_trusted: bool,
    pub manifest_key: VerifierKey,
    pub manifest_trusted: bool,
}

/// Checks the checkpoint and the manifest with the keys in the bundle, then
/// looks for trusted ones. `None` where nothing further can be checked.
pub(super) fn check(files: &Files<'_>, trust: &Trust, report: &mut Report) -> Option<Signers> {
    // Each of these reports its own failure, so none hides another.
    let checkpoint = read_checkpoint(files, report);
    let log_key = read_key(files, Slot::LogKey, report);
    let manifest_key = read_key(files, Slot::ManifestKey, report);
    if let Some(key) = &manifest_key {
        check_manifest(files, key, report);
    }
    let ((note, checkpoint), log_key, manifest_key) = (checkpoint?, log_key?, manifest_key?);
    report.origin = Some(checkpoint.origin.clone());
    report.tree_size = Some(checkpoint.size);
    report.root = Some(hex::encode(&checkpoint.root));
    if log_key.name() != checkpoint.origin {
        let part = Slot::LogKey.path();
        report.fail(&part, Code::SignerNameWrong, log_key.name());
    }
    if !may_sign_manifest(manifest_key.name(), &checkpoint.origin) {
        let part = Slot::ManifestKey.path();
        report.fail(&part, Code::SignerNameWrong, manifest_key.name());
    }
    let part = Slot::Checkpoint.path();
    if let Err(why) = note.verify(std::slice::from_ref(&log_key)) {
        report.fail(&part, Code::CheckpointSignatureWrong, why);
    }
    check_witnesses(&note, trust, report);
    Some(Signers {
        log_trusted: trust.keys().contains(&log_key),
        manifest_trusted: trust.keys().contains(&manifest_key),
        checkpoint,
        log_key,
        manifest_key,
    })
}

fn read_checkpoint(files: &Files<'_>, report: &mut Report) -> Option<(Note, Checkpoint)> {
    let part = Slot::Checkpoint.path();
    let text = files.text(&part, Code::CheckpointMalformed, report)?;
    let read = Note::parse(text).and_then(|note| {
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok((note, checkpoint))
    });
    read.map_err(|why| report.fail(&part, Code::CheckpointMalformed, why))
        .ok()
}

/// A plain (type 0x01) key, alone on its line.
fn read_key(files: &Files<'_>, slot: Slot<'_>, report: &mut Report) -> Option<VerifierKey> {
    let part = slot.path();
    let text = files.text(&part, Code::KeyMalformed, report)?;
    let key = text.strip_suffix('\n').and_then(|line| line.parse().ok());
    let key = key.filter(|key: &VerifierKey| key.kind() == KeyKind::Ed25519);
    if key.is_none() {
        report.fail(&part, Code::KeyMalformed, "");
    }
    key
}

fn check_manifest(files: &Files<'_>, key: &VerifierKey, report: &mut Report) {
    let Some(text) = files.text(SIGNATURE, Code::SignatureMalformed, report) else {
        return;
    };
    let note = match Note::parse(text) {
        Ok(note) => note,
        Err(why) => return report.fail(SIGNATURE, Code::SignatureMalformed, why),
    };
    // The manifest doesn't list this file, so nothing may be added to it.
    if note.signatures().len() != 1 {
        return report.fail(SIGNATURE, Code::SignatureMalformed, "one signature only");
    }
    if let Err(why) = note.verify(std::slice::from_ref(key)) {
        return report.fail(SIGNATURE, Code::SignatureWrong, why);
    }
    if note.text() != signed_text(files) {
        // The signature file is as it was signed, so the manifest is not.
        report.fail(
            crate::bundle::layout::MANIFEST,
            Code::SignatureWrong,
            "the signature is over another manifest",
        );
    }
}

/// A trusted witness's cosignature counts once and must hold; unknown ones are passed over.
fn check_witnesses(note: &Note, trust: &Trust, report: &mut Report) {
    use crate::note::NoteError;
    match note.verify(&trust.witnesses()) {
        Ok(signed) => {
            let lines = signed.into_iter().filter_map(|by| {
                Some(WitnessLine {
                    name: by.key.name().to_owned(),
                    timestamp_s: by.timestamp_s?,
                })
            });
            report.witnesses = lines.collect();
        }
        Err(NoteError::NoKnownSignature) => {}
        Err(why) => report.fail(
            &Slot::Checkpoint.path(),
            Code::CheckpointSignatureWrong,
            why,
        ),
    }
}
