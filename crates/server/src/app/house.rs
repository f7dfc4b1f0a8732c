//! Data folder and database belong together: both carry the same random id, made once.
//!
//! A second node with a folder of its own would seal, sign and publish beside the first one.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::clock::Clock;
use crate::db::{self, Db, Scope};
use crate::error::{Refuse, Result, Text};
use crate::random::Random;

const FILE: &str = "house-id";

#[derive(Debug)]
struct FolderMismatch;

impl Refuse for FolderMismatch {
    fn code(&self) -> &'static str {
        "data_folder_mismatch"
    }
    fn text(&self) -> Text {
        Text::new(
            "这个数据目录不属于这个数据库；所有节点须共用同一个数据目录，恢复备份时两者须一起恢复（含 house-id 文件）。",
            "This data folder does not belong to this database. All nodes share one data folder; \
             restore both from the same backup, with the file house-id.",
        )
    }
}

/// Refuses a data folder that is not this database's own. The first start ties both together.
pub async fn same(db: &Db, folder: &Path, clock: &Clock, random: &Random) -> Result<()> {
    let in_database = db::house(&db.read(Scope::Unscoped).await?).await?;
    let settled = match in_database {
        Some(settled) => settled,
        // The first start, or one that was interrupted between folder and database.
        None => {
            let id = match read(folder)? {
                Some(id) => id,
                None => {
                    let fresh = format!("hse_{}", crate::id::body(clock.now_ms(), random));
                    keep(folder, &fresh)?;
                    fresh
                }
            };
            db::settle(db, &id).await?
        }
    };
    if read(folder)?.as_deref() == Some(settled.as_str()) {
        Ok(())
    } else {
        Err(FolderMismatch.into())
    }
}

fn read(folder: &Path) -> Result<Option<String>> {
    match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|id| !id.is_empty())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

/// Writes the id whole, and waits until it is on the disk.
fn keep(folder: &Path, id: &str) -> Result<()> {
    let draft = folder.join(format!("{FILE}.tmp-{id}"));
    let mut file = fs::File::create(&draft)?;
    writeln!(file, "{id}")?;
    file.sync_all()?;
    fs::rename(draft, folder.join(FILE))?;
    Ok(fs::File::open(folder)?.sync_all()?)
}
