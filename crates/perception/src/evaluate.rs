//! Error rates and times on the fixtures, with the number of people and sessions behind them.

mod speech;

use crate::faces::{Descriptor, Faces};
use crate::fixtures::{FixtureError, Fixtures, GROUPS, PORTRAITS};
use crate::models::Models;
use crate::picture::Picture;
use crate::sound::{RATE, Sound};
use crate::thresholds::Thresholds;
use crate::voices::{Span, Voiceprint, Voices};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Pieces of speech of each speaker, and seconds of one.
const PIECES: usize = 8;
const PIECE_S: usize = 5;
/// Seconds of short pieces, such as answers, that are compared with each other.
const SHORT_S: [f32; 2] = [2.0, 1.3];
/// Rounds of a timing; the middle one counts.
const ROUNDS: usize = 15;

/// Every figure.
pub fn run(models: &Models, thresholds: &Thresholds) -> Result<Value, FixtureError> {
    let fixtures = Fixtures::provide(models.folder(), &mut |line| eprintln!("{line}"))?;
    Ok(json!({
        "faces": faces(models, thresholds, &fixtures)?,
        "voices": voices(models, thresholds, &fixtures)?,
        "speech": speech::speech(models, thresholds, &fixtures)?,
    }))
}

/// Scores of pairs of one person and of two, where more means liker.
#[derive(Default)]
struct Pairs {
    same: Vec<f32>,
    other: Vec<f32>,
}

impl Pairs {
    fn figures(&self, threshold: f32) -> Value {
        let below = |scores: &[f32], at: f32| scores.iter().filter(|score| **score < at).count();
        let accepts = |at: f32| self.other.len() - below(&self.other, at);
        // Where both error rates are nearest to each other.
        let rates = |at: f32| {
            let rejects = below(&self.same, at) as f64 / self.same.len().max(1) as f64;
            (rejects, accepts(at) as f64 / self.other.len().max(1) as f64)
        };
        let gap = |at: f32| (rates(at).0 - rates(at).1).abs();
        let equal = self
            .same
            .iter()
            .chain(&self.other)
            .copied()
            .min_by(|a, b| gap(*a).total_cmp(&gap(*b)))
            .unwrap_or(threshold);
        let worst = |scores: &[f32], pick: fn(f32, f32) -> f32| scores.iter().copied().reduce(pick);
        json!({
            "threshold": threshold.abs(),
            "false_accepts": [accepts(threshold), self.other.len()],
            "false_rejects": [below(&self.same, threshold), self.same.len()],
            "unlikest_of_one_person": worst(&self.same, f32::min).map(f32::abs),
            "likest_of_two_persons": worst(&self.other, f32::max).map(f32::abs),
            "equal_error": { "rate": (rates(equal).0 + rates(equal).1) / 2.0, "at": equal.abs() },
        })
    }
}

/// The middle times of several rounds, in milliseconds: by the clock, and of the processor, which
/// other programs don't lengthen.
fn timed<T, E>(mut work: impl FnMut() -> Result<T, E>) -> Result<Value, E> {
    let mut times = Times::default();
    for _ in 0..ROUNDS {
        times.measure(&mut work)?;
    }
    Ok(times.middle())
}

#[derive(Default)]
struct Times {
    clock: Vec<f64>,
    processor: Vec<f64>,
}

impl Times {
    fn measure<T, E>(&mut self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let (started, spent) = (Instant::now(), processor_ms());
        let done = work()?;
        self.clock.push(started.elapsed().as_secs_f64() * 1000.0);
        let both = spent.zip(processor_ms());
        self.processor
            .extend(both.map(|(before, after)| after - before));
        Ok(done)
    }

    fn middle(mut self) -> Value {
        let tenth = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            let middle = times.get(times.len() / 2)?;
            Some((middle * 10.0).round() / 10.0)
        };
        json!({ "ms": tenth(&mut self.clock), "processor_ms": tenth(&mut self.processor) })
    }
}

/// Time that this thread had of a processor, in milliseconds, where the system tells.
fn processor_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e6)
}

fn faces(
    models: &Models,
    thresholds: &Thresholds,
    fixtures: &Fixtures,
) -> Result<Value, FixtureError> {
    let mut sense = Faces::open(models)?;
    // Person, photograph, descriptor. In a group everybody is another; whether one stranger is in
    // two groups nobody says, so such pairs don't count.
    let mut known: Vec<(String, String, Descriptor)> = Vec::new();
    for (name, person, photograph) in PORTRAITS {
        let picture = Picture::read(&std::fs::read(fixtures.portrait(name))?)?;
        if let Some(face) = sense.find(&picture, thresholds.face_score_min)?.first() {
            let descriptor = sense.describe(&picture, face)?;
            known.push((person.into(), photograph.into(), descriptor));
        }
    }
    let portraits = known.len();
    for name in GROUPS {
        let picture = Picture::read(&std::fs::read(fixtures.group(name))?)?;
        for (at, face) in sense
            .find(&picture, thresholds.face_score_min)?
            .iter()
            .enumerate()
        {
            let descriptor = sense.describe(&picture, face)?;
            known.push((format!("{name}/{at}"), name.into(), descriptor));
        }
    }
    let mut pairs = Pairs::default();
    for (at, a) in known.iter().enumerate() {
        for (before, b) in known[..at].iter().enumerate() {
            let score = -a.2.distance(&b.2);
            let strangers = at >= portraits && before >= portraits;
            match a.0 == b.0 {
                true if a.1 != b.1 => pairs.same.push(score),
                false if !strangers || a.1 == b.1 => pairs.other.push(score),
                _ => {}
            }
        }
    }
    let persons: BTreeSet<&str> = known.iter().map(|(person, ..)| person.as_str()).collect();
    let photographs: BTreeSet<&str> = known.iter().map(|(_, taken, _)| taken.as_str()).collect();
    let picture = Picture::read(&std::fs::read(fixtures.portrait("obama.jpg"))?)?;
    let frame = shrunk(&picture)?;
    let check = timed(|| {
        let found = sense.find(&frame, thresholds.face_score_min)?;
        found
            .first()
            .map(|face| sense.describe(&frame, face))
            .transpose()
    })?;
    Ok(json!({
        "pairs": pairs.figures(-thresholds.face_distance_max),
        "faces_found": { "portraits": [portraits, PORTRAITS.len()], "groups": known.len() - portraits },
        "persons": persons.len(),
        "persons_with_several_sessions": 1,
        "sessions": photographs.len(),
        "check_640x480": check,
    }))
}

/// The picture in the middle of 640 by 480 pixels.
fn shrunk(picture: &Picture) -> Result<Picture, FixtureError> {
    let scale = (picture.width() as f32 / 640.0).max(picture.height() as f32 / 480.0);
    let left = (640.0 - picture.width() as f32 / scale) / 2.0;
    let map = crate::picture::Affine::zoom(-left * scale, 0.0, scale);
    let planes = picture.view(&map, 640, 480);
    let (red, rest) = planes.split_at(640 * 480);
    let (green, blue) = rest.split_at(640 * 480);
    let pixels = red.iter().zip(green).zip(blue);
    let rgb = pixels.flat_map(|((r, g), b)| [*r as u8, *g as u8, *b as u8]);
    Ok(Picture::new(640, 480, rgb.collect())?)
}

fn voices(
    models: &Models,
    thresholds: &Thresholds,
    fixtures: &Fixtures,
) -> Result<Value, FixtureError> {
    let mut sense = Voices::open(models)?;
    let mut known: Vec<(&str, &str, Voiceprint)> = Vec::new();
    let mut short: Vec<(&str, &str, [Option<Voiceprint>; 2])> = Vec::new();
    let mut three_seconds = None;
    for (set, person, g722) in fixtures.speakers()? {
        // Evenly over the whole set, so that prompts differ.
        let each = g722.len() / PIECES;
        for piece in 0..PIECES {
            let bytes = &g722[piece * each..];
            let sound = decoded(&bytes[..bytes.len().min(8_000 * 12)])?;
            let spans = sense.spans(&sound)?;
            let spoken: Vec<f32> = spans
                .iter()
                .filter_map(|span| sound.part(span.from_s, span.to_s))
                .flat_map(|part| part.samples().to_vec())
                .take(PIECE_S * RATE)
                .collect();
            let spoken = Sound::from_samples(spoken)?;
            if let Some(voiceprint) = sense.describe(&spoken)? {
                known.push((set, person, voiceprint));
            }
            let [two, one] = SHORT_S.map(|seconds| spoken.part(0.0, seconds));
            let mut whole = |part: Option<Sound>| -> Result<_, FixtureError> {
                let Some(part) = part else { return Ok(None) };
                let span = Span {
                    from_s: 0.0,
                    to_s: part.seconds(),
                };
                Ok(sense.describe_spans(&part, &[span])?)
            };
            short.push((set, person, [whole(two)?, whole(one)?]));
            three_seconds = three_seconds.or(spoken.part(0.0, 3.0));
        }
    }
    let (mut pairs, mut across) = (Pairs::default(), Vec::new());
    for (at, a) in known.iter().enumerate() {
        for b in &known[..at] {
            let likeness = a.2.likeness(&b.2);
            match (a.0 == b.0, a.1 == b.1) {
                (true, _) => pairs.same.push(likeness),
                (false, true) => across.push(likeness),
                (false, false) => pairs.other.push(likeness),
            }
        }
    }
    let mut brief = Pairs::default();
    for (at, a) in short.iter().enumerate() {
        let others = short.iter().enumerate().filter(|(other, _)| *other != at);
        for (_, b) in others {
            let (Some(one), Some(two)) = (&a.2[0], &b.2[1]) else {
                continue;
            };
            match (a.0 == b.0, a.1 == b.1) {
                (true, _) => brief.same.push(one.likeness(two)),
                (false, true) => {}
                (false, false) => brief.other.push(one.likeness(two)),
            }
        }
    }
    let persons: BTreeSet<&str> = known.iter().map(|(_, person, _)| *person).collect();
    let sets: BTreeSet<&str> = known.iter().map(|(set, ..)| *set).collect();
    let missed = across
        .iter()
        .filter(|score| **score < thresholds.voice_likeness_min)
        .count();
    let sound = three_seconds.ok_or(crate::Unreadable::Empty)?;
    let check = timed(|| sense.describe(&sound))?;
    Ok(json!({
        "pairs": pairs.figures(thresholds.voice_likeness_min),
        "short_pieces": {
            "seconds": SHORT_S,
            "same": brief.figures(thresholds.voice_likeness_min),
            "not_another": brief.figures(thresholds.voice_likeness_unsure_min),
        },
        "of_one_person_across_languages": { "rejected": [missed, across.len()] },
        "persons": persons.len(),
        "sessions": sets.len(),
        "seconds_of_each_piece": PIECE_S,
        "check_3_s": check,
    }))
}

/// G.722 as sound; its packages are pinned, so no bounds are set.
fn decoded(g722: &[u8]) -> Result<Sound, FixtureError> {
    let mut child = Command::new("ffmpeg")
        .args([
            "-v", "error", "-f", "g722", "-i", "pipe:0", "-ac", "1", "-ar", "16000",
        ])
        .args(["-f", "s16le", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let input = child.stdin.take();
    let bytes = g722.to_vec();
    let writer = std::thread::spawn(move || input.map(|mut input| input.write_all(&bytes)));
    let output = child.wait_with_output()?;
    // What could not be written is missing from the output.
    let _ = writer.join();
    Ok(Sound::from_pcm(&output.stdout)?)
}
