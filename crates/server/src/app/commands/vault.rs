//! The vault's epochs: where they stand, and replacing one.

use std::process::ExitCode;

use clap::Subcommand;

use super::Place;
use super::bar::bar;
use crate::clock;
use crate::db::Scope;
use crate::error::Result;
use crate::ledger;
use crate::vault::{self, Step};

#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Makes a new epoch key, wraps every person's key under it and destroys the old one. What was cut off goes on
    /// where it stood; a running server is not disturbed.
    Rotate,
    /// Which epoch is current, since when, and what is left on the one before.
    Status,
}

pub async fn run(place: &Place, command: VaultCommand) -> Result<ExitCode> {
    let ctx = place.open().await?;
    let view = ctx.db.read(Scope::Unscoped).await?;
    let institutions = ledger::institutions(&view).await?;
    drop(view);
    let standing = vault::rotation(&ctx, &institutions).await?;
    match command {
        VaultCommand::Status => {
            println!(
                "epoch {} since {}, due {}; {} persons on it",
                standing.current,
                clock::civil_date(standing.began_at_ms),
                clock::civil_date(standing.due_at_ms),
                standing.moved
            );
            if let Some(old) = standing.draining {
                println!(
                    "epoch {old} is being replaced; {} persons left on it",
                    standing.left
                );
            }
        }
        VaultCommand::Rotate => {
            let from = standing.from();
            let total = standing.left + standing.moved;
            let mut done = if standing.draining.is_some() {
                standing.moved
            } else {
                0
            };
            loop {
                match vault::advance(&ctx, from).await? {
                    Step::Rewrapped(count) => {
                        done += count;
                        bar(done, total)?;
                    }
                    Step::Idle => break,
                    _ => {}
                }
            }
            vault::schedule(&ctx).await?;
            println!(
                "epoch {from} replaced by {}; {done} persons, old key destroyed",
                from + 1
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
