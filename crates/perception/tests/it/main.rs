//! The senses over real models, and what harms them.

mod faces;
mod media;
mod models;
mod print;
mod sound;

use perception::fixtures::Fixtures;
use perception::models::Models;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The models and their fixtures; none, with a line that says so, where nobody fetched them.
/// Where `XIAOBAO_MODELS` names a folder they must be there.
fn senses() -> Option<(Models, Fixtures)> {
    let models = Models::at(Models::usual_folder());
    let fixtures = Fixtures::at(models.folder());
    let missing = models.missing();
    match (missing.is_empty(), fixtures) {
        (true, Some(fixtures)) => Some((models, fixtures)),
        (_, fixtures) => {
            assert!(
                std::env::var_os("XIAOBAO_MODELS").is_none(),
                "missing models {missing:?}, fixtures there: {}",
                fixtures.is_some()
            );
            eprintln!("not run: models missing; cargo dev models --fixtures");
            None
        }
    }
}

/// Whether ffmpeg can be run; says so where not.
fn ffmpeg_there() -> bool {
    let there = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !there {
        eprintln!("not run: ffmpeg missing");
    }
    there
}

/// Runs ffmpeg to make something to look at.
fn make(words: &[&str], into: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(words)
        .arg(into)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "{words:?}");
}

/// A folder of this test run.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder to write in");
    folder
}
