//! `cargo dev bench`: figures beside a calibration of the machine and beside the peers, in one run.

use crate::command::Call;
use crate::postgres::{Cluster, Durability};
use crate::steps::{Failure, Note, Report, Result, While};
use crate::tools::{self, Need};
use crate::tree::Tree;
use crate::{flows, font, intake, marks::Figures, marks::number, models};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Options of `cargo dev bench`.
#[derive(clap::Args)]
pub struct Options {
    /// Run only these parts (may be given more than once)
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
}

/// A part of the bench, in the order of running.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Rates, beside pyxirr and numpy-financial
    Rates,
    /// Whole cost sheets
    Sheets,
    /// The peer: a hash chain in PostgreSQL at 1, 16 and 256 clients
    Chain,
    /// Recorded actions on the same PostgreSQL
    Actions,
    /// Sequencing, publishing and proving
    Ledger,
    /// Personal data opened and looked up, on both databases
    Vault,
    /// The cost sheet as PDF
    Pdf,
    /// Loan applications over HTTP on both databases, beside FastAPI on the same PostgreSQL
    Intake,
    /// A hundred whole journeys at once over HTTP, on both databases
    Journeys,
    /// Recordings taken in on one core, on both databases
    Recordings,
    /// Faces, voices and answers, beside dlib on the same pictures
    Senses,
    /// Memory of a server that waits
    Idle,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Rates => "rates",
            Part::Sheets => "sheets",
            Part::Chain => "chain",
            Part::Actions => "actions",
            Part::Ledger => "ledger",
            Part::Vault => "vault",
            Part::Pdf => "pdf",
            Part::Intake => "intake",
            Part::Journeys => "journeys",
            Part::Recordings => "recordings",
            Part::Senses => "senses",
            Part::Idle => "idle",
        }
    }

    fn is_cost(self) -> bool {
        matches!(self, Part::Rates | Part::Sheets)
    }

    fn needs_server(self) -> bool {
        !self.is_cost() && !matches!(self, Part::Chain | Part::Senses)
    }

    fn needs_cluster(self) -> bool {
        matches!(
            self,
            Part::Chain
                | Part::Actions
                | Part::Ledger
                | Part::Vault
                | Part::Intake
                | Part::Journeys
                | Part::Recordings
        )
    }
}

const PYTHON_PEERS: [&str; 3] = ["numpy==2.4.6", "numpy-financial==1.0.0", "pyxirr==0.10.8"];
/// What the peer that takes loan applications is made of.
pub const WEB_PEERS: [&str; 6] = [
    "fastapi==0.165.0",
    "uvicorn==0.54.0",
    "uvloop==0.23.0",
    "httptools==0.9.0",
    "asyncpg==0.32.0",
    "pydantic==2.14.3",
];
const CHAIN_CLIENTS: [u32; 3] = [1, 16, 256];
const ACTION_CLIENTS: [u32; 2] = [16, 256];
pub const ROUNDS: u32 = 3;
/// Seconds of one measurement.
pub const ROUND_SECONDS: u32 = 5;

/// Measures the chosen parts and prints the table.
pub fn run(tree: &Tree, options: &Options) -> Result<()> {
    let chosen = |part: &Part| options.only.is_empty() || options.only.contains(part);
    let parts: Vec<Part> = Part::value_variants()
        .iter()
        .copied()
        .filter(chosen)
        .collect();
    let mut needs = vec![Need::Pip, Need::Venv];
    if parts.contains(&Part::Senses) {
        needs.extend([Need::Node, Need::Ffmpeg]);
    }
    if parts.iter().any(|part| part.needs_cluster()) {
        needs.push(Need::Postgres);
    }
    let mut report = Report::default();
    let mut figures = Figures::default();
    report.step("programs", || tools::ensure(tree, &needs).map(Note::from));
    report.step("calibration", || calibrate(tree, &mut figures));
    if parts.iter().any(|part| part.is_cost()) && report.clean() {
        report.step("cost build", || cost_build(tree));
    }
    if parts.iter().any(|part| part.needs_server()) && report.clean() {
        report.step("font", || font::ready(tree));
        report.step("release build", || release(tree));
    }
    let mut cluster = None;
    for part in parts {
        if !report.clean() {
            report.skip(part.name());
            continue;
        }
        report.step(part.name(), || {
            if part.needs_cluster() && cluster.is_none() {
                cluster = Some(Cluster::start(tree, Durability::Real)?);
            }
            measure(tree, part, cluster.as_ref(), &mut figures)
        });
    }
    drop(cluster);
    let table = figures.close();
    report.close().and(table)
}

fn calibrate(tree: &Tree, figures: &mut Figures) -> Result<Note> {
    let python = tools::python("hashlib").ok_or_else(|| Failure::new("no Python was found"))?;
    let lines = Call::new(python)
        .arg(peer("calibrate.py"))
        .arg(Durability::Real.disk())
        .watched(tree, "calibration")?;
    figures.take(&lines);
    let of = |name: &str| figures.get(name).map_or("?".into(), number);
    Ok(format!(
        "SHA-256 {} MB/s, fdatasync p50 {} ms, p99 {} ms",
        of("machine.sha256_mb_s"),
        of("machine.fdatasync_p50_ms"),
        of("machine.fdatasync_p99_ms")
    )
    .into())
}

/// The cost crate alone builds in seconds; the server takes a quarter of an hour when new.
fn cost_build(tree: &Tree) -> Result<Note> {
    Call::cargo(tree)
        .args([
            "build",
            "--release",
            "--locked",
            "--package",
            "xiaobao-cost",
            "--example",
            "bench",
        ])
        .watched(tree, "cost-build")?;
    Ok("built".into())
}

fn release(tree: &Tree) -> Result<Note> {
    Call::cargo(tree)
        .args(["build", "--release", "--locked", "--package", "xiaobao"])
        .args(["--bin", "xiaobao", "--example", "measure"])
        .watched(tree, "release-build")?;
    Ok("built".into())
}

fn measure(
    tree: &Tree,
    part: Part,
    cluster: Option<&Cluster>,
    figures: &mut Figures,
) -> Result<Note> {
    match part {
        Part::Rates => rates(tree, figures),
        Part::Chain => chain(tree, there(cluster)?, figures),
        Part::Actions => actions(tree, there(cluster)?, figures),
        Part::Vault | Part::Journeys | Part::Recordings => {
            let name = part.name();
            let mut steps = Vec::new();
            for (engine, cluster) in [("sqlite", None), ("postgres", Some(there(cluster)?))] {
                let mut call = ours(tree, part);
                if let Some(cluster) = cluster {
                    call = call.env("XIAOBAO_BENCH_POSTGRES", cluster.url());
                }
                let lines = call.watched(tree, &format!("bench-{name}-{engine}"))?;
                figures.take(&lines);
                steps.extend(lines.into_iter().filter(|line| line.starts_with("step ")));
            }
            Ok(Note {
                line: "on SQLite and on PostgreSQL".into(),
                closing: steps,
            })
        }
        Part::Intake => intake::run(tree, there(cluster)?, figures),
        Part::Senses => senses(tree, figures),
        _ => {
            let mut call = ours(tree, part);
            if let Some(cluster) = cluster {
                call = call.env("XIAOBAO_BENCH_POSTGRES", cluster.url());
            }
            take(call, tree, part.name(), figures)
        }
    }
}

fn there(cluster: Option<&Cluster>) -> Result<&Cluster> {
    cluster.ok_or_else(|| Failure::new("this part needs PostgreSQL"))
}

fn ours(tree: &Tree, part: Part) -> Call {
    let program = if part.is_cost() {
        "examples/bench"
    } else {
        "examples/measure"
    };
    Call::new(tree.built("release", program))
        .arg(part.name())
        .dir(&tree.root)
}

fn take(call: Call, tree: &Tree, name: &str, figures: &mut Figures) -> Result<Note> {
    let lines = call.watched(tree, &format!("bench-{name}"))?;
    let found = figures.take(&lines);
    if found.is_empty() {
        return Err(Failure::new(format!(
            "{name}: no line 'figure NAME NUMBER' was printed"
        )));
    }
    let said: Vec<String> = found
        .iter()
        .map(|(name, value)| format!("{name} {}", number(*value)))
        .collect();
    Ok(said.join(", ").into())
}

fn rates(tree: &Tree, figures: &mut Figures) -> Result<Note> {
    let python = tools::venv(tree, "peers", &PYTHON_PEERS)?;
    let file = tree.target.join("bench-flows.txt");
    std::fs::write(&file, flows::text()).could_not("write the flows")?;
    take(
        Call::new(python).arg(peer("rates.py")).arg(&file),
        tree,
        "rates-peers",
        figures,
    )?;
    take(ours(tree, Part::Rates).arg(&file), tree, "rates", figures)?;
    // A ratio means something only when both found the same rates.
    match (
        figures.get("rates.ours_mean"),
        figures.get("rates.pyxirr_mean"),
    ) {
        (Some(ours), Some(peer)) if (ours - peer).abs() < 1e-9 => Ok("same rates as pyxirr".into()),
        (ours, peer) => Err(Failure::new(format!(
            "mean rates differ: ours {ours:?}, pyxirr {peer:?}"
        ))),
    }
}

/// The peer alone, at every number of clients.
fn chain(tree: &Tree, cluster: &Cluster, figures: &mut Figures) -> Result<Note> {
    let peer = Chain::make(tree, cluster)?;
    for clients in CHAIN_CLIENTS {
        figures.set(&format!("chain.{clients}"), peer.rate(clients)?);
    }
    peer.check()?;
    let of = |clients: u32| {
        figures
            .get(&format!("chain.{clients}"))
            .map_or("?".into(), number)
    };
    Ok(format!(
        "appends/s: {} with 1 client, {} with 16, {} with 256",
        of(1),
        of(16),
        of(256)
    )
    .into())
}

/// What one thread needs; the answer by the clock, because somebody waits for it.
fn senses(tree: &Tree, figures: &mut Figures) -> Result<Note> {
    models::with_fixtures(tree)?;
    let evaluated = models::evaluated(tree)?;
    let ours = evaluated.ours.join("\n");
    let mut found = vec![
        (
            "senses.face_ms",
            number_in(&ours, "check_640x480", "processor_ms"),
        ),
        (
            "senses.dlib_face_ms",
            number_in(&evaluated.dlib, "check_640x480", "processor_ms"),
        ),
        (
            "senses.voice_ms",
            number_in(&ours, "check_3_s", "processor_ms"),
        ),
        ("senses.answer_ms", number_in(&ours, "with_words", "ms")),
    ];
    if let Some(peer) = &evaluated.resemblyzer {
        let ms = number_in(peer, "check_3_s", "processor_ms");
        found.push(("senses.resemblyzer_ms", ms));
    }
    let mut said = Vec::new();
    for (name, value) in found {
        let value = value.ok_or_else(|| Failure::new(format!("{name} was not printed")))?;
        figures.set(name, value);
        said.push(format!("{name} {}", number(value)));
    }
    // A ratio is one of speeds.
    for (name, of) in [
        ("senses.faces", "senses.face_ms"),
        ("senses.dlib", "senses.dlib_face_ms"),
        ("senses.voices", "senses.voice_ms"),
        ("senses.resemblyzer", "senses.resemblyzer_ms"),
    ] {
        if let Some(ms) = figures.get(of) {
            figures.set(name, 1_000.0 / ms);
        }
    }
    Ok(said.join(", ").into())
}

/// The first number of a field behind a key, in JSON that a program of ours printed.
fn number_in(json: &str, key: &str, field: &str) -> Option<f64> {
    let (_, behind) = json.split_once(&format!("\"{key}\""))?;
    let (_, value) = behind.split_once(&format!("\"{field}\""))?;
    let value = value.trim_start_matches([':', ' ']);
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    value[..end].parse().ok()
}

/// Ours and the peer by turns, because a disk's own speed flips between minutes; the middle round of
/// each counts.
fn actions(tree: &Tree, cluster: &Cluster, figures: &mut Figures) -> Result<Note> {
    let peer = Chain::make(tree, cluster)?;
    for clients in ACTION_CLIENTS {
        let names = [
            format!("chain.{clients}"),
            format!("actions.{clients}"),
            "actions.batched".into(),
        ];
        let mut rounds: [Vec<f64>; 3] = Default::default();
        for _ in 0..ROUNDS {
            rounds[0].push(peer.rate(clients)?);
            let mut own = Figures::default();
            let call = ours(tree, Part::Actions)
                .args([
                    "--clients",
                    &clients.to_string(),
                    "--seconds",
                    &ROUND_SECONDS.to_string(),
                ])
                .env("XIAOBAO_BENCH_POSTGRES", cluster.url());
            take(call, tree, "actions", &mut own)?;
            for (name, round) in names.iter().zip(&mut rounds).skip(1) {
                round.extend(own.get(name));
            }
        }
        for (name, round) in names.iter().zip(rounds) {
            figures.set_middle(name, round);
        }
    }
    peer.check()?;
    Ok(format!("{ROUNDS} rounds by turns with the chain").into())
}

/// A hash chain in the same cluster, driven by pgbench.
struct Chain<'a> {
    tree: &'a Tree,
    cluster: &'a Cluster,
}

impl<'a> Chain<'a> {
    fn make(tree: &'a Tree, cluster: &'a Cluster) -> Result<Self> {
        cluster
            .client("dropdb")
            .args(["--if-exists", "chain"])
            .text()?;
        cluster.client("createdb").arg("chain").text()?;
        let table = ["-v", "ON_ERROR_STOP=1", "-q", "-f"];
        cluster
            .client("psql")
            .args(table)
            .arg(peer("chain.sql"))
            .arg("chain")
            .text()?;
        Ok(Self { tree, cluster })
    }

    /// Appends a second with so many clients.
    fn rate(&self, clients: u32) -> Result<f64> {
        let lines = self
            .cluster
            .client("pgbench")
            .args(["-n", "-M", "prepared", "-j", "2", "-f"])
            .arg(peer("append.sql"))
            .args([
                "-c",
                &clients.to_string(),
                "-T",
                &ROUND_SECONDS.to_string(),
                "chain",
            ])
            .watched(self.tree, &format!("bench-chain-{clients}"))?;
        let rate = lines
            .iter()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| Failure::new("pgbench printed no rate"))
    }

    /// A peer that lost its chain would be no peer.
    fn check(&self) -> Result<()> {
        let query =
            "SELECT count(*) FROM record LEFT JOIN record AS before ON before.no = record.no - 1
            WHERE record.previous <> coalesce(before.digest, '\\x')";
        let broken = self
            .cluster
            .client("psql")
            .args(["-qAt", "-c", query, "chain"])
            .text()?;
        match broken.trim() {
            "0" => Ok(()),
            count => Err(Failure::new(format!(
                "the PostgreSQL chain has {count} broken links"
            ))),
        }
    }
}

/// A file of the peers'.
pub fn peer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_person_types() {
        for part in Part::value_variants() {
            let typed = part
                .to_possible_value()
                .map(|value| value.get_name().to_owned());
            assert_eq!(typed.as_deref(), Some(part.name()));
        }
    }

    #[test]
    fn a_number_is_found_behind_its_key() {
        let json =
            r#"{ "check_3_s": { "ms": 9.5 }, "check_640x480": {"ms": 31.0, "processor_ms":17.2} }"#;
        let found = |key, field| number_in(json, key, field);
        assert_eq!(found("check_640x480", "processor_ms"), Some(17.2));
        assert_eq!(found("check_3_s", "ms"), Some(9.5));
        assert_eq!(found("with_words", "ms"), None);
        assert_eq!(number_in(r#"{"a":{"ms":null}}"#, "a", "ms"), None);
    }

    #[test]
    fn every_peer_file_is_there() {
        for name in [
            "calibrate.py",
            "rates.py",
            "chain.sql",
            "append.sql",
            "faces.py",
            "voices.py",
            "intake.py",
        ] {
            assert!(peer(name).is_file(), "{name}");
        }
    }
}
