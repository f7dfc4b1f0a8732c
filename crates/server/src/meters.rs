//! What the program counts of itself, in the text form of OpenMetrics. No label names a person, a case or an address:
//! routes are patterns, kinds of jobs are ours.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::error::{Error, Result};

/// Upper bounds in seconds: a cached page to the longest request, and a job's longest run.
const SECONDS: [f64; 12] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 60.0, 240.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Run {
    kind: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfLog {
    log: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OnDisk {
    of: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

type Seconds<L> = Family<L, Histogram, fn() -> Histogram>;

fn seconds<L: Clone + std::hash::Hash + Eq>() -> Seconds<L> {
    Family::new_with_constructor(|| Histogram::new(SECONDS))
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    /// It will not be tried again.
    Dead,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

/// One log as it stands when somebody asks.
#[derive(Clone, Debug)]
pub struct LogReading {
    pub log: String,
    pub entries: i64,
    pub published: i64,
    /// Seconds since the newest checkpoint; none before the first.
    pub checkpoint_age: Option<i64>,
    pub sealed: bool,
}

/// Everything that is counted; one for each running program.
#[derive(Debug)]
pub struct Meters {
    registry: Registry,
    requests: Seconds<Request>,
    jobs: Seconds<Run>,
    waiting: Family<InState, Gauge>,
    entries: Family<OfLog, Gauge>,
    published: Family<OfLog, Gauge>,
    checkpoint_age: Family<OfLog, Gauge>,
    sealed: Family<OfLog, Gauge>,
    faces: Family<OfLog, Gauge>,
    disk: Family<OnDisk, Gauge<f64, AtomicU64>>,
    memory: Gauge<f64, AtomicU64>,
}

impl Default for Meters {
    fn default() -> Self {
        let mut meters = Self {
            registry: Registry::with_prefix("xiaobao"),
            requests: seconds(),
            jobs: seconds(),
            waiting: Family::default(),
            entries: Family::default(),
            published: Family::default(),
            checkpoint_age: Family::default(),
            sealed: Family::default(),
            faces: Family::default(),
            disk: Family::default(),
            memory: Gauge::default(),
        };
        let build = Family::<Build, Gauge>::default();
        let version = env!("CARGO_PKG_VERSION");
        build.get_or_create(&Build { version }).set(1);
        let registry = &mut meters.registry;
        registry.register("build", "The version that runs", build);
        registry.register_with_unit(
            "request",
            "Requests served, by pattern of route",
            Unit::Seconds,
            meters.requests.clone(),
        );
        registry.register_with_unit(
            "job",
            "Jobs run, by kind and how they ended",
            Unit::Seconds,
            meters.jobs.clone(),
        );
        registry.register(
            "jobs",
            "Jobs that wait or were given up",
            meters.waiting.clone(),
        );
        registry.register("log_entries", "Entries of a log", meters.entries.clone());
        registry.register(
            "log_published_entries",
            "Entries under the published checkpoint",
            meters.published.clone(),
        );
        registry.register_with_unit(
            "log_checkpoint_age",
            "Since the newest checkpoint; it grows while nothing happens",
            Unit::Seconds,
            meters.checkpoint_age.clone(),
        );
        registry.register(
            "log_sealed",
            "1 while writing is sealed",
            meters.sealed.clone(),
        );
        registry.register(
            "recording_faces",
            "Persons whose face templates are stored; from 100000 on the authority is told",
            meters.faces.clone(),
        );
        registry.register_with_unit(
            "disk_free",
            "Room on the disk under the files, and under the embedded database",
            Unit::Bytes,
            meters.disk.clone(),
        );
        registry.register_with_unit(
            "memory",
            "Resident memory of the process",
            Unit::Bytes,
            meters.memory.clone(),
        );
        meters
    }
}

impl Meters {
    /// Counts a request that was answered. `route` is the pattern it matched, if any.
    pub fn request(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        let labels = Request {
            method: known_method(method),
            route: route.unwrap_or("none").to_owned(),
            status: status.into(),
        };
        let seconds = self.requests.get_or_create(&labels);
        seconds.observe(took.as_secs_f64());
    }

    /// Counts a job's run.
    pub fn job(&self, kind: &str, outcome: Outcome, took: Duration) {
        let labels = Run {
            kind: kind.to_owned(),
            outcome: outcome.as_str(),
        };
        self.jobs.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Notes how many jobs wait, are due and were given up.
    pub fn jobs(&self, waiting: i64, due: i64, dead: i64) {
        for (state, count) in [("waiting", waiting), ("due", due), ("dead", dead)] {
            self.waiting.get_or_create(&InState { state }).set(count);
        }
    }

    pub fn log(&self, reading: &LogReading) {
        let log = OfLog {
            log: reading.log.clone(),
        };
        self.entries.get_or_create(&log).set(reading.entries);
        self.published.get_or_create(&log).set(reading.published);
        self.sealed
            .get_or_create(&log)
            .set(i64::from(reading.sealed));
        if let Some(age) = reading.checkpoint_age {
            self.checkpoint_age.get_or_create(&log).set(age);
        }
    }

    /// Notes of how many persons an institution keeps face templates.
    pub fn faces(&self, log: &str, persons: i64) {
        let log = OfLog {
            log: log.to_owned(),
        };
        self.faces.get_or_create(&log).set(persons);
    }

    /// Notes how many bytes are free where something lies.
    pub fn disk(&self, of: &'static str, bytes: u64) {
        self.disk.get_or_create(&OnDisk { of }).set(bytes as f64);
    }

    pub fn memory(&self, bytes: f64) {
        self.memory.set(bytes);
    }

    /// All of it, as a scraper reads it.
    pub fn text(&self) -> Result<String> {
        let mut written = String::new();
        text::encode(&mut written, &self.registry)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        Ok(written)
    }
}

/// Anyone can send a method of their own making; each would be a series for ever.
pub fn known_method(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_without_anything_a_stranger_could_choose() {
        let meters = Meters::default();
        let took = Duration::from_millis(3);
        meters.request("GET", Some("/v1/journeys/{id}"), 200, took);
        meters.request("BREW", None, 404, took);
        meters.request("STEEP", None, 404, took);
        meters.job("access.send_code", Outcome::Dead, took);
        let text = meters.text().expect("text");
        let counted = [
            r#"xiaobao_request_seconds_count{method="GET",route="/v1/journeys/{id}",status="200"} 1"#,
            r#"xiaobao_request_seconds_count{method="other",route="none",status="404"} 2"#,
            r#"xiaobao_job_seconds_count{kind="access.send_code",outcome="dead"} 1"#,
        ];
        for line in counted {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("BREW"));
        assert!(text.ends_with("# EOF\n"));
    }
}
