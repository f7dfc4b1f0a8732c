//! The browser run: the real program on a fresh data folder, driven as a person would.

use crate::command::Call;
use crate::postgres::free_port;
use crate::steps::{Failure, Note, Result, While};
use crate::tools;
use crate::tree::Tree;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Reading times short enough to wait for and long enough to be too early; a second code soon after the first.
const SHORT: [(&str, &str); 3] = [
    ("XIAOBAO__DEMO__READING_SECONDS_STANDARD", "3"),
    ("XIAOBAO__DEMO__READING_SECONDS_ELDER", "4"),
    ("XIAOBAO__ACCESS__CODE_WAIT_SECONDS", "1"),
];

/// Prints the server's address, the borrower's link and the staff accounts (as JSON), a line each.
const PICK: &str = "const d = JSON.parse(process.argv[1]);
console.log(d.url); console.log(d.links[0].url); console.log(JSON.stringify(d.accounts));";

/// Builds the program the way the tests do, starts it, and runs the browser tests against it.
pub fn run(tree: &Tree) -> Result<Note> {
    // The same build as the tests' own, so after them nothing is left to do.
    Call::cargo(tree)
        .args(["test", "--workspace", "--locked", "--no-run"])
        .watched(tree, "browser-build")?;
    let demo = Demo::start(tree)?;
    let picked = Call::new("node")
        .args(["-e", PICK, "--"])
        .arg(&demo.said)
        .text()?;
    let mut words = picked.lines();
    let (Some(url), Some(link), Some(staff)) = (words.next(), words.next(), words.next()) else {
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
        .env("XIAOBAO_LINK", link)
        .env("XIAOBAO_STAFF", staff)
        .env("XIAOBAO_DEMO", &demo.said)
        .env("XIAOBAO_CHROMIUM", browser)
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

/// The demo server and its data; both end with the value.
struct Demo {
    server: Child,
    data: PathBuf,
    /// The one JSON line the server prints when it is ready.
    said: String,
}

impl Demo {
    fn start(tree: &Tree) -> Result<Self> {
        let data = std::env::temp_dir().join(format!("xiaobao-browser-{}", std::process::id()));
        let log = tree.logs().join("browser-server.log");
        let log = std::fs::File::create(&log).could_not(format!("write {}", log.display()))?;
        // The signal ends the server even when this process is killed.
        let call = Call::new("setpriv")
            .args(["--pdeathsig=TERM", "--"])
            .arg(tree.built("debug", "xiaobao"))
            .args(["serve", "--demo", "--print", "json", "--data"])
            .arg(&data)
            .arg("--port")
            .arg(free_port()?.to_string())
            .dir(&tree.root);
        let call = SHORT
            .iter()
            .fold(call, |call, (name, value)| call.env(name, value));
        let mut server = call
            .bare()
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .could_not("start the server")?;
        let output = server.stdout.take();
        let mut demo = Self {
            server,
            data,
            said: String::new(),
        };
        demo.said = output.and_then(first_json_line).ok_or_else(|| {
            Failure::new("the server printed no JSON line within 120 seconds").fix(format!(
                "tail {}",
                tree.short(&tree.logs().join("browser-server.log"))
            ))
        })?;
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// The first line that is a JSON object; what follows it is read and dropped, lest the pipe fill.
fn first_json_line(output: ChildStdout) -> Option<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output)
            .lines()
            .map_while(std::result::Result::ok)
        {
            if line.starts_with('{') {
                // Nobody listens any more after the first.
                let _ = send.send(line);
            }
        }
    });
    receive.recv_timeout(Duration::from_secs(120)).ok()
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
