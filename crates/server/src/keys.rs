//! Secrets kept outside the database: a folder of 0600 files, made on first use.
//!
//! Names are `log-anhe`, `links`, `epoch-1` …; every key is 32 random bytes.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::random::Random;

/// The key folder.
#[derive(Clone, Debug)]
pub struct Keys {
    folder: PathBuf,
}

/// One secret; wiped when dropped, never printed.
pub type Key = Zeroizing<[u8; 32]>;

impl Keys {
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Reads an existing key.
    pub fn get(&self, name: &str) -> Result<Option<Key>> {
        let path = self.path(name)?;
        match fs::read(&path) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| {
                    Error::internal(format!("key file {name} is not 32 bytes long"))
                })?;
                Ok(Some(Zeroizing::new(key)))
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Reads a key, or makes it durably when it does not exist yet.
    pub fn get_or_create(&self, name: &str, random: &Random) -> Result<Key> {
        if let Some(key) = self.get(name)? {
            return Ok(key);
        }
        let fresh = Zeroizing::new(random.bytes::<32>());
        let path = self.path(name)?;
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
        {
            Ok(mut file) => {
                file.write_all(fresh.as_slice())?;
                file.sync_all()?;
                fs::File::open(&self.folder)?.sync_all()?;
                Ok(fresh)
            }
            // Another process was first: its key counts.
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => self
                .get(name)?
                .ok_or_else(|| Error::internal("key file vanished")),
            Err(cause) => Err(cause.into()),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if plain {
            Ok(self.folder.join(format!("{name}.key")))
        } else {
            Err(Error::internal("bad key name"))
        }
    }
}

/// HMAC-SHA-256 over parts, each preceded by its length so that no two lists of parts look alike.
pub fn mac(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
