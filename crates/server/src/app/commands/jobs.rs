//! Dead letters: seeing them and trying them again.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Place;
use crate::db::Scope;
use crate::error::Result;
use crate::jobs::{self, Which};

#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// Lets given-up jobs run again; a running server takes them up at once.
    Revive(Revive),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Revive {
    /// The job's id.
    id: Option<String>,
    /// Every job that was given up.
    #[arg(long)]
    all: bool,
}

const PAGE: i64 = 200;

pub async fn run(place: &Place, command: Option<JobsCommand>) -> Result<ExitCode> {
    let ctx = place.open().await?;
    if let Some(JobsCommand::Revive(revive)) = command {
        let which = revive.id.as_deref().map_or(Which::All, Which::One);
        println!("{} revived", jobs::revive(&ctx, which).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut count = 0;
    let mut after = None;
    loop {
        let view = ctx.db.read(Scope::Unscoped).await?;
        let page = jobs::dead(&view, after.as_deref(), PAGE).await?;
        for job in &page.rows {
            println!(
                "{}  {}  {}  {} attempts  {}",
                job.id, job.institution_id, job.kind, job.attempts, job.last_error
            );
        }
        count += page.rows.len();
        after = page.next;
        if after.is_none() {
            println!("{count} given up");
            return Ok(ExitCode::SUCCESS);
        }
    }
}
