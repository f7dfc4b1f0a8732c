mod chain;
mod files;
mod recordings;
mod signers;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::container::{self, Entry};
use super::report::{Code, DocumentLine, Report, Verdict};
use super::{Trust, layout};
use crate::{digest, hex};

use files::Files;

/// Checks a bundle from its first to its last byte.
///
/// Nothing in the bundle is believed: its own keys only show that it is
/// consistent, and [`Verdict::Proved`] needs the log's and the manifest's key in `trust`.
#[must_use]
pub fn verify(bytes: &[u8], trust: &Trust) -> Report {
    let mut report = Report::new();
    match container::decode(bytes) {
        Err(finding) => report.failures.push(finding),
        Ok((entries, findings)) => {
            report.failures = findings;
            check(&entries, trust, &mut report);
        }
    }
    if !report.failures.is_empty() {
        report.verdict = Verdict::Failed;
        report.proved.clear();
        report.witnesses.clear();
    }
    report
}

fn check(entries: &[Entry<'_>], trust: &Trust, report: &mut Report) {
    let Some(files) = Files::read(entries, report) else {
        return;
    };
    report.institution = Some(files.manifest.institution.clone());
    report.case = Some(files.manifest.case.clone());
    let Some(signers) = signers::check(&files, trust, report) else {
        return;
    };
    let chain = chain::check(&files, &signers.checkpoint, report);
    documents(&files, &chain, report);
    recordings::check(&files, &chain, report);
    report.timestamps = files.timestamps();
    if !report.failures.is_empty() {
        return;
    }
    report.verdict = if signers.log_trusted && signers.manifest_trusted {
        Verdict::Proved
    } else {
        Verdict::Consistent
    };
    statements::add(&signers, &chain, report);
}

/// Every document must be named, by its SHA-256, somewhere in a fact's data.
fn documents(files: &Files<'_>, chain: &chain::Chain, report: &mut Report) {
    // One walk over all facts: documents times facts would be too much work for a hostile bundle.
    let mut named = BTreeMap::new();
    for (number, fact) in &chain.facts {
        strings(&fact.data, &mut |text| {
            if text.len() == 64 {
                let numbers: &mut BTreeSet<u64> = named.entry(text.to_owned()).or_default();
                numbers.insert(*number);
            }
        });
    }
    for (name, path, data) in files.documents() {
        let sha256 = hex::encode(&digest::sha256(data));
        let bound_by: Vec<u64> = named.get(&sha256).into_iter().flatten().copied().collect();
        if bound_by.is_empty() {
            report.fail(path, Code::DocumentUnbound, "");
        }
        report.documents.push(DocumentLine {
            name: name.to_owned(),
            media_type: files.media_type(path),
            bytes: data.len() as u64,
            sha256,
            sm3: hex::encode(&digest::sm3(data)),
            bound_by,
        });
    }
}

/// Gives every string value inside `data`; keys of members are none.
fn strings(data: &Value, found: &mut impl FnMut(&str)) {
    match data {
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The signed text of the manifest that the bundle holds.
fn signed_text(files: &Files<'_>) -> String {
    layout::signed_text(files.manifest_bytes)
}
