//! `perceive`: every sense by hand, as JSON.

mod acts;

use crate::evaluate;
use crate::faces::{Descriptor, Face, Faces};
use crate::fixtures::FixtureError;
use crate::media::{self, Bounds};
use crate::models::{self, Models};
use crate::parity;
use crate::picture::Picture;
use crate::print::{IdentityCard, Print};
use crate::sound::Sound;
use crate::speech::{Expected, Speech};
use crate::thresholds::{self, Thresholds};
use crate::voices::Voices;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to perceive.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder with the models; else XIAOBAO_MODELS, else the user's cache
    #[arg(long, global = true)]
    pub models: Option<PathBuf>,
    #[command(subcommand)]
    sense: Sense,
}

#[derive(Debug, Subcommand)]
enum Sense {
    /// Whether two pictures show one person
    Faces {
        /// A picture, JPEG or PNG
        a: PathBuf,
        /// Another
        b: PathBuf,
    },
    /// Whether two recordings hold one voice
    Voices {
        /// A recording, WebM, MP4, WAV or Ogg
        a: PathBuf,
        /// Another
        b: PathBuf,
    },
    /// What is said in a recording of one answer
    Speech {
        /// A recording
        recording: PathBuf,
        /// A phrase that would be right (may be given more than once)
        #[arg(long, value_name = "PHRASE")]
        expect: Vec<String>,
        /// A phrase that would be wrong; with both told before, each is heard better
        #[arg(long, value_name = "PHRASE")]
        against: Vec<String>,
    },
    /// What a face does in a film, and whether it is the one of a picture
    Acts(acts::Options),
    /// What is printed in a picture, and the fields of an identity card
    Print {
        /// A picture
        picture: PathBuf,
    },
    /// Fetch, check and convert the models
    Models(Fetch),
    /// Inputs and outputs of the converted models, to compare the originals with
    #[command(hide = true)]
    Parity {
        /// Folder to write them to
        into: PathBuf,
    },
    /// Error rates and times on the fixtures
    Evaluate,
}

/// What to fetch.
#[derive(Debug, clap::Args)]
pub struct Fetch {
    /// Also the pictures and voices that tests and figures use
    #[arg(long)]
    fixtures: bool,
}

impl From<Fetch> for Options {
    fn from(fetch: Fetch) -> Self {
        Self {
            models: None,
            sense: Sense::Models(fetch),
        }
    }
}

/// Runs one sense and gives what it found.
pub fn run(options: &Options, thresholds: &Thresholds) -> Result<Value, FixtureError> {
    let folder = options.models.clone().unwrap_or_else(Models::usual_folder);
    let models = Models::at(folder);
    let found = match &options.sense {
        Sense::Faces { a, b } => faces(&models, thresholds, a, b),
        Sense::Voices { a, b } => voices(&models, thresholds, a, b),
        Sense::Speech {
            recording,
            expect,
            against,
        } => speech(&models, thresholds, recording, expect, against),
        Sense::Acts(options) => acts::run(&models, thresholds, options),
        Sense::Print { picture } => print(&models, thresholds, picture),
        Sense::Models(fetch) => provide(&models, fetch),
        Sense::Parity { into } => parity::write(&models, into),
        Sense::Evaluate => evaluate::run(&models, thresholds),
    };
    match found {
        Err(FixtureError::NotPerformed(reason)) => Ok(json!({
            "outcome": "not_performed",
            "reason": reason.to_string(),
        })),
        found => found,
    }
}

/// Milliseconds, to a tenth.
fn ms(started: Instant) -> f64 {
    (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0
}

fn provide(models: &Models, fetch: &Fetch) -> Result<Value, FixtureError> {
    let started = Instant::now();
    let mut tell = |line: &str| eprintln!("{line}");
    let made = models::provide(models.folder(), &mut tell)?;
    if fetch.fixtures {
        crate::fixtures::Fixtures::provide(models.folder(), &mut tell)?;
    }
    Ok(json!({
        "folder": models.folder(),
        "made": made,
        "there": models::MODELS.len() - made,
        "seconds": ms(started) / 1000.0,
    }))
}

fn faces(
    models: &Models,
    thresholds: &Thresholds,
    a: &Path,
    b: &Path,
) -> Result<Value, FixtureError> {
    let mut sense = Faces::open(models)?;
    let mut look = |path: &Path| -> Result<(Value, Option<Descriptor>), FixtureError> {
        let picture = Picture::read(&std::fs::read(path)?)?;
        let started = Instant::now();
        let found = sense.find(&picture, thresholds.face_score_min)?;
        let largest = found
            .first()
            .filter(|face| face.eye_distance() >= thresholds.eye_distance_min);
        let described = largest.map(|face| sense.describe(&picture, face));
        let shown: Vec<Value> = found.iter().map(face).collect();
        let value = json!({ "faces": shown, "ms": ms(started) });
        Ok((value, described.transpose()?))
    };
    let ((first, a), (second, b)) = (look(a)?, look(b)?);
    let distance = a.zip(b).map(|(a, b)| a.distance(&b));
    Ok(json!({
        "outcome": match distance {
            Some(distance) if distance <= thresholds.face_distance_max => "same",
            Some(_) => "different",
            None => "no_face",
        },
        "distance": distance,
        "threshold": thresholds.face_distance_max,
        "measured": thresholds::FACES,
        "pictures": [first, second],
    }))
}

fn face(face: &Face) -> Value {
    json!({
        "bounds": face.bounds,
        "score": face.score,
        "eye_distance": face.eye_distance(),
        "points": face.points,
    })
}

fn voices(
    models: &Models,
    thresholds: &Thresholds,
    a: &Path,
    b: &Path,
) -> Result<Value, FixtureError> {
    let mut sense = Voices::open(models)?;
    let mut listen = |path: &Path| -> Result<_, FixtureError> {
        let sound = media::sound(path, &Bounds::default())?;
        let started = Instant::now();
        let spans = sense.spans(&sound)?;
        let voiceprint = sense.describe_spans(&sound, &spans)?;
        let value = json!({ "seconds": sound.seconds(), "speech": spans, "ms": ms(started) });
        Ok((value, voiceprint))
    };
    let ((first, a), (second, b)) = (listen(a)?, listen(b)?);
    let likeness = a.zip(b).map(|(a, b)| a.likeness(&b));
    Ok(json!({
        "outcome": match likeness {
            Some(likeness) if likeness >= thresholds.voice_likeness_min => "same",
            Some(_) => "different",
            None => "too_little_speech",
        },
        "likeness": likeness,
        "threshold": thresholds.voice_likeness_min,
        "measured": thresholds::VOICES,
        "recordings": [first, second],
    }))
}

fn speech(
    models: &Models,
    thresholds: &Thresholds,
    recording: &Path,
    expect: &[String],
    against: &[String],
) -> Result<Value, FixtureError> {
    let mut sense = Speech::open(models)?;
    let sound: Sound = media::sound(recording, &Bounds::default())?;
    let started = Instant::now();
    // Right phrases alone would be heard where others are said.
    let right = if against.is_empty() { &[] } else { expect };
    let heard = sense.hear(&sound, right, against)?;
    let outcome = match expect.is_empty() {
        true if heard.trusted(thresholds) => json!("heard"),
        true => json!("unclear"),
        false => json!(heard.judged(&Expected::new(expect), &Expected::new(against), thresholds)),
    };
    Ok(json!({
        "outcome": outcome,
        "heard": heard,
        "thresholds": {
            "certainty_min": thresholds.speech_certainty_min,
            "silence_max": thresholds.speech_silence_max,
            "doubt_max": thresholds.speech_doubt_max,
            "margin_min": thresholds.speech_margin_min,
        },
        "measured": thresholds::ANSWERS,
        "seconds": sound.seconds(),
        "ms": ms(started),
    }))
}

fn print(models: &Models, thresholds: &Thresholds, picture: &Path) -> Result<Value, FixtureError> {
    let mut sense = Print::open(models)?;
    let picture = Picture::read(&std::fs::read(picture)?)?;
    let started = Instant::now();
    let lines = sense.read(&picture, thresholds.print_certainty_min)?;
    let card = IdentityCard::read(&lines);
    Ok(json!({
        "outcome": if lines.is_empty() { "no_print" } else { "read" },
        "lines": lines,
        "threshold": thresholds.print_certainty_min,
        "identity_card": card,
        "faults": card.faults(),
        "ms": ms(started),
    }))
}
