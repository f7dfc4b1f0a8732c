//! Runs other programs: quietly, with a log, and with signs of life while they work.

use crate::steps::{Failure, Result, While};
use crate::tree::Tree;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Lines of a failed program's output that are shown.
const TAIL: usize = 80;

/// A program with its arguments, and the words to show for it.
pub struct Call {
    command: Command,
    words: Vec<String>,
    dir: Option<PathBuf>,
}

impl Call {
    /// Calls `program`; variables that `cargo run` set for this process are not passed on.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(&program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name.as_ref());
            }
        }
        command
            .env("CARGO_TERM_COLOR", "never")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        Self {
            command,
            words: vec![program.as_ref().to_string_lossy().into_owned()],
            dir: None,
        }
    }

    /// Calls cargo.
    pub fn cargo(tree: &Tree) -> Self {
        Self::new("cargo")
            .dir(&tree.root)
            .env("CARGO_TARGET_DIR", &tree.target)
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.words.push(arg.as_ref().to_string_lossy().into_owned());
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, |call, arg| call.arg(arg))
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the working folder.
    pub fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self.dir = Some(dir.to_path_buf());
        self
    }

    /// The call as it would be typed.
    pub fn line(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        words.join(" ")
    }

    /// The call as it would be typed in the repository.
    fn line_from(&self, tree: &Tree) -> String {
        match self.dir.as_ref().filter(|dir| **dir != tree.root) {
            Some(dir) => format!("(cd {} && {})", quoted(&tree.short(dir)), self.line()),
            None => self.line(),
        }
    }

    /// Hands over the bare command, for a caller that keeps or becomes the process.
    pub fn bare(self) -> Command {
        self.command
    }

    /// Whether the program can be run and says yes. For questions only.
    pub fn holds(mut self) -> bool {
        self.command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Runs to the end and gives what the program printed.
    pub fn text(mut self) -> Result<String> {
        let line = self.line();
        let output = self.command.output().could_not(format!("run `{line}`"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!(
                "`{line}` {}\n{}",
                ending(output.status),
                said.trim()
            ))
            .fix(line));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs to the end with signs of life, keeps the whole output as `name`.log, and gives its
    /// lines. On failure the last lines are printed.
    pub fn watched(mut self, tree: &Tree, name: &str) -> Result<Vec<String>> {
        let line = self.line_from(tree);
        std::fs::create_dir_all(tree.logs()).could_not("make the log folder")?;
        let path = tree.logs().join(format!("{name}.log"));
        let mut log = File::create(&path).could_not(format!("write {}", path.display()))?;
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .could_not(format!("run `{line}`"))?;
        let lines = collect(&mut child, &mut log, name)?;
        let status = child.wait().could_not(format!("wait for `{line}`"))?;
        if status.success() {
            return Ok(lines);
        }
        println!("… the last lines of {}:", tree.short(&path));
        for text in &lines[lines.len().saturating_sub(TAIL)..] {
            println!("  {text}");
        }
        Err(Failure::new(format!("{name}: the program {}", ending(status))).fix(line))
    }
}

fn quoted(word: &str) -> String {
    match word
        .chars()
        .any(|c| c.is_whitespace() || "()&|;'\"".contains(c))
    {
        true => format!("'{word}'"),
        false => word.to_owned(),
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was stopped by a signal".into(),
    }
}

/// Reads both streams of the child until they close.
fn collect(child: &mut Child, log: &mut File, name: &str) -> Result<Vec<String>> {
    let (send, receive) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child
            .stdout
            .take()
            .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child
            .stderr
            .take()
            .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for stream in streams.into_iter().flatten() {
        let send = send.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream)
                .split(b'\n')
                .map_while(std::result::Result::ok)
            {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                if send.send(text).is_err() {
                    break;
                }
            }
        });
    }
    drop(send);
    let mut life = Life::new(name);
    let mut lines: Vec<String> = Vec::new();
    loop {
        match receive.recv_timeout(Duration::from_millis(500)) {
            Ok(line) => {
                writeln!(log, "{line}").could_not("write the log")?;
                lines.push(line);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        life.beat(lines.last().map_or("", String::as_str));
    }
    life.end();
    Ok(lines)
}

/// Signs of life: a line rewritten on a terminal, a line a minute elsewhere.
struct Life<'a> {
    name: &'a str,
    started: Instant,
    last: Instant,
    terminal: bool,
}

impl<'a> Life<'a> {
    fn new(name: &'a str) -> Self {
        let now = Instant::now();
        Self {
            name,
            started: now,
            last: now,
            terminal: std::io::stdout().is_terminal(),
        }
    }

    fn beat(&mut self, latest: &str) {
        let pause = if self.terminal {
            Duration::from_millis(250)
        } else {
            Duration::from_secs(60)
        };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let seconds = self.started.elapsed().as_secs();
        let latest: String = latest.trim().chars().take(48).collect();
        if self.terminal {
            print!("\r\x1b[2K… {:<18} {seconds:>7} s  {latest}", self.name);
            // A terminal that cannot be flushed only loses a sign of life.
            let _ = std::io::stdout().flush();
        } else {
            println!("… {:<18} {seconds:>7} s  {latest}", self.name);
        }
    }

    fn end(&self) {
        if self.terminal {
            print!("\r\x1b[2K");
            let _ = std::io::stdout().flush();
        }
    }
}
