//! Trying the lender's own side before it counts.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{Place, open};
use crate::app::contract::{self, Verdict};
use crate::error::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum ContractCommand {
    /// Tries every adapter that the configuration names, with invented people, and prints what each keeps.
    Check {
        #[arg(long, value_enum, default_value_t = Lang::Zh)]
        lang: Lang,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Lang {
    Zh,
    En,
}

pub async fn run(place: &Place, command: ContractCommand) -> Result<ExitCode> {
    let ContractCommand::Check { lang } = command;
    let mut config = place.config()?;
    config.check_exchanges()?;
    // A house of its own, empty and gone afterwards: nothing is read from the real one and nothing written.
    config.data.folder = config.data.folder.join("contract-check");
    config.database.url = String::new();
    config.database.owner_url = String::new();
    let folder = config.data.folder.clone();
    if folder.exists() {
        return Err(Error::internal(format!(
            "{} is there already: another check runs, or one was broken off; remove it",
            folder.display()
        )));
    }
    let outcome = async {
        let ctx = open(config).await?;
        contract::check(&ctx).await
    }
    .await;
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let verdicts = outcome?;
    for verdict in &verdicts {
        println!("{}", line(verdict, lang));
    }
    let failed = verdicts.iter().filter(|one| one.outcome.is_err()).count();
    println!("{} passed, {failed} failed", verdicts.len() - failed);
    Ok(if failed == 0 && !verdicts.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One line: verdict, adapter, clause with its words, and a stable code where it is broken.
fn line(verdict: &Verdict, lang: Lang) -> String {
    let words = contract::words(verdict.clause);
    let (kept, broken, words) = match lang {
        Lang::Zh => ("通过", "不符", words.zh),
        Lang::En => ("pass", "FAIL", words.en),
    };
    let (mark, code) = match verdict.outcome {
        Ok(()) => (kept, String::new()),
        Err(code) => (broken, format!("  [{code}]")),
    };
    let (subject, clause) = (&verdict.subject, verdict.clause);
    format!("{mark}  {subject:<24}  {clause:<18}  {words}{code}")
}
