//! The two web apps: their packages and their built files, renewed only when stale.

use crate::command::Call;
use crate::steps::{Note, Result, While};
use crate::tree::Tree;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Installs the packages the lock file names, unless they are there.
pub fn packages(tree: &Tree) -> Result<Note> {
    let web = tree.web();
    let now = fingerprint(&[web.join("package.json"), web.join("package-lock.json")])?;
    // The stamp lies inside the folder, so it goes when the folder goes.
    let stamp = web.join("node_modules/.xiaobao-packages");
    if is_stamped(&stamp, &now) {
        return Ok("packages unchanged".into());
    }
    npm(tree)
        .args(["ci", "--no-audit", "--no-fund"])
        .watched(tree, "npm-ci")?;
    std::fs::write(&stamp, now).could_not("note the installed packages")?;
    Ok("packages installed".into())
}

/// Builds the apps, unless nothing changed since the last build.
pub fn built(tree: &Tree) -> Result<Note> {
    let web = tree.web();
    let mut sources = Vec::new();
    sources_below(&web, &mut sources)?;
    let now = fingerprint(&sources)?;
    let stamp = tree.target.join("web-build.stamp");
    let has_pages =
        std::fs::read_dir(web.join("dist")).is_ok_and(|mut files| files.next().is_some());
    if has_pages && is_stamped(&stamp, &now) {
        return Ok("pages unchanged".into());
    }
    npm(tree)
        .args(["run", "build"])
        .watched(tree, "npm-build")?;
    std::fs::create_dir_all(&tree.target).could_not("make the build folder")?;
    std::fs::write(&stamp, now).could_not("note the built pages")?;
    Ok("pages built".into())
}

/// What to do with the types that the web generates from the server's description.
#[derive(Clone, Copy)]
pub enum Schema {
    Write,
    Compare,
}

/// Writes or compares `web/src/api/schema.ts`, from the description that the built program prints.
pub fn schema(tree: &Tree, what: Schema) -> Result<Note> {
    let build: &[&str] = match what {
        Schema::Write => &["build", "--workspace"],
        // The same build as the tests' own, so after them nothing is left to do.
        Schema::Compare => &["test", "--workspace", "--locked", "--no-run"],
    };
    Call::cargo(tree)
        .args(build)
        .watched(tree, "schema-build")?;
    let described = Call::new(tree.built("debug", "xiaobao"))
        .arg("openapi")
        .text()?;
    let file = tree.target.join("openapi.json");
    std::fs::write(&file, described).could_not(format!("write {}", file.display()))?;
    let mut call = Call::new("npx")
        .args(["openapi-typescript"])
        .arg(&file)
        .args(["--output", "src/api/schema.ts"])
        .dir(&tree.web());
    if let Schema::Compare = what {
        call = call.arg("--check");
    }
    call.watched(tree, "schema")?;
    Ok("src/api/schema.ts is what the server describes; else run cargo dev types".into())
}

/// Runs a script of the web package.
pub fn script(tree: &Tree, name: &str) -> Result<Vec<String>> {
    npm(tree)
        .args(["run", name])
        .watched(tree, &format!("npm-{name}"))
}

fn npm(tree: &Tree) -> Call {
    Call::new("npm")
        .dir(&tree.web())
        .env("npm_config_update_notifier", "false")
        .env("CI", "true")
}

fn is_stamped(stamp: &Path, now: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|then| then == now)
}

/// Every file of the web package that a build may read.
fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).could_not(format!("list {}", folder.display()))? {
        let path = entry.could_not("list a folder")?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_file() {
            found.push(path);
        } else if !["node_modules", "dist", "e2e"].contains(&name.as_str()) {
            sources_below(&path, found)?;
        }
    }
    found.sort();
    Ok(())
}

/// Tells whether any of the files changed; not a digest to trust against an adversary.
fn fingerprint(files: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(file)
            .could_not(format!("read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
