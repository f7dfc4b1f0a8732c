//! The command line: `xiaobao serve | migrate | audit | rate check | cost sheet`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use cost::{LoanTerms, Policy};
use tracing_subscriber::EnvFilter;

use super::{demo, serve, start};
use crate::clock::Clock;
use crate::config::{Config, LogFormat, Mode, SmsAdapter};
use crate::error::{Error, Result, with_causes};
use crate::ledger;
use crate::random::Random;

/// Xiaobao 消保: consumer protection for a lender's borrowers, with evidence anyone can check.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// A configuration file; see config.default.toml for every key.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves API, console and customer pages, with worker and sequencer inside.
    Serve {
        /// Demo mode: invented people, visible outbox. Seeds an empty database.
        #[arg(long)]
        demo: bool,
        /// Overrides data.folder.
        #[arg(long)]
        data: Option<PathBuf>,
        /// Overrides the port of server.listen.
        #[arg(long)]
        port: Option<u16>,
        /// How the addresses and demo accounts are printed.
        #[arg(long, value_enum, default_value_t = Print::Text)]
        print: Print,
    },
    /// Brings the tables up to date and ends.
    Migrate,
    /// Rebuilds every log by separate code and compares it with all that was claimed.
    Audit {
        /// Overrides data.folder.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Annual rates.
    Rate {
        #[command(subcommand)]
        command: RateCommand,
    },
    /// Loan costs.
    Cost {
        #[command(subcommand)]
        command: CostCommand,
    },
}

#[derive(Debug, Subcommand)]
enum RateCommand {
    /// Runs a file of published examples: a line each, last `N passed, N failed`.
    Check { file: PathBuf },
}

#[derive(Debug, Subcommand)]
enum CostCommand {
    /// Prints the whole sheet of a loan's terms as JSON, or as text.
    Sheet {
        file: PathBuf,
        #[arg(long)]
        text: bool,
        #[arg(long, value_enum, default_value_t = Language::Zh)]
        lang: Language,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    Zh,
    En,
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
    match cli.command {
        Command::Rate {
            command: RateCommand::Check { file },
        } => rate_check(&file),
        Command::Cost {
            command: CostCommand::Sheet { file, text, lang },
        } => cost_sheet(&file, text, lang),
        Command::Serve {
            demo,
            data,
            port,
            print,
        } => {
            let mut config = load(cli.config.as_deref(), data)?;
            if demo {
                config.server.mode = Mode::Demo;
                config.sms.adapter = SmsAdapter::Outbox;
            }
            if let Some(port) = port {
                let host = config
                    .server
                    .listen
                    .rsplit_once(':')
                    .map_or("127.0.0.1", |(host, _)| host)
                    .to_owned();
                config.server.listen = format!("{host}:{port}");
            }
            config.check()?;
            log_to_stderr(&config);
            let listener = tokio::net::TcpListener::bind(&config.server.listen).await?;
            // Port 0 asks for any free port; links must name the one that was given.
            config.server.listen = listener.local_addr()?.to_string();
            let _only_one = serve::claim(&config.data.folder)?;
            let ctx = start(config, Clock::System, Random::System).await?;
            ledger::check(&ctx).await?;
            match ctx.config.server.mode {
                Mode::Demo => demo::print(&demo::seed(&ctx).await?, print)?,
                Mode::Production => demo::refuse(&ctx).await?,
            }
            tracing::info!(address = ctx.config.public_url(), "serving");
            serve::serve(ctx, listener).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate => {
            let config = load(cli.config.as_deref(), None)?;
            log_to_stderr(&config);
            start(config, Clock::System, Random::System).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit { data } => {
            let config = load(cli.config.as_deref(), data)?;
            log_to_stderr(&config);
            let ctx = start(config, Clock::System, Random::System).await?;
            let findings = ledger::audit(&ctx).await?;
            let mut faults = 0;
            for finding in &findings {
                println!(
                    "{}: {} facts, {} cases, {} checkpoints, {} forgotten, {} faults",
                    finding.log,
                    finding.facts,
                    finding.cases,
                    finding.checkpoints,
                    finding.forgotten,
                    finding.faults.len()
                );
                finding
                    .faults
                    .iter()
                    .for_each(|fault| println!("  FAULT {fault}"));
                faults += finding.faults.len();
            }
            println!("{} logs audited, {faults} faults", findings.len());
            Ok(if faults == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

fn load(file: Option<&Path>, data: Option<PathBuf>) -> Result<Config> {
    let mut config = Config::load(file)?;
    if let Some(folder) = data {
        config.data.folder = folder;
    }
    Ok(config)
}

fn log_to_stderr(config: &Config) {
    let filter = EnvFilter::try_new(&config.log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

fn rate_check(file: &Path) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file)?;
    let report = cost::vectors::check(&text).map_err(|cause| Error::Internal(Box::new(cause)))?;
    println!("{report}");
    Ok(if report.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cost_sheet(file: &Path, text: bool, lang: Language) -> Result<ExitCode> {
    let invalid = |cause: cost::CostError| {
        Error::Invalid(vec![crate::error::Field::new(
            file.display().to_string(),
            cause.code(),
            crate::error::Text::new(cause.zh(), cause.en()),
        )])
    };
    let terms = LoanTerms::from_json(&std::fs::read(file)?).map_err(invalid)?;
    let sheet = cost::sheet(&terms, &Policy::default()).map_err(invalid)?;
    if text {
        let lang = match lang {
            Language::Zh => cost::Lang::Zh,
            Language::En => cost::Lang::En,
        };
        println!("{}", cost::text(&sheet, lang));
        let digest = proof::digest::sha256(&proof::canonical::to_vec(&terms)?);
        println!("LoanTerms SHA-256 {}", proof::hex::encode(&digest));
    } else {
        println!("{}", serde_json::to_string_pretty(&sheet)?);
    }
    Ok(ExitCode::SUCCESS)
}
