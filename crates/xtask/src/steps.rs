//! Steps: one calm line each with the seconds it took, and a table at the end.

use std::fmt;
use std::time::Instant;

/// Why a step ended badly, and the command that mends or repeats it.
#[derive(Debug)]
pub struct Failure {
    what: String,
    fix: Option<String>,
}

impl Failure {
    /// A failure in words.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            fix: None,
        }
    }

    /// Adds the command a person can type.
    pub fn fix(mut self, command: impl Into<String>) -> Self {
        self.fix = Some(command.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.what)?;
        match &self.fix {
            Some(command) => write!(out, "\n  try: {command}"),
            None => Ok(()),
        }
    }
}

/// What a step gives or why it failed.
pub type Result<T> = std::result::Result<T, Failure>;

/// Turns an error of the system into a failure that says what was being done.
pub trait While<T> {
    /// `doing` reads on from 'could not'.
    fn could_not(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> While<T> for std::result::Result<T, E> {
    fn could_not(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|cause| Failure::new(format!("could not {doing}: {cause}")))
    }
}

/// What a step has to say for itself when it went well.
pub struct Note {
    /// Shown on the step's own line.
    pub line: String,
    /// The runner's closing lines, printed as the runner wrote them.
    pub closing: Vec<String>,
}

impl From<&str> for Note {
    fn from(line: &str) -> Self {
        Self {
            line: line.into(),
            closing: Vec::new(),
        }
    }
}

impl From<String> for Note {
    fn from(line: String) -> Self {
        Self {
            line,
            closing: Vec::new(),
        }
    }
}

/// Runs one step and prints its line.
pub fn step(name: &str, work: impl FnOnce() -> Result<Note>) -> Result<f64> {
    let started = Instant::now();
    let outcome = work();
    let seconds = started.elapsed().as_secs_f64();
    match outcome {
        Ok(note) => {
            println!("✓ {name:<18} {seconds:>7.1} s  {}", note.line);
            for line in note.closing {
                println!("{line}");
            }
            Ok(seconds)
        }
        Err(failure) => {
            println!("✗ {name:<18} {seconds:>7.1} s");
            Err(failure)
        }
    }
}

/// How a step of a list ended.
enum Ending {
    Passed,
    Failed,
    NotRun,
}

/// A list of steps with their endings, printed as a table.
#[derive(Default)]
pub struct Report {
    rows: Vec<(String, f64, Ending)>,
}

impl Report {
    /// Runs a step and keeps how it ended.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Note>) {
        let started = Instant::now();
        match step(name, work) {
            Ok(seconds) => self.rows.push((name.into(), seconds, Ending::Passed)),
            Err(failure) => {
                eprintln!("{failure}");
                self.rows
                    .push((name.into(), started.elapsed().as_secs_f64(), Ending::Failed));
            }
        }
    }

    /// Keeps a step that was not begun because an earlier one failed.
    pub fn skip(&mut self, name: &str) {
        self.rows.push((name.into(), 0.0, Ending::NotRun));
    }

    /// Whether no step failed so far.
    pub fn clean(&self) -> bool {
        !self
            .rows
            .iter()
            .any(|(_, _, ending)| matches!(ending, Ending::Failed))
    }

    /// Prints the table; names the failed steps, if any.
    pub fn close(self) -> Result<()> {
        println!("\n{:<18} {:>9}  result", "step", "seconds");
        for (name, seconds, ending) in &self.rows {
            let word = match ending {
                Ending::Passed => "passed",
                Ending::Failed => "FAILED",
                Ending::NotRun => "not run",
            };
            println!("{name:<18} {seconds:>9.1}  {word}");
        }
        let total: f64 = self.rows.iter().map(|(_, seconds, _)| seconds).sum();
        let count =
            |wanted: fn(&Ending) -> bool| self.rows.iter().filter(|(_, _, e)| wanted(e)).count();
        println!("{:<18} {total:>9.1}", "all");
        println!(
            "steps: {} passed, {} failed, {} skipped",
            count(|e| matches!(e, Ending::Passed)),
            count(|e| matches!(e, Ending::Failed)),
            count(|e| matches!(e, Ending::NotRun)),
        );
        let failed: Vec<_> = self
            .rows
            .iter()
            .filter(|(_, _, e)| matches!(e, Ending::Failed))
            .map(|(name, _, _)| name.as_str())
            .collect();
        match failed.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(format!("failed: {}", failed.join(", ")))),
        }
    }
}
