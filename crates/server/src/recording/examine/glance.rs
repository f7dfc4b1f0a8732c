//! A cheap look at the newest seconds of a film while it still grows: whether somebody is seen, how many, who, and heard.
//!
//! Nothing of a node is decided by it.

use std::path::PathBuf;
use std::time::Duration;

use perception::faces::Descriptor;
use perception::media::{Bounds, Part, frames, sound};
use perception::thresholds::Thresholds;

use super::senses::Loaded;
use super::sight::faces_us;

/// Seconds from one picture to the next, and how many of the newest are looked at.
const EVERY_S: f32 = 0.5;
const PICTURES: usize = 4;
/// Seconds of the newest sound.
const HEARD_S: f32 = 2.0;
/// Seconds of film that one look is shown at the most.
const FILM_MAX_S: f32 = 20.0;
/// What ffmpeg may take for one look.
const LOOK_MAX: Duration = Duration::from_secs(2);
const OUTPUT_MAX: u64 = 128 << 20;
/// Below this no microphone was open, of 1.
const DEAD: f32 = 1e-4;

/// The newest seconds of a film, and what they are held against.
pub struct Peek {
    pub media: PathBuf,
    /// Who was seen before in this recording; none where nobody may be compared.
    pub known: Option<Descriptor>,
    pub thresholds: Thresholds,
}

/// What the newest seconds show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// Pictures that were looked at.
    pub pictures: usize,
    /// Of them: without a face, and with more than one.
    pub lost: usize,
    pub more: usize,
    /// Faces that were compared, and those that were another's.
    pub compared: usize,
    pub others: usize,
    pub heard: Ears,
}

/// What the newest seconds sound like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ears {
    /// Nobody listened.
    #[default]
    Closed,
    /// No microphone was open.
    Dead,
    /// Nobody speaks.
    Quiet,
    Voice,
}

/// Looks once; none where the film shows nothing yet, or a model is missing.
pub fn glance(loaded: &mut Loaded, peek: &Peek) -> Option<Glance> {
    let bounds = Bounds {
        time: LOOK_MAX,
        output: OUTPUT_MAX,
        part: Part {
            from_s: 0.0,
            until_s: FILM_MAX_S,
        },
        ..Bounds::default()
    };
    let mut found = Glance::default();
    let shown = frames(&peek.media, EVERY_S, &bounds).ok()?;
    let newest = shown.len().saturating_sub(PICTURES);
    let sense = loaded.faces().ok()?;
    let least = peek.thresholds.eye_distance_min;
    for frame in &shown[newest..] {
        let mut faces = sense
            .find(&frame.picture, peek.thresholds.face_score_min)
            .ok()?;
        faces.retain(|face| face.eye_distance() >= least);
        found.pictures += 1;
        found.lost += usize::from(faces.is_empty());
        found.more += usize::from(faces.len() > 1);
        // Of two nobody can say who should be compared.
        let (Some(known), [face]) = (&peek.known, &faces[..]) else {
            continue;
        };
        if !faces_us(face) {
            continue;
        }
        let distance = sense.describe(&frame.picture, face).ok()?.distance(known);
        found.compared += 1;
        found.others += usize::from(distance > peek.thresholds.face_distance_max);
    }
    found.heard = heard(loaded, peek, &bounds).unwrap_or_default();
    Some(found)
}

fn heard(loaded: &mut Loaded, peek: &Peek, bounds: &Bounds) -> Option<Ears> {
    let all = sound(&peek.media, bounds).ok()?;
    let newest = all.part(all.seconds() - HEARD_S, all.seconds())?;
    if newest.samples().iter().all(|sample| sample.abs() <= DEAD) {
        return Some(Ears::Dead);
    }
    let spans = loaded.voices().ok()?.spans(&newest).ok()?;
    Some(match spans.is_empty() {
        true => Ears::Quiet,
        false => Ears::Voice,
    })
}
