//! `cargo dev soak`: long fuzzing, kills and load; `cargo dev test` runs a tenth of it.

use crate::checks;
use crate::command::Call;
use crate::font;
use crate::steps::{Failure, Note, Report, Result};
use crate::tools::{self, Need};
use crate::tree::{Tree, crate_folders};
use std::path::PathBuf;

/// Options of `cargo dev soak`.
#[derive(clap::Args)]
pub struct Options {
    /// How much of the soak to run
    #[arg(long, value_enum, default_value_t = Measure::Whole)]
    measure: Measure,
}

/// How much of the soak to run.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Measure {
    /// All of it
    Whole,
    /// The share that every test run holds
    Tenth,
}

impl Measure {
    fn of(self, whole: u32) -> u32 {
        match self {
            Measure::Whole => whole,
            Measure::Tenth => whole.div_ceil(10),
        }
    }
}

/// Seconds for one fuzz target in a whole soak.
const FUZZ_SECONDS: u32 = 200;
/// Seeds of the simulation in a whole soak.
const SIMULATION_SEEDS: u32 = 200;
/// Journeys from the lender's request to the money in a whole soak.
const SIMULATION_JOURNEYS: u32 = 1_000;
/// Times that a recording under way is disturbed, by a kill at least every other time, in a whole soak.
const RECORDING_ROUNDS: u32 = 1_000;

type Part = (&'static str, fn(&Tree, Measure) -> Result<String>);

/// What a soak holds, in order.
const PARTS: [Part; 2] = [("fuzz", fuzz), ("simulation", simulation)];

/// Runs every part and prints the table.
pub fn run(tree: &Tree, options: &Options) -> Result<()> {
    let mut report = Report::default();
    report.step("programs", || {
        tools::ensure(tree, &[Need::Pip, Need::Cxx]).map(Note::from)
    });
    report.step("font", || font::ready(tree));
    for (name, part) in PARTS {
        match report.clean() {
            true => report.step(name, || part(tree, options.measure).map(Note::from)),
            false => report.skip(name),
        }
    }
    report.close()
}

/// Runs every part as one step of something larger.
pub fn within(tree: &Tree, measure: Measure) -> Result<Note> {
    let notes: Result<Vec<String>> = PARTS.iter().map(|(_, part)| part(tree, measure)).collect();
    Ok(notes?.join("; ").into())
}

/// Runs every target of every `crates/*/fuzz`.
/// Without the address sanitizer: the crates forbid unsafe code, and inputs go twice as fast.
fn fuzz(tree: &Tree, measure: Measure) -> Result<String> {
    let seconds = measure.of(FUZZ_SECONDS);
    let mut run = 0;
    let folders = crate_folders(tree, "fuzz").into_iter();
    for folder in folders.filter(|folder| folder.join("Cargo.toml").is_file()) {
        for target in targets(tree, &folder)? {
            let limit = [
                format!("-max_total_time={seconds}"),
                "-timeout=20".into(),
                "-rss_limit_mb=4096".into(),
            ];
            fuzzer(tree, "run", &folder)?
                .args(["--sanitizer", "none", "--target-dir"])
                .arg(tree.target.join("fuzz"))
                .arg(&target)
                .arg("--")
                .args(limit)
                .watched(tree, &format!("fuzz-{target}"))?;
            run += 1;
        }
    }
    if run == 0 {
        return Err(Failure::new("no fuzz target was found below crates/*/fuzz"));
    }
    Ok(format!("{run} fuzz targets, {seconds} s each"))
}

fn targets(tree: &Tree, folder: &PathBuf) -> Result<Vec<String>> {
    let list = fuzzer(tree, "list", folder)?.text()?;
    Ok(list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

/// The stable compiler takes the sanitizer's flags when told that it may.
fn fuzzer(tree: &Tree, verb: &str, folder: &PathBuf) -> Result<Call> {
    Ok(Call::new(tools::cargo_tool(tree, "cargo-fuzz")?)
        .dir(&tree.root)
        .env("RUSTC_BOOTSTRAP", "1")
        .args([verb, "--fuzz-dir"])
        .arg(folder))
}

/// Journeys with crashes and retries under many seeds.
fn simulation(tree: &Tree, measure: Measure) -> Result<String> {
    let seeds = measure.of(SIMULATION_SEEDS);
    let journeys = measure.of(SIMULATION_JOURNEYS);
    let rounds = measure.of(RECORDING_ROUNDS);
    let lines = checks::nextest(tree)?
        .args(["-E", "binary_id(xiaobao::it) & test(simulation)"])
        .env("XIAOBAO_SIM_SEEDS", seeds.to_string())
        .env("XIAOBAO_SIM_JOURNEYS", journeys.to_string())
        .env("XIAOBAO_RECORDING_ROUNDS", rounds.to_string())
        .watched(tree, "simulation")?;
    let closing = checks::nextest_closing(lines).join(" ");
    Ok(format!(
        "{seeds} seeds, {journeys} journeys to the money, {rounds} disturbed recordings,{}",
        closing.split(']').next_back().unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::Measure;

    #[test]
    fn a_tenth_is_never_nothing() {
        assert_eq!(Measure::Tenth.of(200), 20);
        assert_eq!(Measure::Tenth.of(1), 1);
        assert_eq!(Measure::Whole.of(7), 7);
    }
}
