//! Liveness: acts that were asked for at random moments, seen in the points of a face over time.
//!
//! A printed photograph can do none of them, a looped film not the right one at the right moment.
//! What this does not see is a face made anew by a machine while it is asked; digits drawn at
//! random and read aloud are one more obstacle, and rest on [`crate::speech`].
//! No score of a single picture is used: those tried took half of the living for pictures.

use crate::picture::Point;
use serde::{Deserialize, Serialize};

/// Something a living face can do on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Close both eyes and open them.
    Blink,
    /// Turn the head towards the person's own left.
    TurnLeft,
    /// Turn the head towards the person's own right.
    TurnRight,
    /// Open the mouth and close it.
    OpenMouth,
}

/// An act that was asked for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Prompt {
    /// Which.
    pub act: Act,
    /// When it was shown, in seconds of the recording.
    pub from_s: f32,
    /// When its time was over.
    pub until_s: f32,
}

/// What one picture of the recording shows.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When, in seconds of the recording.
    pub at_s: f32,
    /// The 68 points of every face, the largest first; left and right as in a picture that is not
    /// mirrored.
    pub faces: Vec<Vec<Point>>,
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Seen, begin and end.
    Done,
    /// Not seen.
    NotDone,
    /// Seen at once with another act, or towards the other side first.
    OtherAct,
    /// No face for too long.
    FaceLost,
    /// More than one face.
    SecondFace,
    /// Too few pictures to tell.
    TooFewPictures,
}

/// What was seen of one prompt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The act.
    pub act: Act,
    /// How it ended.
    pub outcome: Outcome,
    /// When it was at its strongest, in seconds; only where it was done.
    pub at_s: Option<f32>,
    /// How far the face went towards it at most: from 1 on far enough.
    pub furthest: Option<f32>,
}

/// Pictures that a prompt needs, and share of them that may lack a face.
const PICTURES_MIN: usize = 8;
const LOST_MAX: f32 = 0.3;
/// How far each measure must go from its usual value, and how near it must come again.
const BLINK: f32 = 0.25;
const TURN: f32 = 0.22;
const MOUTH: f32 = 0.25;
const RETURN: f32 = 0.5;

/// Measures of one face that don't change with its size and place.
#[derive(Clone, Copy, Debug)]
struct Pose {
    at_s: f32,
    /// Height of the eyes in shares of their width.
    eyes: f32,
    /// From -1 to 1, positive where the nose points to the right of the picture.
    turn: f32,
    /// Opening of the lips in shares of the mouth's width.
    mouth: f32,
}

impl Pose {
    fn of(at_s: f32, points: &[Point]) -> Option<Self> {
        if points.len() != crate::faces::POINTS {
            return None;
        }
        let apart =
            |a: usize, b: usize| (points[a].x - points[b].x).hypot(points[a].y - points[b].y);
        let eye =
            |at: usize| (apart(at + 1, at + 5) + apart(at + 2, at + 4)) / (2.0 * apart(at, at + 3));
        // Along the line from jaw to jaw, so that a tilted head counts as straight.
        let (left, right) = (apart(30, 0), apart(30, 16));
        let pose = Self {
            at_s,
            eyes: (eye(36) + eye(42)) / 2.0,
            turn: (left - right) / (left + right),
            mouth: apart(62, 66) / apart(60, 64),
        };
        let sound = [pose.eyes, pose.turn, pose.mouth]
            .iter()
            .all(|value| value.is_finite());
        sound.then_some(pose)
    }

    /// How far it went towards an act from what is usual for this face: from 1 on it is done.
    fn towards(&self, act: Act, usual: &Usual) -> f32 {
        match act {
            Act::Blink => (1.0 - self.eyes / usual.eyes) / BLINK,
            Act::TurnLeft => (self.turn - usual.turn) / TURN,
            Act::TurnRight => (usual.turn - self.turn) / TURN,
            Act::OpenMouth => (self.mouth - usual.mouth) / MOUTH,
        }
    }
}

/// The middle value of each measure.
struct Usual {
    eyes: f32,
    turn: f32,
    mouth: f32,
}

impl Usual {
    fn of(poses: &[Pose]) -> Self {
        let middle = |of: fn(&Pose) -> f32| {
            let mut values: Vec<f32> = poses.iter().map(of).collect();
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(0.0)
        };
        Self {
            eyes: middle(|pose| pose.eyes),
            turn: middle(|pose| pose.turn),
            mouth: middle(|pose| pose.mouth),
        }
    }
}

/// What was seen of each prompt. Usual values are those of the whole recording that was seen.
pub fn judge(prompts: &[Prompt], seen: &[Seen]) -> Vec<Finding> {
    let poses: Vec<Pose> = seen
        .iter()
        .filter_map(|seen| Pose::of(seen.at_s, seen.faces.first()?))
        .collect();
    let usual = Usual::of(&poses);
    prompts
        .iter()
        .map(|prompt| {
            let inside = |at_s: f32| (prompt.from_s..=prompt.until_s).contains(&at_s);
            let shown: Vec<&Seen> = seen.iter().filter(|seen| inside(seen.at_s)).collect();
            let poses: Vec<Pose> = poses
                .iter()
                .copied()
                .filter(|pose| inside(pose.at_s))
                .collect();
            let (outcome, at_s) = match hindrance(&shown, poses.len()) {
                Some(outcome) => (outcome, None),
                None => watch(prompt.act, &poses, &usual),
            };
            let went = poses.iter().map(|pose| pose.towards(prompt.act, &usual));
            Finding {
                act: prompt.act,
                outcome,
                at_s,
                furthest: went.reduce(f32::max),
            }
        })
        .collect()
}

/// Whether anybody is to be judged at all.
fn hindrance(shown: &[&Seen], poses: usize) -> Option<Outcome> {
    let crowded = shown.iter().filter(|seen| seen.faces.len() > 1).count();
    match () {
        () if shown.len() < PICTURES_MIN => Some(Outcome::TooFewPictures),
        () if crowded * 4 > shown.len() => Some(Outcome::SecondFace),
        () if shown.len() - poses > (shown.len() as f32 * LOST_MAX) as usize => {
            Some(Outcome::FaceLost)
        }
        () => None,
    }
}

/// States of one act: waiting for its begin, then for its end.
fn watch(act: Act, poses: &[Pose], usual: &Usual) -> (Outcome, Option<f32>) {
    let others = |pose: &Pose| {
        let opposite = match act {
            Act::TurnLeft => &[Act::TurnRight][..],
            Act::TurnRight => &[Act::TurnLeft],
            // A head that turns seems to blink and to open its mouth.
            Act::Blink | Act::OpenMouth => &[Act::TurnLeft, Act::TurnRight],
        };
        opposite
            .iter()
            .any(|other| pose.towards(*other, usual) >= 1.0)
    };
    let mut strongest: Option<(f32, f32)> = None;
    for pose in poses {
        let now = pose.towards(act, usual);
        if others(pose) {
            return (Outcome::OtherAct, None);
        }
        match strongest {
            Some((_, at_s)) if now <= RETURN => return (Outcome::Done, Some(at_s)),
            Some((before, _)) if now <= before => {}
            _ if now >= 1.0 => strongest = Some((now, pose.at_s)),
            _ => {}
        }
    }
    (Outcome::NotDone, None)
}

#[cfg(test)]
mod tests;
