//! `cargo dev test`: every check, cheap ones first.

use crate::command::Call;
use crate::postgres::{Cluster, Durability};
use crate::soak::{self, Measure};
use crate::steps::{Note, Report, Result};
use crate::tools::{self, Need};
use crate::tree::Tree;
use crate::{browser, font, models, schemathesis, signatures, web};
use clap::ValueEnum;

/// Options of `cargo dev test`.
#[derive(clap::Args)]
pub struct Options {
    /// Run only these steps (may be given more than once)
    #[arg(long, value_name = "STEP")]
    only: Vec<Check>,
}

/// A check, in the order of running.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Source layout
    Fmt,
    /// Licences, banned crates and sources of dependencies
    Licences,
    /// The web package's types
    WebTypes,
    /// The web package's lint
    WebLint,
    /// The web package's unit tests
    WebUnit,
    /// The web pages build
    WebPages,
    /// Rust lint
    Clippy,
    /// All Rust tests, on SQLite
    Tests,
    /// The web's types against the server's description of its API
    WebSchema,
    /// Signed PDF files before independent readers
    Signatures,
    /// Examples in the documentation
    Docs,
    /// The server's tests once more, on PostgreSQL
    Postgres,
    /// The real program in a browser
    Browser,
    /// The real program's API, by properties
    Schemathesis,
    /// A tenth of the soak
    Soak,
}

/// After a group with a failure the later groups are not begun.
const GROUPS: [&[Check]; 4] = [
    &[
        Check::Fmt,
        Check::Licences,
        Check::WebTypes,
        Check::WebLint,
        Check::WebUnit,
        Check::WebPages,
    ],
    &[Check::Clippy],
    &[
        Check::Tests,
        Check::WebSchema,
        Check::Signatures,
        Check::Docs,
        Check::Postgres,
        Check::Browser,
        Check::Schemathesis,
    ],
    &[Check::Soak],
];

impl Check {
    fn name(self) -> &'static str {
        match self {
            Check::Fmt => "fmt",
            Check::Licences => "licences",
            Check::WebTypes => "web-types",
            Check::WebLint => "web-lint",
            Check::WebUnit => "web-unit",
            Check::WebPages => "web-pages",
            Check::Clippy => "clippy",
            Check::Tests => "tests",
            Check::WebSchema => "web-schema",
            Check::Signatures => "signatures",
            Check::Docs => "docs",
            Check::Postgres => "postgres",
            Check::Browser => "browser",
            Check::Schemathesis => "schemathesis",
            Check::Soak => "soak",
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Check::Fmt | Check::Clippy | Check::Docs => &[],
            Check::Licences => &[Need::Pip],
            Check::WebTypes
            | Check::WebLint
            | Check::WebUnit
            | Check::WebPages
            | Check::WebSchema => &[Need::Node],
            Check::Tests => &[
                Need::Node,
                Need::Pip,
                Need::Poppler,
                Need::Openssl,
                Need::Softhsm,
                Need::Sshd,
                Need::Ffmpeg,
                Need::Espeak,
            ],
            Check::Signatures => &[Need::Venv, Need::Poppler, Need::Nss, Need::Openssl],
            Check::Postgres => &[
                Need::Node,
                Need::Pip,
                Need::Poppler,
                Need::Postgres,
                Need::Openssl,
                Need::Softhsm,
                Need::Sshd,
            ],
            Check::Browser => &[
                Need::Node,
                Need::Chromium,
                Need::CjkFont,
                Need::Ffmpeg,
                Need::Espeak,
                Need::Turn,
            ],
            Check::Schemathesis => &[Need::Node, Need::Pip, Need::Venv],
            Check::Soak => &[Need::Pip, Need::Cxx],
        }
    }

    fn uses_pages(self) -> bool {
        matches!(
            self,
            Check::Tests | Check::Postgres | Check::Browser | Check::Schemathesis
        )
    }

    fn builds(self) -> bool {
        self.uses_pages()
            || matches!(
                self,
                Check::Clippy | Check::WebSchema | Check::Docs | Check::Soak
            )
    }

    fn run(self, tree: &Tree) -> Result<Note> {
        match self {
            Check::Fmt => fmt(tree),
            Check::Licences => licences(tree),
            Check::WebTypes => web::script(tree, "check").map(|_| "no type errors".into()),
            Check::WebLint => web::script(tree, "lint").map(|_| "no warnings".into()),
            Check::WebUnit => web_unit(tree),
            Check::WebPages => web::built(tree),
            Check::Clippy => clippy(tree),
            Check::Tests => tests(tree),
            Check::WebSchema => web::schema(tree, web::Schema::Compare),
            Check::Signatures => signatures::run(tree),
            Check::Docs => docs(tree),
            Check::Postgres => postgres(tree),
            Check::Browser => browser::run(tree),
            Check::Schemathesis => schemathesis::run(tree),
            Check::Soak => soak::within(tree, Measure::Tenth),
        }
    }
}

/// Runs the chosen checks and prints the table.
pub fn run(tree: &Tree, options: &Options) -> Result<()> {
    let chosen = |check: Check| {
        options.only.is_empty()
            || options.only.contains(&check)
            || check == Check::WebPages && options.only.iter().any(|other| other.uses_pages())
    };
    let checks: Vec<Check> = GROUPS
        .concat()
        .into_iter()
        .filter(|check| chosen(*check))
        .collect();
    let needs: Vec<Need> = checks
        .iter()
        .flat_map(|check| check.needs())
        .copied()
        .collect();
    let mut report = Report::default();
    report.step("programs", || tools::ensure(tree, &needs).map(Note::from));
    if report.clean() && needs.contains(&Need::Node) {
        report.step("web-packages", || web::packages(tree));
    }
    if report.clean() && checks.iter().any(|check| check.builds()) {
        report.step("font", || font::ready(tree));
    }
    if report.clean() && checks.contains(&Check::Tests) {
        report.step("models", || models::with_fixtures(tree));
    }
    for group in GROUPS {
        let go_on = report.clean();
        for check in group.iter().filter(|check| checks.contains(check)) {
            match go_on {
                true => report.step(check.name(), || check.run(tree)),
                false => report.skip(check.name()),
            }
        }
    }
    report.close()
}

fn fmt(tree: &Tree) -> Result<Note> {
    Call::cargo(tree)
        .args(["fmt", "--all", "--check"])
        .watched(tree, "fmt")?;
    Ok("as rustfmt lays it out".into())
}

fn licences(tree: &Tree) -> Result<Note> {
    let program = tools::cargo_tool(tree, "cargo-deny")?;
    Call::new(program)
        .args(["--locked", "check", "licenses", "bans", "sources"])
        .dir(&tree.root)
        .watched(tree, "licences")?;
    Ok("licences, bans and sources are as deny.toml allows".into())
}

fn web_unit(tree: &Tree) -> Result<Note> {
    let lines = web::script(tree, "test")?;
    let is_closing = |line: &String| {
        ["Test Files ", "Tests "]
            .iter()
            .any(|word| line.trim().starts_with(word))
    };
    Ok(Note {
        line: "vitest".into(),
        closing: lines.into_iter().filter(is_closing).collect(),
    })
}

fn clippy(tree: &Tree) -> Result<Note> {
    Call::cargo(tree)
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .watched(tree, "clippy")?;
    Ok("no warnings".into())
}

/// cargo-nextest over the workspace, so that features are those of the plain tests.
pub fn nextest(tree: &Tree) -> Result<Call> {
    Ok(Call::new(tools::nextest(tree)?)
        .dir(&tree.root)
        .env("CARGO_TARGET_DIR", &tree.target)
        // The same cases every time; new ones are looked for by fuzzing and by hand.
        .env("PROPTEST_RNG_SEED", "20261121")
        .args([
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--failure-output",
            "final",
        ]))
}

/// The runner's own closing line.
pub fn nextest_closing(lines: Vec<String>) -> Vec<String> {
    lines
        .into_iter()
        .filter(|line| line.trim().starts_with("Summary ["))
        .collect()
}

fn tests(tree: &Tree) -> Result<Note> {
    // Named, so that the tests over real models fail where these are missing.
    let lines = nextest(tree)?
        .env("XIAOBAO_MODELS", models::folder())
        .watched(tree, "tests")?;
    Ok(Note {
        line: "all Rust tests, server on SQLite".into(),
        closing: nextest_closing(lines),
    })
}

fn docs(tree: &Tree) -> Result<Note> {
    let lines = Call::cargo(tree)
        .args(["test", "--workspace", "--locked", "--doc"])
        .watched(tree, "docs")?;
    // A crate without examples closes with 'ok. 0 passed', which says nothing.
    let is_closing =
        |line: &String| line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed");
    Ok(Note {
        line: "examples in documentation".into(),
        closing: lines.into_iter().filter(is_closing).collect(),
    })
}

fn postgres(tree: &Tree) -> Result<Note> {
    let cluster = Cluster::start(tree, Durability::Off)?;
    let lines = nextest(tree)?
        .args(["-E", "binary_id(xiaobao::it)"])
        .env("XIAOBAO_TEST_POSTGRES", cluster.url())
        .watched(tree, "postgres")?;
    Ok(Note {
        line: "the server's tests on PostgreSQL".into(),
        closing: nextest_closing(lines),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_in_one_group() {
        let listed = GROUPS.concat();
        for check in Check::value_variants() {
            assert_eq!(
                listed.iter().filter(|other| *other == check).count(),
                1,
                "{}",
                check.name()
            );
        }
    }

    #[test]
    fn names_are_what_a_person_types() {
        for check in Check::value_variants() {
            let typed = check
                .to_possible_value()
                .map(|value| value.get_name().to_owned());
            assert_eq!(typed.as_deref(), Some(check.name()));
        }
    }
}
