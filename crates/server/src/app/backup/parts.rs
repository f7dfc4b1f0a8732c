//! One folder of a backup: files, their digests as `sha256sum` writes them, and a head that comes last.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::refusal::Refused;
use crate::db::Engine;
use crate::error::{Error, Result};

const HEAD: &str = "backup.json";
const SUMS: &str = "SHA256SUMS";
/// Read at once while a file is copied or compared.
const CHUNK_BYTES: usize = 1 << 20;
/// A head is a few hundred bytes.
const HEAD_BYTES_MAX: u64 = 65_536;
/// Folders inside folders; a tile's path has about ten.
const DEPTH_MAX: usize = 32;

/// Which of the two folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Data,
    Keys,
}

/// `backup.json`: what this folder is, written when all the rest is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub v: u32,
    pub kind: Kind,
    /// The same in the folder of the data and in that of its keys.
    pub backup: String,
    pub house: String,
    /// The version that took it.
    pub program: String,
    pub database: Engine,
    pub taken_at_ms: i64,
    pub files: usize,
    pub bytes: u64,
    /// SHA-256 of `SHA256SUMS`, hex.
    pub sums: String,
}

/// A folder that is being filled.
pub struct Part {
    folder: PathBuf,
    sums: String,
    files: usize,
    bytes: u64,
}

/// What a filled folder holds.
pub struct Written {
    pub files: usize,
    pub bytes: u64,
    pub sums: String,
}

impl Part {
    /// Makes the folder, for this account alone; one that holds anything is refused.
    pub fn new(folder: &Path) -> Result<Self> {
        make(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            return Err(Refused::FolderNotEmpty(folder.to_owned()).into());
        }
        Ok(Self {
            folder: folder.to_owned(),
            sums: String::new(),
            files: 0,
            bytes: 0,
        })
    }

    pub fn copy_all(&mut self, from: &Path, below: &str, files: &[PathBuf]) -> Result<()> {
        files
            .iter()
            .try_for_each(|file| self.copy(from, below, file))
    }

    /// Copies `from/file` to `below/file`. One that went away meanwhile is passed over: nothing names it any more.
    pub fn copy(&mut self, from: &Path, below: &str, file: &Path) -> Result<()> {
        match copied(&from.join(file), &self.folder.join(below).join(file)) {
            Ok(measured) => self.note(&Path::new(below).join(file), &measured),
            Err(Error::Internal(cause)) if is_gone(cause.as_ref()) => Ok(()),
            Err(cause) => Err(cause),
        }
    }

    /// Counts in a file that was written here by somebody else.
    pub fn add(&mut self, file: &str) -> Result<()> {
        let path = self.folder.join(file);
        File::open(&path)?.sync_all()?;
        let measured = measured(&path, None)?;
        self.note(Path::new(file), &measured)
    }

    fn note(&mut self, path: &Path, measured: &Measured) -> Result<()> {
        let name = path.to_str().filter(|name| !name.contains(['\n', '\\']));
        let name = name.ok_or_else(|| Error::internal("a file name that can't be listed"))?;
        self.sums.push_str(&measured.sha256);
        self.sums.push_str("  ");
        self.sums.push_str(name);
        self.sums.push('\n');
        self.files += 1;
        self.bytes += measured.bytes;
        Ok(())
    }

    /// Writes the list of digests.
    pub fn written(&self) -> Result<Written> {
        write_whole(&self.folder.join(SUMS), self.sums.as_bytes())?;
        Ok(Written {
            files: self.files,
            bytes: self.bytes,
            sums: hex(&Sha256::digest(self.sums.as_bytes())),
        })
    }

    /// Writes the head; from now on this is a backup.
    pub fn finish(self, head: &Head) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(head)?;
        json.push(b'\n');
        write_whole(&self.folder.join(HEAD), &json)?;
        Ok(File::open(&self.folder)?.sync_all()?)
    }
}

/// A folder that was read: its head, and the files that it lists.
pub struct Listed {
    pub head: Head,
    pub files: Vec<Entry>,
}

/// A line of `SHA256SUMS`.
pub struct Entry {
    pub path: PathBuf,
    sha256: String,
}

impl Entry {
    /// Refuses a file that is missing or not byte for byte what was taken.
    pub fn compare(&self, folder: &Path) -> Result<()> {
        let found = match measured(&folder.join(&self.path), None) {
            Ok(found) => found,
            Err(Error::Internal(cause)) if is_gone(cause.as_ref()) => {
                return Err(Refused::Damaged(self.path.clone()).into());
            }
            Err(cause) => return Err(cause),
        };
        if found.sha256 == self.sha256 {
            Ok(())
        } else {
            Err(Refused::Damaged(self.path.clone()).into())
        }
    }
}

/// Reads head and list of a folder; the files themselves are not looked at yet.
pub fn read(folder: &Path, kind: Kind) -> Result<Listed> {
    let unreadable = || Refused::Unreadable(folder.to_owned());
    let mut json = Vec::new();
    File::open(folder.join(HEAD))
        .map_err(|_| unreadable())?
        .take(HEAD_BYTES_MAX)
        .read_to_end(&mut json)?;
    let head: Head = serde_json::from_slice(&json).map_err(|_| unreadable())?;
    if head.v != 1 || head.kind != kind {
        return Err(unreadable().into());
    }
    let sums = fs::read_to_string(folder.join(SUMS)).map_err(|_| unreadable())?;
    if hex(&Sha256::digest(sums.as_bytes())) != head.sums {
        return Err(Refused::Damaged(SUMS.into()).into());
    }
    let files: Option<Vec<Entry>> = sums.lines().map(entry).collect();
    Ok(Listed {
        files: files.ok_or_else(unreadable)?,
        head,
    })
}

/// `<sha256>  <path>`, where the path stays inside.
fn entry(line: &str) -> Option<Entry> {
    let (sha256, path) = line.split_once("  ")?;
    let path = PathBuf::from(path);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    (path.components().count() > 0 && path.components().all(plain)).then(|| Entry {
        path,
        sha256: sha256.to_owned(),
    })
}

/// Copies one file of a backup to its place.
pub fn put(from: &Path, to: &Path, file: &Path) -> Result<()> {
    put_as(&from.join(file), &to.join(file))
}

/// Copies one file under another name.
pub fn put_as(from: &Path, to: &Path) -> Result<()> {
    copied(from, to).map(drop)
}

/// The files below a folder that are wanted, in order, as paths from there.
pub fn walk(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((below, depth)) = open.pop() {
        let entries = match fs::read_dir(folder.join(&below)) {
            Ok(entries) => entries,
            Err(cause) if is_gone(&cause) => continue,
            Err(cause) => return Err(cause.into()),
        };
        for entry in entries {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                if depth == DEPTH_MAX {
                    return Err(Error::internal("folders lie too deep in each other"));
                }
                open.push((path, depth + 1));
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file that the store is still writing carries `#` and a number.
pub fn in_the_making(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| name.contains('#'))
}

struct Measured {
    sha256: String,
    bytes: u64,
}

/// Reads a file to its end and says what it was; writes it on where that is asked.
fn measured(path: &Path, mut onto: Option<&mut File>) -> Result<Measured> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        digest.update(&chunk[..read]);
        bytes += u64::try_from(read)?;
        if let Some(onto) = onto.as_deref_mut() {
            onto.write_all(&chunk[..read])?;
        }
    }
    Ok(Measured {
        sha256: hex(&digest.finalize()),
        bytes,
    })
}

/// Copies a file, durably and for this account alone, and says what was copied.
fn copied(from: &Path, to: &Path) -> Result<Measured> {
    // Asked first: a file that is gone leaves no empty copy.
    fs::metadata(from)?;
    if let Some(folder) = to.parent() {
        make(folder)?;
    }
    let mut file = created(to)?;
    let measured = measured(from, Some(&mut file))?;
    file.sync_all()?;
    Ok(measured)
}

/// Writes a file, durably and for this account alone.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = created(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

fn created(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    Ok(options.open(path)?)
}

fn make(folder: &Path) -> Result<()> {
    let mut folders = fs::DirBuilder::new();
    Ok(folders.recursive(true).mode(0o700).create(folder)?)
}

fn is_gone(cause: &(dyn std::error::Error + 'static)) -> bool {
    let cause = cause.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::NotFound)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_list_stays_inside_the_folder() {
        let cases = [
            ("ab  blobs/log/checkpoint", true),
            ("ab  xiaobao.db", true),
            ("ab  ../keys/links.key", false),
            ("ab  blobs/../../etc/passwd", false),
            ("ab  /etc/passwd", false),
            ("ab  ", false),
            ("ab xiaobao.db", false),
        ];
        for (line, inside) in cases {
            assert_eq!(entry(line).is_some(), inside, "{line}");
        }
    }
}
