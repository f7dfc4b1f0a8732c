//! A backup of the whole house: database, files and keys that fit together, and the way back.
//!
//! Promises: taken while the server runs; whatever happens meanwhile, what lies in it can be continued. What is not yet
//! whole is no backup: `backup.json` comes last. The keys lie in a folder of their own, for with them everybody's data
//! can be read. Nothing is restored that is not byte for byte what was taken, and nothing over anything.

mod database;
mod parts;
mod refusal;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::access;
use crate::clock::Clock;
use crate::config::Config;
use crate::ctx::Ctx;
use crate::db::{self, Db, Scope};
use crate::disbursement;
use crate::error::{Error, Result};
use crate::inspection;
use crate::ledger;
use crate::random::Random;
pub use parts::Head;
use parts::{Entry, Kind, Part, Written};
use refusal::Refused;

/// The folders of one backup.
#[derive(Clone, Debug)]
pub struct Places {
    pub data: PathBuf,
    pub keys: PathBuf,
}

/// What was put back.
#[derive(Clone, Debug)]
pub struct Restored {
    pub head: Head,
    /// Markers of destructions in the newer folder.
    pub marked: usize,
}

/// Told of each file: how many are done, and of how many as far as that is known.
pub type Progress<'a> = dyn Fn(usize, usize) + Send + Sync + 'a;

/// `restored.json`: which backup the house came back from, until every institution was told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Untold {
    backup: String,
    taken_at_ms: i64,
}

const HOUSE_ID: &str = "house-id";
const RESTORED: &str = "restored.json";
const KEYS: &str = "keys";
const BLOBS: &str = "blobs";
/// Below it lie the logs' tiles and checkpoints.
const LOG: &str = "log";
/// Below it lies one marker for each person whose data was destroyed.
const DESTROYED: &str = "vault/destroyed";
/// Below it lie archives that are kept for a week: a backup would outlive them.
const PASSING: &str = inspection::FOLDER;
/// The one file of a log that changes.
const CHECKPOINT: &str = "checkpoint";

/// Takes a backup into two empty folders.
///
/// The order is what makes it hold together while the server works: keys and logs are older than the database, every
/// other file is newer than it. So the database extends each log and nothing of a log lies beyond it, every file that it
/// names is there, and so is every key that it needs, also when an epoch's key is replaced meanwhile.
pub async fn take(
    config: &Config,
    clock: &Clock,
    random: &Random,
    places: &Places,
    progress: &Progress<'_>,
) -> Result<Head> {
    apart(places)?;
    let db = db::connect(&config.database_url(), 1).await?;
    let house = house_of(&db).await?;
    let (mut data, mut keys) = (Part::new(&places.data)?, Part::new(&places.keys)?);
    let folder = &config.data.folder;

    let key_files = parts::walk(&folder.join(KEYS), is_key)?;
    keys.copy_all(&folder.join(KEYS), "", &key_files)?;
    let blobs = folder.join(BLOBS);
    let mut logs = parts::walk(&blobs, |path| path.ends_with(CHECKPOINT))?;
    data.copy_all(&blobs, BLOBS, &logs)?;
    // A partial tile that goes away under our hands has its full one by then, and the second walk finds that.
    for _ in 0..2 {
        let known: HashSet<&PathBuf> = logs.iter().collect();
        let tiles = parts::walk(&blobs, |path| {
            path.starts_with(LOG)
                && !parts::in_the_making(path)
                && !known.contains(&path.to_owned())
        })?;
        data.copy_all(&blobs, BLOBS, &tiles)?;
        logs.extend(tiles);
    }
    database::dump(config, &db, &places.data).await?;
    data.add(database::file(db.engine()))?;
    let once = parts::walk(&blobs, |path| {
        !path.starts_with(LOG) && !path.starts_with(PASSING) && !parts::in_the_making(path)
    })?;
    for (done, file) in once.iter().enumerate() {
        data.copy(&blobs, BLOBS, file)?;
        progress(done + 1, once.len());
    }
    // Whoever was destroyed under our hands lost their files, and their marker came after the walk.
    let marked = parts::walk(&blobs, |path| {
        path.starts_with(DESTROYED)
            && !parts::in_the_making(path)
            && once
                .binary_search_by(|known| known.as_path().cmp(path))
                .is_err()
    })?;
    data.copy_all(&blobs, BLOBS, &marked)?;
    data.copy(folder, "", Path::new(HOUSE_ID))?;
    let newer = parts::walk(&folder.join(KEYS), |path| {
        is_key(path) && !key_files.iter().any(|known| known == path)
    })?;
    keys.copy_all(&folder.join(KEYS), "", &newer)?;

    let taken_at_ms = clock.now_ms();
    let backup = format!("bak_{}", crate::id::body(taken_at_ms, random));
    let head = |kind, written: Written| Head {
        v: 1,
        kind,
        backup: backup.clone(),
        house: house.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: db.engine(),
        taken_at_ms,
        files: written.files,
        bytes: written.bytes,
        sums: written.sums,
    };
    let keys_head = head(Kind::Keys, keys.written()?);
    keys.finish(&keys_head)?;
    let data_head = head(Kind::Data, data.written()?);
    data.finish(&data_head)?;
    Ok(data_head)
}

/// Puts a backup back into an empty data folder and an empty database. Everything is compared first, then copied; what
/// ties folder and database together comes last, so that a start refuses what was cut off.
///
/// `destroyed` is a newer `blobs` folder, as far as one is left: what was destroyed after the backup was taken goes
/// again at the next start. Answers how many markers of destructions it holds.
pub async fn restore(
    config: &Config,
    places: &Places,
    destroyed: Option<&Path>,
    progress: &Progress<'_>,
) -> Result<Restored> {
    let (data, keys) = (
        parts::read(&places.data, Kind::Data)?,
        parts::read(&places.keys, Kind::Keys)?,
    );
    if data.head.backup != keys.head.backup {
        return Err(Refused::KeysOfAnother.into());
    }
    // Another folder would have no markers, and the destroyed would come back without a word.
    if let Some(newer) = destroyed.filter(|newer| !newer.join(LOG).is_dir()) {
        return Err(Refused::NotBlobs(newer.to_owned()).into());
    }
    let folder = &config.data.folder;
    empty_but_claimed(folder)?;
    let engine = data.head.database;
    database::must_take(config, engine).await?;
    let total = data.files.len() + keys.files.len();
    for (done, (part, file)) in [(&data, &places.data), (&keys, &places.keys)]
        .iter()
        .flat_map(|(part, place)| part.files.iter().map(move |file| (place, file)))
        .enumerate()
    {
        file.compare(part)?;
        progress(done + 1, total);
    }

    // What this house cosigned since is forgotten; a new key can't sign a second history of it.
    let kept = |file: &&Entry| file.path != Path::new(ledger::WITNESS_KEY_FILE);
    for file in keys.files.iter().filter(kept) {
        parts::put(&places.keys, &folder.join(KEYS), &file.path)?;
    }
    for file in &data.files {
        if file.path != Path::new(database::file(engine)) && file.path != Path::new(HOUSE_ID) {
            parts::put(&places.data, folder, &file.path)?;
        }
    }
    let mut marked = 0;
    if let Some(newer) = destroyed {
        for file in parts::walk(newer, |path| path.starts_with(DESTROYED))? {
            marked += 1;
            if !folder.join(BLOBS).join(&file).exists() {
                parts::put(newer, &folder.join(BLOBS), &file)?;
            }
        }
    }
    database::load(config, engine, &places.data).await?;
    let untold = Untold {
        backup: data.head.backup.clone(),
        taken_at_ms: data.head.taken_at_ms,
    };
    parts::write_whole(&folder.join(RESTORED), &serde_json::to_vec(&untold)?)?;
    parts::put(&places.data, folder, Path::new(HOUSE_ID))?;
    Ok(Restored {
        head: data.head,
        marked,
    })
}

/// Tells every institution, once, that its house came back from a backup: what was paid since, nobody here knows. Each
/// start comes by here, so that no restore that was cut off leaves a house that pays.
pub async fn tell(ctx: &Ctx) -> Result<()> {
    let marker = ctx.config.data.folder.join(RESTORED);
    let json = match fs::read(&marker) {
        Ok(json) => json,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause.into()),
    };
    let untold: Untold = serde_json::from_slice(&json)?;
    ledger::catch_up(ctx).await?;
    let view = ctx.db.read(Scope::Unscoped).await?;
    let institutions = access::institutions(&view).await?;
    drop(view);
    for institution in institutions {
        let restored =
            || disbursement::restored(ctx, &institution.id, &untold.backup, untold.taken_at_ms);
        ledger::retrying(restored).await?;
    }
    Ok(fs::remove_file(marker)?)
}

async fn house_of(db: &Db) -> Result<String> {
    if db::applied(db).await?.is_empty() {
        return Err(Refused::NoHouse.into());
    }
    db::house(&db.read(Scope::Unscoped).await?)
        .await?
        .ok_or_else(|| Refused::NoHouse.into())
}

/// A key that must come back; those of archives go with them.
fn is_key(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    let passing = name.is_some_and(|name| name.starts_with(inspection::KEYS));
    path.extension().is_some_and(|end| end == "key") && !passing
}

/// Keys beside what they open would be one thing to steal instead of two.
fn apart(places: &Places) -> Result<()> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(Error::from);
    let (data, keys) = (absolute(&places.data)?, absolute(&places.keys)?);
    if data.starts_with(&keys) || keys.starts_with(&data) {
        return Err(Refused::KeysInside.into());
    }
    Ok(())
}

/// The claim of the running command is the one file that may lie there.
fn empty_but_claimed(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        if entry?.file_name() != "serve.lock" {
            return Err(Refused::FolderNotEmpty(folder.to_owned()).into());
        }
    }
    Ok(())
}
