//! What is seen at one node: who, how many, the same person, alive.

use perception::faces::{Descriptor, Face, Faces};
use perception::media::{Frame, frames};
use perception::{NotPerformed, Unreadable, liveness};

use super::found::{Check, Examined, Sense};
use super::senses::{Loaded, Node};
use super::still::{Squares, is_still};
use super::{Enrolled, acts};

/// Seconds from one picture to the next, as usual and while acts are done.
const EVERY_S: f32 = 0.25;
const EVERY_ACT_S: f32 = 0.1;
/// Pictures of one node at the most; a long node is looked at less often.
const PICTURES_MAX: f32 = 300.0;
/// Share of a node that must be there to be judged.
const SEEN_MIN: f32 = 0.6;
/// Pictures that are held at a time.
const PICTURES_AT_ONCE: f32 = 40.0;
/// Faces of one node that are described.
const DESCRIBED: f32 = 8.0;
/// Share of the pictures that may lack a face.
const LOST_MAX: f32 = 0.3;
/// Pictures that show somebody else before it is said.
const SECOND_MIN: usize = 2;
/// Described faces that are surely another's before that is said, however many are the person's.
const OTHERS_MIN: usize = 2;
/// So much beyond the limit a face is surely another's: one person came to 0.49, two began at 0.70, and the limit is 0.5.
const SURELY: f32 = 0.15;
/// How far a face may be turned to be described: from 0 to 1 of the way of the nose from the middle to the jaw.
const TURN_MAX: f32 = 0.4;

/// What is kept of one picture.
pub struct Seen {
    pub at_s: f32,
    /// Faces that are large enough to be compared, the largest first.
    pub faces: Vec<Face>,
    pub squares: Squares,
    /// Width and height of the picture.
    pub size: (usize, usize),
    described: Option<Descriptor>,
}

/// Why nothing was seen.
enum Blind {
    Media(Unreadable),
    Sense(NotPerformed),
    Late,
}

impl From<Unreadable> for Blind {
    fn from(cause: Unreadable) -> Self {
        Self::Media(cause)
    }
}

impl From<NotPerformed> for Blind {
    fn from(cause: NotPerformed) -> Self {
        Self::Sense(cause)
    }
}

/// Adds what is seen; false where the file can't be read at all.
pub fn look(
    loaded: &mut Loaded,
    node: &Node<'_>,
    examined: &mut Examined,
    enrolled: &mut Enrolled,
) -> bool {
    let (pictures, blind) = match loaded.faces() {
        Ok(sense) => watch(sense, node),
        // The file is looked into all the same.
        Err(cause) => match peek(node) {
            Ok(()) => (Vec::new(), Some(Blind::Sense(cause))),
            Err(unreadable) => (Vec::new(), Some(Blind::Media(unreadable))),
        },
    };
    let readable = match &blind {
        Some(Blind::Media(Unreadable::Bounds(_))) | Some(Blind::Late) => {
            Some(Check::not_performed(Sense::Media, "not_performed"))
        }
        Some(Blind::Media(_)) => Some(Check::failed(Sense::Media, "media_broken")),
        Some(Blind::Sense(_)) | None => None,
    };
    if let Some(check) = readable {
        examined.checks.push(check);
        return false;
    }
    examined.checks.push(Check::passed(Sense::Media));
    if let Some(Blind::Sense(cause)) = blind {
        tracing::warn!(%cause, "nobody was looked for");
        let unseen = [
            Sense::FacePresent,
            Sense::OneFace,
            Sense::SameFace,
            Sense::Liveness,
        ];
        let checks = unseen.map(|sense| Check::not_performed(sense, "not_performed"));
        examined.checks.extend(checks);
        return true;
    }
    examined.checks.extend(present(&pictures));
    if node.asked.compares() {
        examined.checks.extend(alive(node, &pictures));
        examined.checks.push(same(node, &pictures, enrolled));
    } else {
        let checks = [Sense::SameFace, Sense::Liveness];
        let checks = checks.map(|sense| Check::not_performed(sense, "no_consent"));
        examined.checks.extend(checks);
    }
    true
}

/// Whether the file can be read.
fn peek(node: &Node<'_>) -> Result<(), Unreadable> {
    let part = node.part;
    let bounds = node.bounds(part.from_s, part.until_s.min(part.from_s + 1.0));
    frames(node.media, 0.5, &bounds).map(drop)
}

/// All pictures of a node, few of them held at a time; and what stopped it.
fn watch(sense: &mut Faces, node: &Node<'_>) -> (Vec<Seen>, Option<Blind>) {
    let mut seen = Vec::new();
    let blind = watched(sense, node, &mut seen).err();
    // What ends a little before it was said to end is looked at as far as it goes.
    let enough = seen.len() as f32 * every_s(node) >= SEEN_MIN * node.length_s();
    match blind {
        Some(Blind::Media(Unreadable::Bounds(_))) | Some(Blind::Sense(_) | Blind::Late) => {
            (seen, blind)
        }
        Some(Blind::Media(_)) | None if enough => (seen, None),
        blind => (seen, blind.or(Some(Blind::Media(Unreadable::Empty)))),
    }
}

/// Seconds from one picture to the next.
fn every_s(node: &Node<'_>) -> f32 {
    let acting = node.asked.compares() && !node.asked.acts.is_empty();
    let every_s = if acting { EVERY_ACT_S } else { EVERY_S };
    every_s.max(node.length_s() / PICTURES_MAX)
}

fn watched(sense: &mut Faces, node: &Node<'_>, seen: &mut Vec<Seen>) -> Result<(), Blind> {
    let (part, length_s, every_s) = (node.part, node.length_s(), every_s(node));
    let piece_s = every_s * PICTURES_AT_ONCE;
    let pieces = (length_s / piece_s).ceil().clamp(1.0, PICTURES_MAX) as u16;
    let mut described_s = f32::NEG_INFINITY;
    for piece in 0..pieces {
        if node.is_late() {
            return Err(Blind::Late);
        }
        let from_s = part.from_s + f32::from(piece) * piece_s;
        let bounds = node.bounds(from_s, part.until_s.min(from_s + piece_s));
        for frame in frames(node.media, every_s, &bounds)? {
            let mut one = see(sense, node, &frame)?;
            let due = frame.at_s - described_s >= length_s / DESCRIBED;
            if let Some(face) = one.faces.first().filter(|face| faces_us(face))
                && due
                && node.asked.compares()
            {
                one.described = Some(sense.describe(&frame.picture, face)?);
                described_s = frame.at_s;
            }
            seen.push(one);
        }
    }
    Ok(())
}

fn see(sense: &mut Faces, node: &Node<'_>, frame: &Frame) -> Result<Seen, NotPerformed> {
    let mut faces = sense.find(&frame.picture, node.thresholds.face_score_min)?;
    faces.retain(|face| face.eye_distance() >= node.thresholds.eye_distance_min);
    Ok(Seen {
        at_s: frame.at_s,
        faces,
        squares: Squares::of(&frame.picture),
        size: (frame.picture.width(), frame.picture.height()),
        described: None,
    })
}

/// Whether a face looks our way, so that its description means something.
pub fn faces_us(face: &Face) -> bool {
    let [left, nose, right] = [0, 30, 16].map(|at| face.points[at]);
    let (left, right) = (
        (nose.x - left.x).hypot(nose.y - left.y),
        (nose.x - right.x).hypot(nose.y - right.y),
    );
    (left - right).abs() <= TURN_MAX * (left + right)
}

/// Somebody, and nobody else.
fn present(pictures: &[Seen]) -> [Check; 2] {
    let lost = |seen: &&Seen| seen.faces.is_empty();
    let share = 1.0 - pictures.iter().filter(lost).count() as f32 / pictures.len().max(1) as f32;
    let somebody = if share < 1.0 - LOST_MAX {
        let first = pictures.iter().find(lost).map(|seen| seen.at_s);
        Check::failed(Sense::FacePresent, "face_lost").at(first)
    } else {
        Check::passed(Sense::FacePresent)
    };
    let others: Vec<f32> = pictures
        .iter()
        .filter(|seen| seen.faces.len() > 1)
        .map(|seen| seen.at_s)
        .collect();
    let alone = if others.len() >= SECOND_MIN {
        Check::failed(Sense::OneFace, "second_face").at(others.first().copied())
    } else {
        Check::passed(Sense::OneFace)
    };
    [somebody.scored(share, 1.0 - LOST_MAX), alone]
}

/// Acts that were drawn, and no still picture; nothing is said where no act was drawn and something moved.
fn alive(node: &Node<'_>, pictures: &[Seen]) -> Option<Check> {
    if is_still(pictures) {
        let from = pictures.first().map(|seen| seen.at_s);
        return Some(Check::failed(Sense::Liveness, "still_picture").at(from));
    }
    if node.asked.acts.is_empty() {
        return None;
    }
    let points: Vec<liveness::Seen> = pictures
        .iter()
        .map(|seen| liveness::Seen {
            at_s: seen.at_s,
            faces: seen.faces.iter().map(|face| face.points.clone()).collect(),
        })
        .collect();
    Some(
        match acts::in_order(&node.asked.acts, &points, node.asked.until_s) {
            Ok(at_s) => Check::passed(Sense::Liveness).at(at_s),
            Err(missed) => Check::failed(Sense::Liveness, missed.code).at(Some(missed.from_s)),
        },
    )
}

/// Who was seen before; the first node with a face is kept for those that follow.
fn same(node: &Node<'_>, pictures: &[Seen], enrolled: &mut Enrolled) -> Check {
    let described: Vec<(f32, &Descriptor)> = pictures
        .iter()
        .filter_map(|seen| Some((seen.at_s, seen.described.as_ref()?)))
        .collect();
    let known = enrolled.descriptor();
    // Whoever never looked our way was not compared.
    let Some(middle) = middle(&described) else {
        return Check::unsure(Sense::SameFace, "face_lost");
    };
    let known = known.unwrap_or_else(|| {
        enrolled.face = Some(middle.values().to_vec());
        middle.clone()
    });
    let distance = |(at_s, one): &(f32, &Descriptor)| (one.distance(&known), *at_s);
    let distances = described.iter().map(distance).collect();
    alike(distances, node.thresholds.face_distance_max)
}

/// Whether pictures of a node, each with its distance and its second, show one person throughout; there is one at least.
fn alike(mut distances: Vec<(f32, f32)>, limit: f32) -> Check {
    let first_beyond = |limit: f32| {
        let first = distances.iter().find(|(distance, _)| *distance > limit);
        first.map(|(_, at_s)| *at_s)
    };
    let (first_other, first_surely) = (first_beyond(limit), first_beyond(limit + SURELY));
    distances.sort_by(|a, b| a.0.total_cmp(&b.0));
    // One picture may blur; a third of them doesn't.
    let (distance, _) = distances[distances.len() * 2 / 3];
    let (farthest, _) = distances[distances.len().saturating_sub(OTHERS_MIN)];
    if distance > limit {
        Check::failed(Sense::SameFace, "other_face")
            .at(first_other)
            .scored(distance, limit)
    } else if distances.len() >= OTHERS_MIN && farthest > limit + SURELY {
        Check::failed(Sense::SameFace, "other_face")
            .at(first_surely)
            .scored(farthest, limit + SURELY)
    } else {
        Check::passed(Sense::SameFace).scored(distance, limit)
    }
}

/// The one that is nearest to all others.
fn middle<'d>(described: &[(f32, &'d Descriptor)]) -> Option<&'d Descriptor> {
    let far =
        |one: &Descriptor| -> f32 { described.iter().map(|(_, other)| one.distance(other)).sum() };
    described
        .iter()
        .min_by(|a, b| far(a.1).total_cmp(&far(b.1)))
        .map(|(_, one)| *one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::examine::Outcome;

    const LIMIT: f32 = 0.5;

    fn said(distances: &[f32]) -> (Outcome, Option<f32>) {
        let seconds = (0u8..).map(f32::from);
        let check = alike(distances.iter().copied().zip(seconds).collect(), LIMIT);
        (check.outcome, check.at_ms.map(|ms| ms as f32 / 1000.0))
    }

    #[test]
    fn a_stranger_for_two_pictures_is_one_however_long_the_person_stays() {
        let cases: [(&[f32], _); 6] = [
            (
                &[0.2, 0.3, 0.2, 0.3, 0.2, 0.3, 0.2, 0.3],
                (Outcome::Passed, None),
            ),
            // One picture may blur, and two that blur are not surely anybody.
            (
                &[0.2, 0.3, 0.9, 0.3, 0.2, 0.3, 0.2, 0.3],
                (Outcome::Passed, None),
            ),
            (
                &[0.2, 0.6, 0.6, 0.3, 0.2, 0.3, 0.2, 0.3],
                (Outcome::Passed, None),
            ),
            (
                &[0.2, 0.3, 0.8, 0.7, 0.2, 0.3, 0.2, 0.3],
                (Outcome::Failed, Some(2.0)),
            ),
            (
                &[0.2, 0.6, 0.6, 0.6, 0.2, 0.3, 0.2, 0.3],
                (Outcome::Failed, Some(1.0)),
            ),
            (&[0.7], (Outcome::Failed, Some(0.0))),
        ];
        for (distances, wanted) in cases {
            assert_eq!(said(distances), wanted, "{distances:?}");
        }
    }
}
