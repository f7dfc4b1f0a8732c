use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::container::Entry;
use crate::bundle::layout::{self, MANIFEST, Manifest, SIGNATURE, Slot};
use crate::bundle::report::{Code, Report};
use crate::fact::is_id;
use crate::{digest, hex};

/// The files of a bundle, by path, after the manifest was compared with them.
pub(super) struct Files<'a> {
    pub manifest: Manifest,
    pub manifest_bytes: &'a [u8],
    by_path: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Files<'a> {
    /// `None` where there is no manifest to go by.
    pub fn read(entries: &[Entry<'a>], report: &mut Report) -> Option<Self> {
        let by_path: BTreeMap<&str, &[u8]> = entries
            .iter()
            .map(|entry| (entry.name, entry.data))
            .collect();
        let Some(manifest_bytes) = by_path.get(MANIFEST).copied() else {
            report.fail(MANIFEST, Code::FileMissing, "");
            return None;
        };
        let Some(manifest) = read_manifest(manifest_bytes) else {
            report.fail(MANIFEST, Code::ManifestMalformed, "");
            return None;
        };
        let files = Self {
            manifest,
            manifest_bytes,
            by_path,
        };
        files.check_list(report);
        files.check_places(report);
        Some(files)
    }

    pub fn get(&self, path: &str) -> Option<&'a [u8]> {
        self.by_path.get(path).copied()
    }

    /// The file's text; what is wrong is reported with `code`.
    pub fn text(&self, path: &str, code: Code, report: &mut Report) -> Option<&'a str> {
        let Some(bytes) = self.get(path) else {
            report.fail(path, Code::FileMissing, "");
            return None;
        };
        let text = std::str::from_utf8(bytes);
        text.map_err(|why| report.fail(path, code, why)).ok()
    }

    /// Files with a place in the layout.
    pub fn slots(&self) -> impl Iterator<Item = (Slot<'a>, &'a str, &'a [u8])> {
        self.by_path
            .iter()
            .filter_map(|(path, data)| Some((Slot::parse(path)?, *path, *data)))
    }

    pub fn documents(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a [u8])> {
        self.slots().filter_map(|(slot, path, data)| match slot {
            Slot::Document(name) => Some((name, path, data)),
            _ => None,
        })
    }

    pub fn timestamps(&self) -> Vec<String> {
        let stamps = self.slots().filter_map(|(slot, _, _)| match slot {
            Slot::Timestamp(name) => Some(name.to_owned()),
            _ => None,
        });
        stamps.collect()
    }

    pub fn media_type(&self, path: &str) -> String {
        let list = &self.manifest.files;
        let found = list.binary_search_by(|file| file.path.as_str().cmp(path));
        found.map_or_else(|_| String::new(), |at| list[at].media_type.clone())
    }

    fn check_list(&self, report: &mut Report) {
        let mut listed = BTreeSet::new();
        for file in &self.manifest.files {
            let path = file.path.as_str();
            listed.insert(path);
            let Some(data) = self.get(path) else {
                report.fail(path, Code::FileMissing, "");
                continue;
            };
            if file.bytes != data.len() as u64 {
                report.fail(path, Code::SizeWrong, data.len());
            }
            let sha256 = hex::encode(&digest::sha256(data));
            if file.sha256 != sha256 {
                report.fail(path, Code::Sha256Wrong, sha256);
            }
            let sm3 = hex::encode(&digest::sm3(data));
            if file.sm3 != sm3 {
                report.fail(path, Code::Sm3Wrong, sm3);
            }
            let fixed = Slot::parse(path).and_then(Slot::media_type);
            let right = match fixed {
                Some(fixed) => file.media_type == fixed,
                None => is_media_type(&file.media_type),
            };
            if !right {
                report.fail(path, Code::MediaTypeWrong, "");
            }
        }
        for path in self.by_path.keys() {
            if !listed.contains(path) && ![MANIFEST, SIGNATURE].contains(path) {
                report.fail(path, Code::FileUnlisted, "");
            }
        }
    }

    fn check_places(&self, report: &mut Report) {
        let mut folded = BTreeSet::new();
        for path in self.by_path.keys() {
            if !folded.insert(path.to_ascii_lowercase()) {
                report.fail(path, Code::FileNameClash, "");
            }
            if Slot::parse(path).is_none() && ![MANIFEST, SIGNATURE].contains(path) {
                report.fail(path, Code::FileUnexpected, "");
            }
        }
    }
}

fn read_manifest(bytes: &[u8]) -> Option<Manifest> {
    let manifest: Manifest = layout::read(bytes)?;
    let files = &manifest.files;
    let sorted = files.windows(2).all(|pair| pair[0].path < pair[1].path);
    let own = files
        .iter()
        .any(|file| [MANIFEST, SIGNATURE].contains(&file.path.as_str()));
    let named = is_id(&manifest.institution) && is_id(&manifest.case);
    (manifest.v == 1 && sorted && !own && named).then_some(manifest)
}

/// Printable ASCII with a slash, as far as a container need know.
fn is_media_type(text: &str) -> bool {
    text.len() <= 127
        && text.contains('/')
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
