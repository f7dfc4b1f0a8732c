//! Files of worked examples, to check rates against what authorities published.
//!
//! Tab-separated with a heading line: `id source method periods_per_year flows_json expected_pct decimals kind note`.
//! `flows_json` is a list of `[whole periods, fraction of a period, amount, repetitions, step]`, where any number may be a
//! fraction written `"19/30"`; repetition `j` lies `j × step` periods later.
//! Methods: `regz` (yearly rate), `eu` (effective yearly rate), `cn_simple` (periods a year × rate) and `cn_compound`.
//! A vector passes when its rate and the expected one agree after rounding half up to its decimals; a note that says
//! `tolerance=0.001` allows that many percentage points instead, for examples whose payments were published rounded.

use serde_json::Value;

use crate::rate::{self, RateError, UnitFlow};

const BYTES_MAX: usize = 1024 * 1024;
const FLOWS_MAX: usize = 20_000;
const COLUMNS: [&str; 7] = [
    "id",
    "method",
    "periods_per_year",
    "flows_json",
    "expected_pct",
    "decimals",
    "note",
];

/// What a file of vectors came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// One per vector, in the order of the file.
    pub lines: Vec<Line>,
    /// How many hold.
    pub passed: usize,
    /// How many don't.
    pub failed: usize,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// One vector's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its method, as written.
    pub method: String,
    /// Expected yearly rate in percent.
    pub expected_pct: f64,
    /// Decimals that must hold.
    pub decimals: u32,
    /// Reckoned yearly rate in percent, or why there is none.
    pub got: Result<f64, RateError>,
    /// Whether the two agree.
    pub passed: bool,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, places) = (
            if self.passed { "ok  " } else { "FAIL" },
            self.decimals as usize,
        );
        write!(
            f,
            "{word} {} {} expected {:.places$}% ",
            self.id, self.method, self.expected_pct
        )?;
        match &self.got {
            Ok(rate) => write!(
                f,
                "got {:.places$}% ({rate:.8}%)",
                round(*rate, self.decimals)
            ),
            Err(error) => write!(f, "got no rate: {error}"),
        }
    }
}

/// Why a file can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// The file is longer than 1 MiB.
    #[error("the file has {bytes} bytes, at most {bytes_max} are allowed")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// What is allowed.
        bytes_max: usize,
    },
    /// The heading lacks a column.
    #[error("the heading lacks the column `{column}`")]
    NoColumn {
        /// Which.
        column: &'static str,
    },
    /// A line is faulty.
    #[error("line {line}: {detail}")]
    Line {
        /// From 1, the heading included.
        line: usize,
        /// What is wrong.
        detail: String,
    },
}

/// Checks every vector of a file.
///
/// # Errors
/// [`VectorError`] when the file can't be read; a vector that does not hold is no error but a failed line.
pub fn check(tsv: &str) -> Result<Report, VectorError> {
    if tsv.len() > BYTES_MAX {
        return Err(VectorError::TooLarge {
            bytes: tsv.len(),
            bytes_max: BYTES_MAX,
        });
    }
    let mut rows = tsv
        .lines()
        .enumerate()
        .filter(|(_, row)| !row.trim().is_empty() && !row.starts_with('#'));
    let (_, heading) = rows
        .next()
        .ok_or(VectorError::NoColumn { column: COLUMNS[0] })?;
    let heading: Vec<&str> = heading
        .trim_start_matches('\u{feff}')
        .split('\t')
        .map(str::trim)
        .collect();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = match heading.iter().position(|name| *name == column) {
            Some(at) => at,
            None if column == "note" => usize::MAX,
            None => return Err(VectorError::NoColumn { column }),
        };
    }
    let mut report = Report {
        lines: Vec::new(),
        passed: 0,
        failed: 0,
    };
    for (at, row) in rows {
        let cells: Vec<&str> = row.split('\t').collect();
        let cell = |column: usize| {
            cells
                .get(places[column])
                .copied()
                .unwrap_or_default()
                .trim()
        };
        let line = vector(&cell).map_err(|detail| VectorError::Line {
            line: at + 1,
            detail,
        })?;
        if line.passed {
            report.passed += 1
        } else {
            report.failed += 1
        }
        report.lines.push(line);
    }
    Ok(report)
}

fn vector<'a>(cell: &impl Fn(usize) -> &'a str) -> Result<Line, String> {
    let (id, method) = (cell(0).to_owned(), cell(1).to_owned());
    let periods = number(cell(2))
        .filter(|periods| *periods > 0.0)
        .ok_or("periods_per_year is not a number above 0")?;
    let flows = flows(cell(3))?;
    let expected_pct = number(cell(4)).ok_or("expected_pct is not a number")?;
    let decimals: u32 = cell(5)
        .parse()
        .ok()
        .filter(|decimals| *decimals <= 9)
        .ok_or("decimals is not 0 to 9")?;
    let got = match method.as_str() {
        "regz" => regz(&flows)?.map(|rate| rate * periods),
        "eu" => rate::irr_dated(&timed(&flows, periods)),
        "cn_simple" => rate::irr_dated(&timed(&flows, 1.0)).map(|rate| rate * periods),
        "cn_compound" => {
            rate::irr_dated(&timed(&flows, 1.0)).map(|rate| (rate.ln_1p() * periods).exp_m1())
        }
        _ => {
            return Err(format!(
                "method `{method}` is not regz, eu, cn_simple or cn_compound"
            ));
        }
    }
    .map(|rate| rate * 100.0);
    let passed = got.as_ref().is_ok_and(|rate| match tolerance(cell(6)) {
        Some(tolerance) => (rate - expected_pct).abs() <= tolerance,
        None => round(*rate, decimals) == round(expected_pct, decimals),
    });
    Ok(Line {
        id,
        method,
        expected_pct,
        decimals,
        got,
        passed,
    })
}

/// The number after `tolerance=` in a note.
fn tolerance(note: &str) -> Option<f64> {
    let (_, after) = note.split_once("tolerance=")?;
    number(
        after
            .split_whitespace()
            .next()?
            .trim_end_matches(['.', ',', ';']),
    )
}

/// Rounds half up. A millionth of the last place is forgiven, for a half is seldom exact in binary.
fn round(percent: f64, decimals: u32) -> f64 {
    let scale = 10_f64.powi(decimals as i32);
    (percent * scale + 0.5 + 1e-6).floor() / scale
}

/// One entry of `flows_json`.
struct Entry {
    whole: f64,
    fraction: f64,
    amount: f64,
    repetitions: usize,
    step: f64,
}

fn flows(json: &str) -> Result<Vec<Entry>, String> {
    let lists: Vec<Vec<Value>> =
        serde_json::from_str(json).map_err(|error| format!("flows_json: {error}"))?;
    let mut entries = Vec::with_capacity(lists.len());
    let mut total = 0_usize;
    for list in lists {
        let numbers: Option<Vec<f64>> = list.iter().map(json_number).collect();
        let [whole, fraction, amount, repetitions, step] = numbers
            .as_deref()
            .and_then(|numbers| <[f64; 5]>::try_from(numbers).ok())
            .ok_or("a flow is [whole periods, fraction, amount, repetitions, step]")?;
        if whole < 0.0 || fraction < 0.0 || step < 0.0 {
            return Err("a flow lies before the start".into());
        }
        if repetitions.fract() != 0.0 || !(1.0..=FLOWS_MAX as f64).contains(&repetitions) {
            return Err(format!("repetitions must be whole, 1 to {FLOWS_MAX}"));
        }
        let repetitions = repetitions as usize;
        total += repetitions;
        if total > FLOWS_MAX {
            return Err(format!("more than {FLOWS_MAX} flows"));
        }
        entries.push(Entry {
            whole,
            fraction,
            amount,
            repetitions,
            step,
        });
    }
    Ok(entries)
}

fn json_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(value) => value.as_f64(),
        Value::String(text) => number(text),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

/// A decimal or a fraction such as `365/255`.
fn number(text: &str) -> Option<f64> {
    let plain = |text: &str| text.trim().parse::<f64>().ok();
    let value = match text.split_once('/') {
        Some((above, below)) => plain(above)? / plain(below)?,
        None => plain(text)?,
    };
    value.is_finite().then_some(value)
}

/// Flows with their times in years.
fn timed(entries: &[Entry], periods_a_year: f64) -> Vec<(f64, f64)> {
    let mut flows = Vec::new();
    for entry in entries {
        for repetition in 0..entry.repetitions {
            let periods = entry.whole + entry.fraction + repetition as f64 * entry.step;
            flows.push((periods / periods_a_year, entry.amount));
        }
    }
    flows
}

fn regz(entries: &[Entry]) -> Result<Result<f64, RateError>, String> {
    let mut flows = Vec::new();
    for entry in entries {
        for repetition in 0..entry.repetitions {
            let whole = entry.whole + repetition as f64 * entry.step;
            if whole.fract() != 0.0 || whole > f64::from(u32::MAX) || entry.fraction > 1.0 {
                return Err("regz takes whole unit-periods and a fraction of at most one".into());
            }
            flows.push(UnitFlow {
                whole: whole as u32,
                fraction: entry.fraction,
                amount: entry.amount,
            });
        }
    }
    Ok(rate::irr_regz(&flows))
}
