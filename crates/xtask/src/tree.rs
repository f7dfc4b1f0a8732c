//! Where things lie: the repository, the build folder and what this program keeps in it.

use std::path::{Path, PathBuf};

/// The folders every step works in.
pub struct Tree {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's build folder, `target` unless `CARGO_TARGET_DIR` says otherwise.
    pub target: PathBuf,
}

impl Tree {
    /// The repository this program was built from.
    pub fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."));
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        Self {
            root: root.to_path_buf(),
            target,
        }
    }

    /// The web package.
    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// Pinned programs, unpacked.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Whole output of the last run of every step.
    pub fn logs(&self) -> PathBuf {
        self.target.join("dev-logs")
    }

    /// A program built from the workspace in the named profile folder (`debug` or `release`).
    pub fn built(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(name)
    }

    /// The path as a person would type it from the repository.
    pub fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// The folders `crates/*/<name>` that exist, sorted.
pub fn crate_folders(tree: &Tree, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(tree.root.join("crates")) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path().join(name))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}
