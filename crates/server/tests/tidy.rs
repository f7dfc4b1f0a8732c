//! The house's mechanical rules, held by reading its source. What each rule is for stands in ARCHITECTURE.md.

#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/storage.rs"]
mod storage;
#[path = "tidy/words.rs"]
mod words;

use source::{Source, sources};

/// Lines of one file before its unit tests.
const LINES_MAX: usize = 500;

/// Fails with every offence at once.
#[track_caller]
fn none(offences: Vec<String>) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn no_file_is_longer_than_one_can_hold_in_mind() {
    let all = ["src", "tests"].map(sources);
    let long = all
        .iter()
        .flatten()
        .filter(|source| source.lines_of_code() > LINES_MAX);
    none(
        long.map(|source| format!("{}: {} lines", source.path, source.lines_of_code()))
            .collect(),
    );
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["todo!", "unimplemented!", "dbg!"];
    let notes = ["TODO", "FIXME", "XXX", "HACK"];
    let mut offences = Vec::new();
    for source in sources("src") {
        let marked = marks.iter().filter(|mark| source.code.contains(**mark));
        let noted = notes.iter().filter(|note| source.text.contains(**note));
        offences.extend(
            marked
                .chain(noted)
                .map(|what| format!("{}: {what}", source.path)),
        );
    }
    none(offences);
}

/// What only some files may do, and which.
const RESERVED: &[(&[&str], &[&str])] = &[
    (
        &[
            "SystemTime::now",
            "Instant::now",
            "Timestamp::now",
            "Zoned::now",
            "tokio::time::",
            "thread::sleep",
        ],
        &["src/clock.rs"],
    ),
    (
        &[
            "SysRng",
            "OsRng",
            "thread_rng",
            "rand::rng(",
            "rand::random",
            "getrandom",
            "now_v7",
            "new_v4",
        ],
        &["src/random.rs"],
    ),
    (
        &[
            "tokio::spawn",
            "thread::spawn",
            "thread::Builder",
            "JoinSet",
            "Handle::current",
        ],
        &[
            "src/app/serve.rs",
            "src/jobs/run.rs",
            "src/recording/examine/senses.rs",
            "src/signing/authority/library.rs",
            "src/traces.rs",
        ],
    ),
    (&["std::env::"], &["src/config.rs"]),
];

#[test]
fn clock_chance_waiting_and_tasks_have_one_place_each() {
    let mut offences = Vec::new();
    for source in sources("src") {
        let code = without_tests(&source);
        for (words, files) in RESERVED {
            let used = words.iter().filter(|word| code.contains(**word));
            if !files.contains(&source.path.as_str()) {
                offences.extend(
                    used.map(|word| format!("{}: {word} belongs into {files:?}", source.path)),
                );
            }
        }
    }
    none(offences);
}

/// The code before the unit tests.
fn without_tests(source: &Source) -> &str {
    source.code.split("#[cfg(test)]").next().unwrap_or_default()
}
