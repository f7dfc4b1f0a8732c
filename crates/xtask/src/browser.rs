//! The browser run: the real program on a fresh data folder, driven as a person would.

use crate::command::Call;
use crate::demo::Demo;
use crate::relay::Relay;
use crate::steps::{Failure, Note, Result};
use crate::tools;
use crate::tree::Tree;

/// Reading times short enough to wait for and long enough to be too early; a second code soon after the first. The tests
/// themselves take the lender's part.
const SETTINGS: [(&str, &str); 4] = [
    ("XIAOBAO__DEMO__LENDER", "absent"),
    ("XIAOBAO__DEMO__READING_SECONDS_STANDARD", "3"),
    ("XIAOBAO__DEMO__READING_SECONDS_ELDER", "4"),
    ("XIAOBAO__ACCESS__CODE_WAIT_SECONDS", "1"),
];

/// Prints the server's address and the staff accounts (as JSON), a line each.
const PICK: &str = "const d = JSON.parse(process.argv[1]);
console.log(d.url); console.log(JSON.stringify(d.accounts));";

/// Builds the program the way the tests do, starts it, and runs the browser tests against it.
pub fn run(tree: &Tree) -> Result<Note> {
    // The same build as the tests' own, so after them nothing is left to do.
    Call::cargo(tree)
        .args(["test", "--workspace", "--locked", "--no-run"])
        .watched(tree, "browser-build")?;
    let relay = Relay::start(tree)?;
    let demo = Demo::start(tree, "browser", &SETTINGS, Some(&relay.settings()))?;
    let picked = Call::new("node")
        .args(["-e", PICK, "--"])
        .arg(&demo.said)
        .text()?;
    let mut words = picked.lines();
    let (Some(url), Some(staff)) = (words.next(), words.next()) else {
        return Err(Failure::new(format!(
            "the server's JSON line lacks something: {}",
            demo.said
        )));
    };
    let browser = tools::chromium().ok_or_else(|| Failure::new("no Chromium was found"))?;
    let lines = Call::new("npm")
        .args(["run", "e2e"])
        .dir(&tree.web())
        .env("XIAOBAO_URL", url)
        .env("XIAOBAO_STAFF", staff)
        .env("XIAOBAO_DEMO", &demo.said)
        .env("XIAOBAO_CHROMIUM", browser)
        .env("XIAOBAO_PERCEIVE", tree.built("debug", "perceive"))
        .watched(tree, "browser")?;
    let closing = lines.into_iter().filter(|line| is_closing(line)).collect();
    Ok(Note {
        line: "the real program, in Chromium".into(),
        closing,
    })
}

fn is_closing(line: &str) -> bool {
    let bare = line.trim_start_matches(['#', 'ℹ', ' ']);
    bare.len() < line.len()
        && ["tests ", "pass ", "fail ", "skipped "]
            .iter()
            .any(|word| bare.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::is_closing;

    #[test]
    fn knows_nodes_closing_lines() {
        assert!(is_closing("# pass 4"));
        assert!(is_closing("ℹ fail 0"));
        assert!(!is_closing("pass the salt"));
        assert!(!is_closing("# Subtest: a borrower reads"));
    }
}
