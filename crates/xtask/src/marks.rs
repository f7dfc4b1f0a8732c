//! Figures, what they are held against, and the table of a bench.

use crate::steps::{Failure, Result};
use std::collections::BTreeMap;

/// What a figure is held against.
#[derive(Clone, Copy)]
pub enum Against {
    /// At least so many times the peer's figure.
    Peer(&'static str, f64),
    /// At least the value.
    AtLeast(f64),
    /// At most the value.
    AtMost(f64),
}

/// One line of the table.
#[derive(Clone, Copy)]
pub struct Mark {
    /// The work in words, with its unit.
    pub work: &'static str,
    /// Name of our figure.
    pub ours: &'static str,
    /// What it is held against.
    pub against: Against,
}

const fn mark(work: &'static str, ours: &'static str, against: Against) -> Mark {
    Mark {
        work,
        ours,
        against,
    }
}

/// The marks, in the order of the table.
pub const MARKS: [Mark; 33] = [
    mark(
        "internal rate, 36 months, loans/s; pyxirr",
        "rates.ours",
        Against::Peer("rates.pyxirr", 5.0),
    ),
    mark(
        "internal rate, loans/s; numpy-financial",
        "rates.ours",
        Against::Peer("rates.numpy_financial", 5.0),
    ),
    mark(
        "whole cost sheets/s",
        "sheets.ours",
        Against::AtLeast(200_000.0),
    ),
    mark(
        "actions/s, 16 clients; PostgreSQL chain",
        "actions.16",
        Against::Peer("chain.16", 1.5),
    ),
    mark(
        "actions/s, 256 clients; PostgreSQL chain",
        "actions.256",
        Against::Peer("chain.256", 4.0),
    ),
    mark(
        "facts/s, 100 a transaction; chain at 16",
        "actions.batched",
        Against::Peer("chain.16", 10.0),
    ),
    mark(
        "sequence + integrate + publish, facts/s",
        "ledger.facts",
        Against::AtLeast(10_000.0),
    ),
    mark(
        "from commit to published, p99 ms",
        "ledger.published_p99_ms",
        Against::AtMost(1_000.0),
    ),
    mark(
        "inclusion proof, p99 ms",
        "ledger.proof_p99_ms",
        Against::AtMost(5.0),
    ),
    mark(
        "item opened and recorded, p99 ms over fdatasync, SQLite",
        "vault.open_over_sync_ms.sqlite",
        Against::AtMost(3.0),
    ),
    mark(
        "item opened and recorded, p99 ms over fdatasync, PostgreSQL",
        "vault.open_over_sync_ms.postgres",
        Against::AtMost(3.0),
    ),
    mark(
        "one of 1,000,000 looked up, p99 ms, SQLite",
        "vault.lookup_p99_ms.sqlite",
        Against::AtMost(5.0),
    ),
    mark(
        "one of 1,000,000 looked up, p99 ms, PostgreSQL",
        "vault.lookup_p99_ms.postgres",
        Against::AtMost(5.0),
    ),
    mark(
        "sheet as PDF, warm, ms",
        "pdf.warm_ms",
        Against::AtMost(60.0),
    ),
    mark(
        "loan applications/s; FastAPI + PostgreSQL",
        "intake.postgres",
        Against::Peer("intake.fastapi", 2.0),
    ),
    mark(
        "loan applications failed, PostgreSQL",
        "intake.postgres_failed",
        Against::AtMost(0.0),
    ),
    mark(
        "loan applications failed, SQLite",
        "intake.sqlite_failed",
        Against::AtMost(0.0),
    ),
    mark(
        "100 journeys at once failed, PostgreSQL",
        "journeys.postgres.failed",
        Against::AtMost(0.0),
    ),
    mark(
        "100 journeys at once failed, SQLite",
        "journeys.sqlite.failed",
        Against::AtMost(0.0),
    ),
    mark(
        "recordings taken in by one core, PostgreSQL",
        "recordings.postgres.a_core",
        Against::AtLeast(200.0),
    ),
    mark(
        "chunk acknowledged, p99 ms over fdatasync, PostgreSQL",
        "recordings.postgres.over_sync_ms",
        Against::AtMost(100.0),
    ),
    mark(
        "chunks refused or failed, PostgreSQL",
        "recordings.postgres.failed",
        Against::AtMost(0.0),
    ),
    mark(
        "recordings that lost a chunk, PostgreSQL",
        "recordings.postgres.lost",
        Against::AtMost(0.0),
    ),
    mark(
        "recordings taken in by one core, SQLite",
        "recordings.sqlite.a_core",
        Against::AtLeast(200.0),
    ),
    mark(
        "chunk acknowledged, p99 ms over fdatasync, SQLite",
        "recordings.sqlite.over_sync_ms",
        Against::AtMost(100.0),
    ),
    mark(
        "chunks refused or failed, SQLite",
        "recordings.sqlite.failed",
        Against::AtMost(0.0),
    ),
    mark(
        "recordings that lost a chunk, SQLite",
        "recordings.sqlite.lost",
        Against::AtMost(0.0),
    ),
    mark(
        "face check on 640×480, ms of one thread",
        "senses.face_ms",
        Against::AtMost(60.0),
    ),
    mark(
        "face checks/s; dlib",
        "senses.faces",
        Against::Peer("senses.dlib", 1.0),
    ),
    mark(
        "voice check of 3 s, ms of one thread",
        "senses.voice_ms",
        Against::AtMost(20.0),
    ),
    mark(
        "voice checks/s; resemblyzer",
        "senses.voices",
        Against::Peer("senses.resemblyzer", 1.0),
    ),
    mark(
        "answer recognised, ms",
        "senses.answer_ms",
        Against::AtMost(2_500.0),
    ),
    mark("idle server, MB", "idle.mb", Against::AtMost(150.0)),
];

/// Figures by name.
#[derive(Default)]
pub struct Figures(BTreeMap<String, f64>);

impl Figures {
    /// Takes every line `figure NAME NUMBER` and gives what was taken.
    pub fn take(&mut self, lines: &[String]) -> Vec<(String, f64)> {
        let found: Vec<_> = lines
            .iter()
            .filter_map(|line| {
                let mut words = line.strip_prefix("figure ")?.split(' ');
                Some((words.next()?.to_owned(), words.next()?.parse::<f64>().ok()?))
            })
            .collect();
        self.0.extend(found.iter().cloned());
        found
    }

    /// Sets one figure.
    pub fn set(&mut self, name: &str, value: f64) {
        self.0.insert(name.into(), value);
    }

    /// Sets the middle one of some rounds; none where nothing was measured.
    pub fn set_middle(&mut self, name: &str, mut rounds: Vec<f64>) {
        rounds.sort_by(f64::total_cmp);
        if let Some(middle) = rounds.get(rounds.len() / 2) {
            self.set(name, *middle);
        }
    }

    /// A figure, if it was measured.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// Prints the table of all marks whose figures were measured; a missed mark is a failure.
    pub fn close(&self) -> Result<()> {
        let rows: Vec<_> = MARKS
            .iter()
            .filter_map(|mark| Some((mark.work, self.row(mark)?)))
            .collect();
        if !rows.is_empty() {
            println!(
                "\n{:<42} {:>12} {:>12} {:>8}  mark",
                "work", "ours", "peer", "ratio"
            );
        }
        let mut missed = Vec::new();
        for (work, (row, held)) in rows {
            println!("{work:<42} {row}  {}", if held { "held" } else { "MISSED" });
            if !held {
                missed.push(work);
            }
        }
        match missed.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(format!("missed: {}", missed.join("; ")))),
        }
    }

    fn row(&self, mark: &Mark) -> Option<(String, bool)> {
        let ours = self.get(mark.ours)?;
        let ours_text = number(ours);
        Some(match mark.against {
            Against::Peer(name, least) => {
                let peer = self.get(name)?;
                let ratio = ours / peer;
                let row = format!(
                    "{ours_text:>12} {:>12} {ratio:>7.1}×  ≥ {least}×",
                    number(peer)
                );
                (row, ratio >= least)
            }
            Against::AtLeast(least) => (
                format!("{ours_text:>12} {:>12} {:>8}  ≥ {}", "", "", number(least)),
                ours >= least,
            ),
            Against::AtMost(most) => (
                format!("{ours_text:>12} {:>12} {:>8}  ≤ {}", "", "", number(most)),
                ours <= most,
            ),
        })
    }
}

/// A figure for people: thousands apart when large, two decimals when small.
pub fn number(value: f64) -> String {
    if value < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn figures_are_told_from_other_output() {
        let mut figures = Figures::default();
        let said = "warming up\nfigure pdf.warm_ms 12.5\nfigure broken x\nfigure a 1";
        let found = figures.take(&lines(said));
        assert_eq!(found, [("pdf.warm_ms".into(), 12.5), ("a".into(), 1.0)]);
        assert_eq!(figures.get("pdf.warm_ms"), Some(12.5));
        assert_eq!(figures.get("broken"), None);
    }

    #[test]
    fn a_missed_mark_is_a_failure() {
        let mut figures = Figures::default();
        figures.set("pdf.warm_ms", 60.0);
        assert!(figures.close().is_ok());
        figures.set("idle.mb", 151.0);
        let said = figures.close().expect_err("over the mark").to_string();
        assert_eq!(said, "missed: idle server, MB");
    }

    #[test]
    fn a_peer_is_beaten_by_the_ratio() {
        let mut figures = Figures::default();
        figures.set("rates.ours", 499.0);
        figures.set("rates.pyxirr", 100.0);
        assert!(figures.close().is_err());
        figures.set("rates.ours", 500.0);
        assert!(figures.close().is_ok());
    }

    #[test]
    fn numbers_read_easily() {
        assert_eq!(number(1_234_567.2), "1 234 567");
        assert_eq!(number(0.5), "0.5");
        assert_eq!(number(99.999), "100");
        assert_eq!(number(1000.0), "1 000");
    }
}
