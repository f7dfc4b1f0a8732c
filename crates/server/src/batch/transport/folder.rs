//! A folder of this machine, perhaps mounted from elsewhere.

use std::path::Path;

use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Found, Outcome, Trouble};

/// Files that one look goes through.
const FILES_MAX: usize = 5_000;

fn trouble(cause: std::io::Error) -> Trouble {
    tracing::warn!(%cause, "exchange folder");
    Trouble::Folder
}

pub async fn list(folder: &Path) -> Outcome<Vec<Found>> {
    fs::create_dir_all(folder).await.map_err(trouble)?;
    let mut entries = fs::read_dir(folder).await.map_err(trouble)?;
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(trouble)? {
        // Not followed: a link that a lender lays leads to nothing of ours.
        let Ok(about) = fs::symlink_metadata(entry.path()).await else {
            continue;
        };
        if about.is_file() && found.len() < FILES_MAX {
            found.push(Found {
                name: entry.file_name().to_string_lossy().into_owned(),
                bytes: about.len(),
            });
        }
    }
    Ok(found)
}

pub async fn get(folder: &Path, name: &str, bytes_max: u64) -> Outcome<Vec<u8>> {
    let path = folder.join(name);
    let about = fs::symlink_metadata(&path).await.map_err(trouble)?;
    if !about.is_file() {
        return Err(Trouble::Folder);
    }
    let file = fs::File::open(&path).await.map_err(trouble)?;
    let mut bytes = Vec::new();
    // One more than allowed, so that a file that grew is seen to be too large.
    let mut bounded = file.take(bytes_max + 1);
    bounded.read_to_end(&mut bytes).await.map_err(trouble)?;
    Ok(bytes)
}

pub async fn put(folder: &Path, files: &[(String, Vec<u8>)]) -> Outcome<()> {
    fs::create_dir_all(folder).await.map_err(trouble)?;
    for (name, bytes) in files {
        let partial = folder.join(format!(".{name}.partial"));
        // What an earlier try left; a link there is removed, not followed.
        if let Err(cause) = fs::remove_file(&partial).await
            && cause.kind() != std::io::ErrorKind::NotFound
        {
            return Err(trouble(cause));
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&partial)
            .await
            .map_err(trouble)?;
        file.write_all(bytes).await.map_err(trouble)?;
        file.sync_all().await.map_err(trouble)?;
        fs::rename(&partial, folder.join(name))
            .await
            .map_err(trouble)?;
    }
    Ok(())
}

pub async fn remove(folder: &Path, name: &str) -> Outcome<()> {
    fs::remove_file(folder.join(name)).await.map_err(trouble)
}

pub async fn rename(folder: &Path, from: &str, to: &str) -> Outcome<()> {
    fs::rename(folder.join(from), folder.join(to))
        .await
        .map_err(trouble)
}
