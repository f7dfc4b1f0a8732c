//! Prints figures of the server for `cargo dev bench`: lines `figure NAME NUMBER`.
//!
//! `XIAOBAO_BENCH_POSTGRES` names a PostgreSQL server to make a database on; without it the embedded one is measured.
//! Every part makes a house of its own under the build folder's `bench` and takes it away again.

mod actions;
mod house;
mod idle;
mod intake;
mod journeys;
mod ledger;
mod print;
mod program;
mod recorders;
mod recordings;
mod room;
mod vault;

use std::process::ExitCode;

use clap::Parser;

/// Whatever went wrong ends the bench.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
enum Part {
    /// Recorded actions a second: one change, one fact and one job in one transaction
    Actions {
        /// Borrowers acting at the same time
        #[arg(long)]
        clients: usize,
        /// Length of a measurement
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Sequencing and publishing a backlog, publishing under load, inclusion proofs
    Ledger {
        /// Length of the steady load
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// One item opened, checked and recorded; one subject looked up among many
    Vault {
        /// Openings and look-ups measured
        #[arg(long, default_value_t = 2_000)]
        turns: usize,
        /// Subjects that the index holds
        #[arg(long, default_value_t = 1_000_000)]
        subjects: i64,
    },
    /// The cost sheet as PDF, warm
    Pdf,
    /// Loan applications a second over HTTP, by our program or a peer
    Intake {
        /// Lenders' systems that send at the same time
        #[arg(long, default_value_t = 32)]
        clients: usize,
        /// Length of the measurement
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Address of a peer that takes the same
        #[arg(long, value_name = "URL")]
        against: Option<String>,
    },
    /// Whole journeys at once over HTTP, from the request to the token
    Journeys {
        /// Borrowers on their way at the same time
        #[arg(long, default_value_t = 100)]
        count: usize,
    },
    /// Recordings taken in at once over HTTP, by the program on one core
    Recordings {
        /// Recordings at the same time, each a chunk a second
        #[arg(long, default_value_t = 220)]
        count: usize,
        /// Length of the measurement
        #[arg(long, default_value_t = 20)]
        seconds: u64,
    },
    /// Memory of a server that waits
    Idle,
}

#[tokio::main]
async fn main() -> ExitCode {
    // One provider for every client here; nothing was set before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let outcome = match Part::parse() {
        Part::Actions { clients, seconds } => actions::run(clients, seconds).await,
        Part::Ledger { seconds } => ledger::run(seconds).await,
        Part::Vault { turns, subjects } => vault::run(turns, subjects).await,
        Part::Pdf => print::run().await,
        Part::Intake {
            clients,
            seconds,
            against,
        } => intake::run(clients, seconds, against).await,
        Part::Journeys { count } => journeys::run(count).await,
        Part::Recordings { count, seconds } => recordings::run(count, seconds).await,
        Part::Idle => idle::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause}");
            ExitCode::FAILURE
        }
    }
}

/// One line that `cargo dev bench` takes.
fn figure(name: &str, value: f64) {
    println!("figure {name} {value:.3}");
}

/// The value below which `share` (0 to 1) of the values lie; sorts them.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
