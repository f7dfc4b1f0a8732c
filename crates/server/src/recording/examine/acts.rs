//! Whether drawn acts were done in the order that they were drawn in.

use perception::liveness::{Act, Finding, Outcome, Prompt, Seen, judge};

/// Seconds of the shortest stretch that an act is looked for in, and by which it grows.
const SHORTEST_S: f32 = 1.0;
const STEP_S: f32 = 0.3;

/// An act that was not seen, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Missed {
    pub code: &'static str,
    /// From when on it was looked for.
    pub from_s: f32,
}

/// Looks for each act after the end of the one before; gives when the last was at its strongest.
///
/// Nobody does two acts in exactly half of the time each: so each is given the shortest stretch that shows it, and
/// the next one all that remains.
pub fn in_order(acts: &[Act], seen: &[Seen], until_s: f32) -> Result<Option<f32>, Missed> {
    let mut from_s = seen.first().map_or(0.0, |first| first.at_s);
    let mut last_s = None;
    for act in acts {
        let asked = |until_s: f32| -> Finding {
            let prompt = Prompt {
                act: *act,
                from_s,
                until_s,
            };
            judge(&[prompt], seen)[0]
        };
        let steps = ((until_s - from_s - SHORTEST_S).max(0.0) / STEP_S).ceil() as u16;
        let ends = (0..=steps).map(|step| from_s + SHORTEST_S + f32::from(step) * STEP_S);
        let done = ends
            .map(|end| (end, asked(end)))
            .find(|(_, found)| found.outcome == Outcome::Done);
        let Some((end_s, found)) = done else {
            let code = match asked(until_s).outcome {
                Outcome::FaceLost => "face_lost",
                Outcome::SecondFace => "second_face",
                _ => "act_not_done",
            };
            return Err(Missed { code, from_s });
        };
        (from_s, last_s) = (end_s, found.at_s);
    }
    Ok(last_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use perception::picture::Point;

    /// A face whose head is turned, and whose mouth is open, so far.
    fn face(turn: f32, mouth: f32) -> Vec<Point> {
        let mut points = vec![Point { x: 50.0, y: 50.0 }; 68];
        let places = [
            (0, 0.0, 50.0),
            (16, 100.0, 50.0),
            (30, 50.0 + 50.0 * turn, 50.0),
        ];
        let eyes = [36, 42].into_iter().flat_map(|at| {
            let left = if at == 36 { 20.0 } else { 60.0 };
            [
                (0, 0.0),
                (6, -3.0),
                (14, -3.0),
                (20, 0.0),
                (14, 3.0),
                (6, 3.0),
            ]
            .into_iter()
            .enumerate()
            .map(move |(which, (x, y))| (at + which, left + x as f32, 35.0 + y))
        });
        let lips = [
            (60, 30.0, 80.0),
            (64, 70.0, 80.0),
            (62, 50.0, 80.0 - 20.0 * mouth),
            (66, 50.0, 80.0 + 20.0 * mouth),
        ];
        for (at, x, y) in places.into_iter().chain(eyes).chain(lips) {
            points[at] = Point { x, y };
        }
        points
    }

    /// Eight seconds at ten pictures a second: the head turned and the mouth open in these stretches.
    fn film(turned: (f32, f32, f32), opened: (f32, f32)) -> Vec<Seen> {
        let at = |tenth: u16| f32::from(tenth) / 10.0;
        let within = |at_s: f32, (from_s, until_s): (f32, f32)| (from_s..until_s).contains(&at_s);
        (0..80)
            .map(at)
            .map(|at_s| {
                let turn = if within(at_s, (turned.0, turned.1)) {
                    turned.2
                } else {
                    0.0
                };
                let mouth = if within(at_s, opened) { 0.6 } else { 0.05 };
                Seen {
                    at_s,
                    faces: vec![face(turn, mouth)],
                }
            })
            .collect()
    }

    #[test]
    fn acts_count_in_the_order_that_they_were_drawn_in() {
        let seen = film((1.5, 2.4, 0.4), (3.0, 3.8));
        assert_eq!(
            in_order(&[Act::TurnLeft, Act::OpenMouth], &seen, 8.0),
            Ok(Some(3.0))
        );
        let missed = |acts: &[Act]| in_order(acts, &seen, 8.0).map_err(|missed| missed.code);
        assert_eq!(
            missed(&[Act::OpenMouth, Act::TurnLeft]),
            Err("act_not_done")
        );
        assert_eq!(missed(&[Act::TurnRight]), Err("act_not_done"));
        assert_eq!(missed(&[Act::Blink]), Err("act_not_done"));
        assert_eq!(missed(&[]), Ok(None));
    }

    #[test]
    fn whoever_leaves_is_told_so() {
        let mut seen = film((1.0, 1.8, 0.4), (9.0, 9.0));
        seen.iter_mut().skip(30).for_each(|seen| seen.faces.clear());
        let missed = in_order(&[Act::TurnLeft, Act::OpenMouth], &seen, 8.0).expect_err("gone");
        assert_eq!(missed.code, "face_lost");
        assert!(in_order(&[Act::Blink], &[], 8.0).is_err());
        assert!(in_order(&[Act::Blink], &seen, f32::NAN).is_err());
    }
}
