//! Room on the disks that the house writes to.

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;

use crate::config::Config;
use crate::db;
use crate::error::{Error, Result};

/// Bytes of a MiB.
pub const MIB: u64 = 1_048_576;

/// What lies on a disk, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub what: &'static str,
    pub folder: PathBuf,
}

/// Where the house writes: its files, and the embedded database where there is one. PostgreSQL looks after its own disk.
pub fn places(config: &Config) -> Vec<Place> {
    let mut places = vec![blobs(config)];
    let url = config.database_url();
    if let Some(file) = db::sqlite_file(&url) {
        places.push(Place {
            what: "database",
            folder: match file.parent() {
                Some(to) if to != Path::new("") => to.to_owned(),
                _ => PathBuf::from("."),
            },
        });
    }
    places
}

/// Where files lie.
pub fn blobs(config: &Config) -> Place {
    Place {
        what: "blobs",
        folder: config.data.folder.join("blobs"),
    }
}

/// Bytes that this program may still write there.
pub fn free(place: &Place) -> Result<u64> {
    let disk = statvfs(&place.folder).map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

/// The first place with less room than the configuration asks for.
pub fn crowded(config: &Config) -> Result<Option<Place>> {
    let least = config.data.free_mib_min.saturating_mul(MIB);
    for place in places(config) {
        if free(&place)? < least {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_embedded_database_is_a_place_of_its_own() {
        let mut config = Config::load(None).expect("the defaults");
        for (url, folder) in [
            ("", Some("data")),
            ("sqlite:/var/lib/x/a.db", Some("/var/lib/x")),
            ("sqlite:a.db", Some(".")),
            ("postgres://db/x", None),
        ] {
            config.database.url = url.to_owned();
            let found = places(&config)
                .into_iter()
                .find(|one| one.what == "database");
            let found = found.map(|one| one.folder);
            assert_eq!(found.as_deref(), folder.map(Path::new), "{url}");
        }
    }
}
