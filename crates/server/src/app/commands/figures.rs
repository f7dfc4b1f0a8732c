//! What needs no house: annual rates and loan costs from files, the description of the API.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use cost::{LoanTerms, Policy};

use crate::error::{Error, Field, Result, Text};

#[derive(Debug, Subcommand)]
pub enum RateCommand {
    /// Runs a file of published examples: a line each, last `N passed, N failed`.
    Check { file: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum CostCommand {
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
pub enum Language {
    Zh,
    En,
}

pub fn rate(command: RateCommand) -> Result<ExitCode> {
    match command {
        RateCommand::Check { file } => rate_check(&file),
    }
}

pub fn cost(command: CostCommand) -> Result<ExitCode> {
    match command {
        CostCommand::Sheet { file, text, lang } => cost_sheet(&file, text, lang),
    }
}

/// Prints the description of the API.
pub fn openapi() -> Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(&crate::app::openapi()?)?);
    Ok(ExitCode::SUCCESS)
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
        Error::Invalid(vec![Field::new(
            file.display().to_string(),
            cause.code(),
            Text::new(cause.zh(), cause.en()),
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
