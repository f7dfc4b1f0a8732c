//! Property tests of the API: Schemathesis reads the server's own description and asks every operation what it says it
//! takes and what it does not, as each kind of caller. The same questions every time, and an end in sight.

use crate::command::Call;
use crate::demo::Demo;
use crate::steps::{Failure, Note, Result};
use crate::tools;
use crate::tree::Tree;

/// The tool, and what decides which questions it asks.
const PACKAGES: [&str; 4] = [
    "schemathesis==4.32.5",
    "hypothesis==6.170.15",
    "jsonschema_rs==0.60.3",
    "requests==2.34.2",
];

const ENTER: &str = include_str!("../schemathesis/enter.py");

/// Staff with most rights, the demo's outbox among them.
const ACCOUNT: &str = "luoyifan";

const SEED: &str = "20261122";
/// Questions for one operation in one phase at the most.
const EXAMPLES_MAX: &str = "15";
/// Seconds for one caller; nothing that ends well comes near it.
const SECONDS_MAX: &str = "420";

/// What must hold for every answer.
const CHECKS: [&str; 9] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "unsupported_method",
    "allow_header_conformance",
];

/// Limits that a thousand questions from one address would meet, set out of the way.
const SETTINGS: [(&str, &str); 3] = [
    ("XIAOBAO__SERVER__STRANGERS_PER_MINUTE_MAX", "1000000"),
    ("XIAOBAO__SERVER__READERS_PER_MINUTE_MAX", "1000000"),
    ("XIAOBAO__ACCESS__CODE_WAIT_SECONDS", "1"),
];

/// Which operations a caller asks: everything for those who are nobody.
fn paths(caller: &str) -> &'static str {
    match caller {
        "partner" => "^/v1/",
        "borrower" => "^/api/h5/",
        "staff" => "^/api/console/",
        _ => "^/",
    }
}

/// Operations that end the caller's own session, which all later questions need.
const LAST_ONES: &str = "^(delete_api_console_session|post_api_h5_leave)$";

/// Starts the demo server that the tests have built, and asks as nobody, partner, borrower and staff.
pub fn run(tree: &Tree) -> Result<Note> {
    let python = tools::venv(tree, "schemathesis", &PACKAGES).map_err(|failure| {
        Failure::new(failure.to_string())
            .fix("pip download schemathesis==4.32.5 (is PyPI reachable?)")
    })?;
    // The same build as the tests' own, so after them nothing is left to do.
    Call::cargo(tree)
        .args(["test", "--workspace", "--locked", "--no-run"])
        .watched(tree, "schemathesis-build")?;
    let demo = Demo::start(tree, "schemathesis", &SETTINGS, None)?;
    let entered = Call::new(&python)
        .args(["-c", ENTER, &demo.said, ACCOUNT])
        .dir(demo.folder())
        .text()?;
    let mut closing = Vec::new();
    for line in ["nobody"].into_iter().chain(entered.lines()) {
        let mut parts = line.split('\t');
        let caller = parts.next().unwrap_or_default();
        let headers: Vec<&str> = parts.collect();
        let lines = ask(tree, &python, &demo, caller, &headers)?;
        closing.extend(summary(caller, &lines));
    }
    Ok(Note {
        line: "every operation, as nobody, partner, borrower and staff".into(),
        closing,
    })
}

fn ask(
    tree: &Tree,
    python: &std::path::Path,
    demo: &Demo,
    caller: &str,
    headers: &[&str],
) -> Result<Vec<String>> {
    // One worker: Python 3.11 trips over itself when two threads read source at once (python/cpython#106905).
    let call = Call::new("timeout")
        .arg(SECONDS_MAX)
        .arg(python.with_file_name("schemathesis"))
        .args(["run", &format!("{}/openapi.json", demo.url())])
        .args(["--include-path-regex", paths(caller)])
        .args(["--exclude-operation-id-regex", LAST_ONES])
        .args(["--checks", &CHECKS.join(",")])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", EXAMPLES_MAX, "--seed", SEED])
        .args(["--generation-database", "none"])
        .args(["--generation-with-security-parameters", "false"])
        .args(["--request-timeout", "20", "--workers", "1", "--no-color"])
        .args(["--continue-on-failure", "--suppress-health-check", "all"])
        .dir(demo.folder());
    let call = headers
        .iter()
        .fold(call, |call, header| call.args(["--header", header]));
    call.watched(tree, &format!("schemathesis-{caller}"))
}

/// The tool's own closing words.
fn summary(caller: &str, lines: &[String]) -> Option<String> {
    let cases = lines.iter().find(|line| line.contains(" generated, "));
    cases.map(|line| format!("  {caller}: {}", line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_asks_its_own_part() {
        assert_eq!(paths("staff"), "^/api/console/");
        assert_eq!(paths("nobody"), "^/");
        let lines = ["x".to_owned(), "  812 generated, 812 passed".to_owned()];
        let said = summary("staff", &lines);
        assert_eq!(said.as_deref(), Some("  staff: 812 generated, 812 passed"));
    }
}
