//! An identity card that is held into the camera: read, held against what is known of the person, and its photo against
//! the face of this recording.

use perception::faces::{Descriptor, Face};
use perception::media::{Frame, frames};
use perception::picture::Picture;
use perception::print::{Day, IdentityCard, Line, check_number};
use perception::{NotPerformed, Unreadable};
use subtle::ConstantTimeEq as _;

use super::Enrolled;
use super::found::{Check, Examined, Sense};
use super::senses::{Loaded, Node};
use crate::vault::Private;

/// Seconds from one picture to the next, and of the pictures that are held at a time.
const EVERY_S: f32 = 0.5;
const PIECE_S: f32 = 10.0;
/// The sharpest pictures of each half that are read, and how many of all are read at the least.
const SHARPEST: usize = 2;
const READ_MIN: usize = 2;
/// Between the eyes of a card's photo, in pixels; smaller ones say nothing.
const EYES_MIN: f32 = 16.0;
/// So much farther than two pictures of one person may be, an old photo can't be told from another person.
const UNSURE: f32 = 0.1;

/// What is known of the person whose card it should be.
#[derive(Clone)]
pub struct Owner {
    pub name: Private<String>,
    pub number: Private<String>,
    pub today: Day,
}

/// Adds what the card says; the recording's other senses look at other nodes.
pub fn look(
    loaded: &mut Loaded,
    node: &Node<'_>,
    examined: &mut Examined,
    enrolled: &mut Enrolled,
) {
    let sharpest = match sharpest(node) {
        Ok(sharpest) => sharpest,
        Err(cause) => {
            return examined.checks.push(match cause {
                Unreadable::Bounds(_) => Check::not_performed(Sense::Media, "not_performed"),
                _ => Check::failed(Sense::Media, "media_broken"),
            });
        }
    };
    examined.checks.push(Check::passed(Sense::Media));
    let (card, photo) = match read(loaded, node, &sharpest) {
        Ok(found) => found,
        Err(cause) => {
            tracing::warn!(%cause, "no card was read");
            let senses = [Sense::CardRead, Sense::CardOwner, Sense::CardFace];
            let checks = senses.map(|sense| Check::not_performed(sense, "not_performed"));
            return examined.checks.extend(checks);
        }
    };
    let Some((name, number)) = sound(&card) else {
        let check = Check::failed(Sense::CardRead, "card_unreadable");
        return examined.checks.push(check);
    };
    let owner = node.asked.owner.as_ref();
    examined.checks.push(Check::passed(Sense::CardRead));
    examined.checks.push(owned(owner, name, number));
    examined.checks.extend(valid(owner, &card));
    examined.checks.push(face(node, photo, enrolled));
}

/// The sharpest pictures of both halves, the sharpest first and the halves in turn: a card may be turned in between.
fn sharpest(node: &Node<'_>) -> Result<Vec<Frame>, Unreadable> {
    let (part, length_s) = (node.part, node.length_s());
    let mut halves: [Vec<(f32, Frame)>; 2] = Default::default();
    let mut from_s = part.from_s;
    while from_s < part.until_s {
        if node.is_late() {
            return Err(Unreadable::Bounds("time"));
        }
        let bounds = node.bounds(from_s, part.until_s.min(from_s + PIECE_S));
        let shown = match frames(node.media, EVERY_S, &bounds) {
            // What ends a little before it was said to end is looked at as far as it goes.
            Err(Unreadable::Empty) if from_s > part.from_s => break,
            shown => shown?,
        };
        for frame in shown {
            let half = usize::from(frame.at_s - part.from_s > length_s / 2.0);
            let best = &mut halves[half];
            best.push((sharpness(&frame.picture), frame));
            best.sort_by(|a, b| b.0.total_cmp(&a.0));
            best.truncate(SHARPEST);
        }
        from_s += PIECE_S;
    }
    let [first, second] = halves;
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::new();
    for _ in 0..SHARPEST {
        all.extend([first.next(), second.next()].into_iter().flatten());
    }
    Ok(all.into_iter().map(|(_, frame)| frame).collect())
}

/// How much neighbouring pixels differ, which blur takes away.
fn sharpness(picture: &Picture) -> f32 {
    let (width, height, rgb) = (picture.width(), picture.height(), picture.rgb());
    if width < 5 || height < 5 {
        return 0.0;
    }
    let at = |x: usize, y: usize| i32::from(rgb[(y * width + x) * 3 + 1]);
    let (mut sum, mut count) = (0_i64, 0_i64);
    for y in (2..height - 2).step_by(2) {
        for x in (2..width - 2).step_by(2) {
            let around = at(x - 2, y) + at(x + 2, y) + at(x, y - 2) + at(x, y + 2);
            sum += i64::from((4 * at(x, y) - around).abs());
            count += 1;
        }
    }
    sum as f32 / count.max(1) as f32
}

/// The fields of the card, and what its photo is compared by.
fn read(
    loaded: &mut Loaded,
    node: &Node<'_>,
    pictures: &[Frame],
) -> Result<(IdentityCard, Option<Descriptor>), NotPerformed> {
    let mut card = IdentityCard::default();
    let mut photo = None;
    for (count, frame) in pictures.iter().enumerate() {
        if node.is_late() || (count >= READ_MIN && sound(&card).is_some()) {
            break;
        }
        let certainty_min = node.thresholds.print_certainty_min;
        let lines = loaded.print()?.read(&frame.picture, certainty_min)?;
        card = joined(card, IdentityCard::read(&lines));
        if photo.is_some() || !node.asked.compares() {
            continue;
        }
        let sense = loaded.faces()?;
        let faces = sense.find(&frame.picture, node.thresholds.face_score_min)?;
        if let Some(face) = faces.iter().find(|face| lies_on(face, &lines)) {
            photo = Some(sense.describe(&frame.picture, face)?);
        }
    }
    Ok((card, photo))
}

/// What two looks at one card say together; a number that can be one counts before one that can't.
fn joined(card: IdentityCard, more: IdentityCard) -> IdentityCard {
    let sound =
        |number: &Option<String>| number.as_deref().is_some_and(|n| check_number(n).is_ok());
    let better = sound(&more.number) && !sound(&card.number);
    IdentityCard {
        number: if better {
            more.number
        } else {
            card.number.or(more.number)
        },
        name: card.name.or(more.name),
        sex: card.sex.or(more.sex),
        birth: card.birth.or(more.birth),
        ethnicity: card.ethnicity.or(more.ethnicity),
        address: card.address.or(more.address),
        issuer: card.issuer.or(more.issuer),
        valid_from: card.valid_from.or(more.valid_from),
        valid_until: card.valid_until.or(more.valid_until),
        for_life: card.for_life || more.for_life,
    }
}

/// Name and number of a card whose fields fit together.
fn sound(card: &IdentityCard) -> Option<(&str, &str)> {
    let whole = card.faults().is_empty();
    card.name
        .as_deref()
        .zip(card.number.as_deref())
        .filter(|_| whole)
}

/// Whether it is the person's own: number and name, in constant time.
fn owned(owner: Option<&Owner>, name: &str, number: &str) -> Check {
    let Some(owner) = owner else {
        return Check::not_performed(Sense::CardOwner, "not_performed");
    };
    let same = |known: &Private<String>, read: &str| {
        bool::from(known.expose().as_bytes().ct_eq(read.as_bytes()))
    };
    match (same(&owner.number, number), same(&owner.name, name)) {
        (true, true) => Check::passed(Sense::CardOwner),
        // A rare character is easily read as another.
        (true, false) => Check::unsure(Sense::CardOwner, "card_other_person"),
        (false, _) => Check::failed(Sense::CardOwner, "card_other_person"),
    }
}

/// Whether it still holds, where its back was shown.
fn valid(owner: Option<&Owner>, card: &IdentityCard) -> Option<Check> {
    let (until, today) = (card.valid_until?, owner?.today);
    Some(match until < today {
        true => Check::failed(Sense::CardValid, "card_expired"),
        false => Check::passed(Sense::CardValid),
    })
}

/// Its photo beside the face of this recording, and kept with it.
fn face(node: &Node<'_>, photo: Option<Descriptor>, enrolled: &mut Enrolled) -> Check {
    if !node.asked.compares() {
        return Check::not_performed(Sense::CardFace, "no_consent");
    }
    let Some(photo) = photo else {
        return Check::unsure(Sense::CardFace, "card_face_differs");
    };
    let Some(known) = enrolled.descriptor() else {
        return Check::not_performed(Sense::CardFace, "not_performed");
    };
    let distance = photo.distance(&known);
    enrolled.card = Some(photo.values().to_vec());
    let limit = node.thresholds.face_distance_max;
    let check = match () {
        () if distance <= limit => Check::passed(Sense::CardFace),
        () if distance <= limit + UNSURE => Check::unsure(Sense::CardFace, "card_face_differs"),
        () => Check::failed(Sense::CardFace, "card_face_differs"),
    };
    check.scored(distance, limit)
}

/// Whether a face is the card's photo and not somebody beside it: it lies above the number, within the card's print.
fn lies_on(face: &Face, lines: &[Line]) -> bool {
    let Some(number) = lines.iter().find(|line| is_number(&line.text)) else {
        return false;
    };
    let xs = || lines.iter().flat_map(|line| line.corners).map(|at| at.x);
    let left = xs().fold(f32::INFINITY, f32::min);
    let right = number.corners.iter().map(|at| at.x).fold(0.0, f32::max);
    let tops = lines.iter().map(|line| line.corners[0].y);
    let (top, low) = (tops.fold(f32::INFINITY, f32::min), number.corners[0].y);
    let (width, height) = (right - left, low - top);
    let middle = (
        face.bounds.x + face.bounds.width / 2.0,
        face.bounds.y + face.bounds.height / 2.0,
    );
    let within = middle.0 > left
        && middle.0 < right + 0.15 * width
        && middle.1 > top - 0.25 * height
        && middle.1 < low;
    within && face.bounds.width < 0.4 * width && face.eye_distance() >= EYES_MIN
}

fn is_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= 17
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Outcome;
    use perception::picture::{Point, Rect};

    fn owner() -> Owner {
        Owner {
            name: "李小宝".into(),
            number: "11010519491231002X".into(),
            today: Day {
                year: 2026,
                month: 11,
                day: 22,
            },
        }
    }

    #[test]
    fn a_card_is_its_owner_s_by_number_and_name() {
        use Outcome::{Failed, NotPerformed, Passed, Unsure};
        let owner = owner();
        for (name, number, outcome) in [
            ("李小宝", "11010519491231002X", Passed),
            ("李小室", "11010519491231002X", Unsure),
            ("李小宝", "110105194912310038", Failed),
        ] {
            assert_eq!(owned(Some(&owner), name, number).outcome, outcome);
        }
        assert_eq!(owned(None, "李小宝", "1").outcome, NotPerformed);
    }

    #[test]
    fn a_card_that_is_over_is_told_where_its_back_was_seen() {
        let owner = owner();
        let until = |day| IdentityCard {
            valid_until: Some(Day { day, ..owner.today }),
            ..IdentityCard::default()
        };
        let code = |card| valid(Some(&owner), &card).map(|check| check.code);
        assert_eq!(code(until(21)), Some(Some("card_expired")));
        assert_eq!(code(until(22)), Some(None));
        assert_eq!(code(IdentityCard::default()), None);
    }

    #[test]
    fn two_looks_make_one_card() {
        let with = |name: Option<&str>, number: Option<&str>| IdentityCard {
            name: name.map(str::to_owned),
            number: number.map(str::to_owned),
            ..IdentityCard::default()
        };
        let right = "11010519491231002X";
        let card = joined(
            with(None, Some("110105194912310021")),
            with(Some("李小宝"), Some(right)),
        );
        assert_eq!(sound(&card), Some(("李小宝", right)));
        let card = joined(card, with(Some("别人"), Some("440524188001010014")));
        assert_eq!(sound(&card), Some(("李小宝", right)));
        assert_eq!(
            sound(&with(Some("李小宝"), Some("110105194912310021"))),
            None
        );
        assert_eq!(sound(&with(None, Some(right))), None);
    }

    #[test]
    fn only_a_face_among_the_card_s_print_is_its_photo() {
        let line = |text: &str, x: f32, y: f32, width: f32| {
            let at = |x: f32, y: f32| Point { x, y };
            Line {
                text: text.into(),
                certainty: 0.9,
                corners: [
                    at(x, y),
                    at(x + width, y),
                    at(x + width, y + 20.0),
                    at(x, y + 20.0),
                ],
            }
        };
        let lines = [
            line("姓名李小宝", 100.0, 120.0, 120.0),
            line("11010519491231002X", 220.0, 330.0, 260.0),
        ];
        let face = |x: f32, y: f32, side: f32| {
            let mut points = vec![Point::default(); perception::faces::POINTS];
            points[42..48].fill(Point {
                x: side * 0.4,
                y: 0.0,
            });
            Face {
                bounds: Rect {
                    x,
                    y,
                    width: side,
                    height: side,
                },
                score: 0.9,
                points,
            }
        };
        assert!(lies_on(&face(400.0, 150.0, 90.0), &lines));
        for beside in [
            face(20.0, 10.0, 60.0),
            face(400.0, 340.0, 90.0),
            face(400.0, 150.0, 30.0),
            face(300.0, 100.0, 200.0),
        ] {
            assert!(!lies_on(&beside, &lines), "{:?}", beside.bounds);
        }
        assert!(!lies_on(&face(400.0, 150.0, 90.0), &lines[..1]));
    }

    #[test]
    fn blur_is_less_sharp() {
        let drawn = |soft: bool| {
            let bytes = (0..64 * 64).flat_map(|at| {
                let bright = (at / 4) % 2 == 0;
                [match (bright, soft) {
                    (true, false) => 250,
                    (false, false) => 5,
                    (true, true) => 130,
                    (false, true) => 120,
                }; 3]
            });
            Picture::new(64, 64, bytes.collect()).expect("a picture")
        };
        assert!(sharpness(&drawn(false)) > 10.0 * sharpness(&drawn(true)));
        let tiny = Picture::new(3, 3, vec![9; 27]).expect("a picture");
        assert_eq!(sharpness(&tiny), 0.0);
    }
}
