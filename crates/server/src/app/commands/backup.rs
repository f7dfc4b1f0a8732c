//! Backups of the whole house, and tables brought up to date behind one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::bar::bar;
use super::{Place, house, log_to_stderr, open};
use crate::app::backup::{self, Head, Places};
use crate::app::{schema, serve};
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::db;
use crate::error::Result;
use crate::ledger;
use crate::random::Random;

#[derive(Debug, Args)]
pub struct Backup {
    /// An empty folder for database and files.
    to: PathBuf,
    /// An empty folder, elsewhere, for the keys: whoever has both can read everybody's data.
    #[arg(long)]
    keys: PathBuf,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The folder with database and files.
    from: PathBuf,
    /// The folder with their keys.
    #[arg(long)]
    keys: PathBuf,
    /// The newest `blobs` folder that is left: what was destroyed since the backup is destroyed again.
    #[arg(long)]
    destroyed: Option<PathBuf>,
}

pub async fn backup(place: &Place, to: Backup) -> Result<ExitCode> {
    let config = place.config()?;
    log_to_stderr(&config);
    say("backed up", &taken(&config, to).await?);
    Ok(ExitCode::SUCCESS)
}

pub async fn restore(place: &Place, from: Restore) -> Result<ExitCode> {
    let config = place.config()?;
    let _only_one = serve::claim(&config.data.folder)?;
    let places = Places {
        data: from.from,
        keys: from.keys,
    };
    let newer = from.destroyed.as_deref();
    let backup::Restored { head, marked } =
        backup::restore(&config, &places, newer, &shown).await?;
    say("restored", &head);
    if let Some(newer) = newer {
        println!("{marked} markers of destructions in {}", newer.display());
    }
    let ctx = open(config).await?;
    house::destroy_again(&ctx).await?;
    for (log, why) in ledger::check(&ctx).await? {
        println!("{log}: writing is sealed: {why}");
    }
    println!(
        "nobody gets a release token until staff with the right incident.close say in the console that what was paid since was reported again"
    );
    house::audited(&ctx).await
}

pub async fn upgrade(place: &Place, to: Backup) -> Result<ExitCode> {
    let config = place.config()?;
    let _only_one = serve::claim(&config.data.folder)?;
    let done = db::applied(&db::connect(&config.database_url(), 1).await?).await?;
    let missing = schema()
        .migrations
        .iter()
        .filter(|migration| !done.iter().any(|name| name == migration.name))
        .count();
    if missing == 0 {
        println!("the tables are up to date");
        return Ok(ExitCode::SUCCESS);
    }
    say("backed up", &taken(&config, to).await?);
    let ctx = open(config).await?;
    println!("{missing} changes of tables made");
    house::audited(&ctx).await
}

async fn taken(config: &Config, to: Backup) -> Result<Head> {
    let places = Places {
        data: to.to,
        keys: to.keys,
    };
    backup::take(config, &Clock::System, &Random::System, &places, &shown).await
}

fn say(what: &str, head: &Head) {
    println!(
        "{what}: {} of {}, {} files, {} bytes",
        head.backup,
        clock::civil_date(head.taken_at_ms),
        head.files,
        head.bytes
    );
}

/// A bar that can't be drawn stops no backup.
fn shown(done: usize, total: usize) {
    if let (Ok(done), Ok(total)) = (i64::try_from(done), i64::try_from(total)) {
        let _ = bar(done, total);
    }
}
