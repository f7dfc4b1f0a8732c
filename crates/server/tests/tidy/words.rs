//! Names that last: kinds of facts, and the glossary's identifiers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::none;
use super::source::{crate_root, sources, ticked};

/// `room.participle.vN`, and nothing like it.
fn is_kind(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [room, what, version] = parts[..] else {
        return false;
    };
    let word =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let number = version
        .strip_prefix('v')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    word(room) && word(what) && number
}

#[test]
fn kinds_of_facts_are_unique_and_bear_their_room() {
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    let mut offences = Vec::new();
    for source in sources("src") {
        let room = source.room().unwrap_or_default();
        if source.path != format!("src/{room}/facts.rs") {
            continue;
        }
        for text in source.strings.iter().filter(|text| text.contains(".v")) {
            if !is_kind(text) || !text.starts_with(&format!("{room}.")) {
                offences.push(format!("{}: {text} is no kind of {room}", source.path));
            }
            if let Some(other) = kinds.insert(text.clone(), source.path.clone()) {
                offences.push(format!("{text} stands in {other} and in {}", source.path));
            }
        }
    }
    assert!(kinds.len() > 20, "{kinds:?}");
    none(offences);
}

#[test]
fn the_timeline_has_words_for_every_kind() {
    let all = sources("src");
    let in_files = |end: &str| -> BTreeSet<String> {
        let files = all.iter().filter(|source| source.path.ends_with(end));
        files
            .flat_map(|source| source.strings.iter().filter(|text| is_kind(text)).cloned())
            .collect()
    };
    let (sworn, worded) = (in_files("/facts.rs"), in_files("journey/words.rs"));
    // A journey's timeline shows what happened in its own case: subjects, products and staff have theirs.
    let mut offences: Vec<String> = worded
        .iter()
        .filter(|kind| !sworn.contains(*kind) && !kind.starts_with("ledger."))
        .map(|kind| format!("{kind} has words but nobody swears to it"))
        .collect();
    let own = sworn
        .iter()
        .filter(|kind| kind.starts_with("journey.") || kind.starts_with("disclosure."));
    offences.extend(
        own.filter(|kind| !worded.contains(*kind))
            .map(|kind| format!("{kind} has no words")),
    );
    none(offences);
}

#[test]
fn events_tell_of_facts_that_somebody_swears_to() {
    let all = sources("src");
    let kinds = |end: &str| -> BTreeSet<String> {
        let files = all.iter().filter(|source| source.path.ends_with(end));
        let words = files.flat_map(|source| source.strings.iter());
        words.filter(|text| is_kind(text)).cloned().collect()
    };
    let (sworn, told) = (kinds("/facts.rs"), kinds("webhook/model.rs"));
    assert!(told.len() > 5, "{told:?}");
    none(told.difference(&sworn).cloned().collect());
}

/// Names that the wire types of one source give their schemas.
fn schema_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in text.split("ToSchema)]").skip(1) {
        let head = piece.split(['{', ';']).next().unwrap_or_default();
        let given = head.split_once("schema(as = ").map(|(_, rest)| rest);
        let declared = ["struct ", "enum "].map(|word| head.split_once(word));
        let declared = declared.into_iter().flatten().map(|(_, rest)| rest).next();
        let name = given.or(declared).unwrap_or_default();
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
        names.push(name[..end.unwrap_or(name.len())].to_owned());
    }
    names
}

#[test]
fn schemas_of_the_api_have_names_of_their_own() {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut offences = Vec::new();
    for source in sources("src") {
        for name in schema_names(&source.text) {
            if let Some(other) = names.insert(name.clone(), source.path.clone()) {
                offences.push(format!("schema {name}: {other} and {}", source.path));
            }
        }
    }
    assert!(names.len() > 50, "{names:?}");
    none(offences);
}

/// Files whose routes are no part of the described API: pages, and the description itself.
const UNDESCRIBED: &[&str] = &["src/app/openapi.rs", "src/app/pages.rs"];

#[test]
fn every_route_is_described() {
    let all = sources("src");
    let offences = all.iter().filter(|source| {
        source.code.contains(".route(") && !UNDESCRIBED.contains(&source.path.as_str())
    });
    none(
        offences
            .map(|source| format!("{}: use routes!(…), see decision 0010", source.path))
            .collect(),
    );
}

/// Everything a person could search for an identifier in.
fn searched(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
        );
        if path.is_dir() && !["node_modules", "dist", "target"].contains(&name.as_str()) {
            searched(&path, text);
        } else if [".rs", ".ts", ".vue", ".json"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            text.push_str(&fs::read_to_string(path).expect("a source file"));
            text.push('\n');
        }
    }
}

#[test]
fn the_glossary_names_what_exists() {
    let root = crate_root().join("../..");
    let mut text = String::new();
    for folder in ["crates", "web/src"] {
        searched(&root.join(folder), &mut text);
    }
    let words: BTreeSet<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let glossary = fs::read_to_string(root.join("docs/glossary.md")).expect("the glossary");
    let mut identifiers = BTreeSet::new();
    for row in glossary.lines().filter(|line| line.starts_with('|')) {
        let cell = row.split('|').nth(2).unwrap_or_default();
        identifiers.extend(ticked(cell));
    }
    assert!(identifiers.len() > 40, "{identifiers:?}");
    let mut offences = Vec::new();
    for identifier in identifiers {
        let parts = identifier
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|part| !part.is_empty());
        let unknown: Vec<&str> = parts.filter(|part| !words.contains(part)).collect();
        if !unknown.is_empty() {
            offences.push(format!(
                "docs/glossary.md: `{identifier}` ({unknown:?} is nowhere)"
            ));
        }
    }
    none(offences);
}
