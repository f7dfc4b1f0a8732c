//! What a face does in a film, act by act, and whether it is the one of a picture.

use super::ms;
use crate::faces::{Descriptor, Faces};
use crate::fixtures::FixtureError;
use crate::liveness::{Act, Outcome, Prompt, Seen, judge};
use crate::media::{self, Bounds};
use crate::models::Models;
use crate::picture::Picture;
use crate::thresholds::{self, Thresholds};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as Unknown;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Instant;

/// Seconds between two pictures that are looked at, and pictures between two that are compared.
const EVERY_S: f32 = 0.1;
const COMPARED: usize = 5;

/// A film, and what to look for in it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A film, WebM or MP4
    film: PathBuf,
    /// An act: blink, turn_left, turn_right or open_mouth, in the whole film or as
    /// turn_left@2.5-6 between two of its seconds (several: with commas between)
    #[arg(long, value_name = "ACT", value_delimiter = ',')]
    ask: Vec<Ask>,
    /// A picture of the person who should be in it
    #[arg(long, value_name = "PICTURE")]
    like: Option<PathBuf>,
}

/// An act and its time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ask {
    act: Act,
    time: Option<(f32, f32)>,
}

impl FromStr for Ask {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        let (act, time) = match words.split_once('@') {
            None => (words, None),
            Some((act, time)) => (act, Some(seconds(time).ok_or("a time is as 2.5-6")?)),
        };
        let act =
            Act::deserialize(act.into_deserializer()).map_err(|what: Unknown| what.to_string())?;
        Ok(Self { act, time })
    }
}

fn seconds(words: &str) -> Option<(f32, f32)> {
    let (from, until) = words.split_once('-')?;
    let (from, until) = (from.parse().ok()?, until.parse().ok()?);
    (from < until).then_some((from, until))
}

/// Looks at the film ten times a second.
pub fn run(
    models: &Models,
    thresholds: &Thresholds,
    options: &Options,
) -> Result<Value, FixtureError> {
    let mut sense = Faces::open(models)?;
    let like = match &options.like {
        Some(path) => portrait(&mut sense, thresholds, path)?,
        None => None,
    };
    let frames = media::frames(&options.film, EVERY_S, &Bounds::default())?;
    let started = Instant::now();
    let (mut seen, mut distances) = (Vec::new(), Vec::new());
    for (at, frame) in frames.iter().enumerate() {
        let found = sense.find(&frame.picture, thresholds.face_score_min)?;
        if let (Some(like), Some(face), true) = (&like, found.first(), at % COMPARED == 0) {
            distances.push(sense.describe(&frame.picture, face)?.distance(like));
        }
        seen.push(Seen {
            at_s: frame.at_s,
            faces: found.into_iter().map(|face| face.points).collect(),
        });
    }
    let prompts: Vec<Prompt> = options.ask.iter().map(prompt).collect();
    let found = judge(&prompts, &seen);
    let shown = |count: fn(usize) -> bool| seen.iter().filter(|one| count(one.faces.len())).count();
    distances.sort_by(f32::total_cmp);
    let middle = distances.get(distances.len() / 2);
    Ok(json!({
        "outcome": match found.iter().all(|one| one.outcome == Outcome::Done) {
            true => "done",
            false => "not_done",
        },
        "acts": found,
        "pictures": { "nobody": shown(|n| n == 0), "one": shown(|n| n == 1), "more": shown(|n| n > 1) },
        "like": middle.map(|middle| json!({
            "distances": [distances.first(), Some(middle), distances.last()],
            "threshold": thresholds.face_distance_max,
            "measured": thresholds::FACES,
        })),
        "ms": ms(started),
    }))
}

fn prompt(ask: &Ask) -> Prompt {
    let (from_s, until_s) = ask.time.unwrap_or((0.0, f32::MAX));
    Prompt {
        act: ask.act,
        from_s,
        until_s,
    }
}

/// What the largest face of a picture is compared by.
fn portrait(
    sense: &mut Faces,
    thresholds: &Thresholds,
    path: &Path,
) -> Result<Option<Descriptor>, FixtureError> {
    let picture = Picture::read(&std::fs::read(path)?)?;
    let found = sense.find(&picture, thresholds.face_score_min)?;
    let described = found.first().map(|face| sense.describe(&picture, face));
    Ok(described.transpose()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_asked_for_with_or_without_a_time() {
        let ask = |act, time| Ok(Ask { act, time });
        let cases = [
            ("turn_left", ask(Act::TurnLeft, None)),
            ("open_mouth@2.5-6", ask(Act::OpenMouth, Some((2.5, 6.0)))),
        ];
        for (words, wanted) in cases {
            assert_eq!(words.parse::<Ask>(), wanted);
        }
        for words in [
            "",
            "smile",
            "blink@",
            "blink@6-2",
            "blink@a-b",
            "blink@NaN-3",
        ] {
            assert!(words.parse::<Ask>().is_err(), "{words}");
        }
    }
}
