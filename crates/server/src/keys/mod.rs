//! Secrets kept outside the database: a folder of 0600 files, made on first use.
//!
//! Names are `log-ins-…`, `links`, `epoch-1` …; every key is 32 random bytes.
//! The lasting ones are registered: the database remembers a few bytes that recognise each, so that a lost or swapped
//! file is an error at start and never a fresh key.

mod envelope;
mod refusal;
mod registry;
mod store;

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use envelope::{seal, unseal};
pub use registry::{destroy, register};
pub use store::MIGRATIONS;

use crate::error::{Error, Result};
use crate::random::Random;
use refusal::{KeyMissing, KeySwapped};

/// The key folder.
#[derive(Clone, Debug)]
pub struct Keys {
    folder: PathBuf,
    /// What recognises each registered key.
    registered: Arc<RwLock<HashMap<String, Vec<u8>>>>,
}

/// One secret; wiped when dropped, never printed.
pub type Key = Zeroizing<[u8; 32]>;

impl Keys {
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            registered: Arc::default(),
        })
    }

    /// Reads an existing key. A registered one must be there and be the same as ever.
    pub fn get(&self, name: &str) -> Result<Option<Key>> {
        self.sound(name).map_err(inside)
    }

    /// Reads a key, or makes it durably when it never existed.
    pub fn get_or_create(&self, name: &str, random: &Random) -> Result<Key> {
        self.sound_or_fresh(name, random).map_err(inside)
    }

    /// Whether a key's file is there, whatever is in it.
    pub fn exists(&self, name: &str) -> Result<bool> {
        Ok(self.path(name)?.try_exists()?)
    }

    /// Overwrites a key's file and removes it; a missing one is gone already.
    fn remove(&self, name: &str, random: &Random) -> Result<()> {
        self.registered
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(name);
        let path = self.path(name)?;
        match fs::OpenOptions::new().write(true).open(&path) {
            Ok(mut file) => {
                file.write_all(&random.bytes::<32>())?;
                file.sync_all()?;
                fs::remove_file(&path)?;
                Ok(fs::File::open(&self.folder)?.sync_all()?)
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }

    fn sound(&self, name: &str) -> Result<Option<Key>> {
        let known = self.recognised_by(name);
        match self.read(name)? {
            None if known.is_some() => Err(KeyMissing::of(name).into()),
            Some(key) if known.is_some_and(|known| known != check(&key, name)) => {
                Err(KeySwapped::of(name).into())
            }
            key => Ok(key),
        }
    }

    fn sound_or_fresh(&self, name: &str, random: &Random) -> Result<Key> {
        if let Some(key) = self.sound(name)? {
            return Ok(key);
        }
        let fresh = Zeroizing::new(random.bytes::<32>());
        let path = self.path(name)?;
        let suffix = random
            .bytes::<8>()
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let draft = self.folder.join(format!("{name}.tmp-{suffix}"));
        // Whole before it has its name: a crash leaves a draft behind, never half a key.
        let written =
            write_whole(&draft, fresh.as_slice()).and_then(|()| fs::hard_link(&draft, &path));
        fs::remove_file(&draft)?;
        match written {
            Ok(()) => {
                fs::File::open(&self.folder)?.sync_all()?;
                Ok(fresh)
            }
            // Another process was first: its key counts.
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => self
                .sound(name)?
                .ok_or_else(|| Error::internal("key file vanished")),
            Err(cause) => Err(cause.into()),
        }
    }

    fn read(&self, name: &str) -> Result<Option<Key>> {
        match fs::read(self.path(name)?) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let key: [u8; 32] = bytes
                    .as_slice()
                    .try_into()
                    .map_err(|_| KeySwapped::of(name))?;
                Ok(Some(Zeroizing::new(key)))
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    fn recognised_by(&self, name: &str) -> Option<Vec<u8>> {
        self.registered
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    fn recognise(&self, name: &str, check: Vec<u8>) {
        self.registered
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(name.to_owned(), check);
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

/// Visitors of a running server learn nothing of key files; only the start says which is amiss.
fn inside(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => {
            Error::internal(format!("{}: {}", refusal.code, refusal.text.en))
        }
        other => other,
    }
}

/// Writes a new 0600 file and waits until it is on the disk.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

const CHECK_BYTES: usize = 8;

/// A few bytes that recognise a key without giving it away.
fn check(key: &Key, name: &str) -> Vec<u8> {
    mac(key, &[b"xiaobao/key-check/v1", name.as_bytes()])[..CHECK_BYTES].to_vec()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, gone afterwards.
    fn in_folder(name: &str, test: impl FnOnce(&Path)) {
        let folder =
            std::env::temp_dir().join(format!("xiaobao-keys-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        test(&folder);
        fs::remove_dir_all(&folder).expect("the test's folder goes away");
    }

    #[test]
    fn a_key_is_made_once_and_leaves_no_draft() {
        in_folder("once", |folder| {
            let (keys, random) = (Keys::open(folder).expect("opens"), Random::seeded(1));
            assert!(keys.get("links").expect("reads").is_none());
            let first = keys.get_or_create("links", &random).expect("made");
            assert_eq!(keys.get_or_create("links", &random).expect("read"), first);
            let names: Vec<_> = fs::read_dir(folder)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").file_name())
                .collect();
            assert_eq!(names, ["links.key"]);
        });
    }

    #[test]
    fn a_draft_left_by_a_crash_is_in_nobodys_way() {
        in_folder("draft", |folder| {
            let (keys, random) = (Keys::open(folder).expect("opens"), Random::seeded(2));
            fs::write(folder.join("links.tmp-0011223344556677"), b"half").expect("a draft");
            let key = keys.get_or_create("links", &random).expect("made");
            assert_eq!(keys.get("links").expect("read"), Some(key));
        });
    }

    #[test]
    fn a_registered_key_that_is_lost_swapped_or_cut_is_an_error_and_never_made_again() {
        in_folder("registered", |folder| {
            let (keys, random) = (Keys::open(folder).expect("opens"), Random::seeded(3));
            let key = keys.get_or_create("links", &random).expect("made");
            keys.recognise("links", check(&key, "links"));
            assert_eq!(keys.get("links").expect("read"), Some(key));
            let file = folder.join("links.key");
            let code = || {
                let made = keys.sound_or_fresh("links", &random);
                made.expect_err("not made again").code()
            };
            fs::write(&file, [7; 32]).expect("swapped");
            assert_eq!(code(), "key_swapped");
            fs::write(&file, [7; 31]).expect("cut");
            assert_eq!(code(), "key_swapped");
            fs::remove_file(&file).expect("lost");
            assert_eq!(code(), "key_missing");
        });
    }
}
