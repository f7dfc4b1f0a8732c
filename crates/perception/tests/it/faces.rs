//! Faces of real photographs.

use crate::{ffmpeg_there, make, scratch, senses};
use perception::faces::{Descriptor, Faces};
use perception::liveness::{Act, Outcome, Prompt, Seen, judge};
use perception::media::{Bounds, frames};
use perception::picture::Picture;
use perception::thresholds::Thresholds;
use std::path::Path;

fn picture(path: &Path) -> Picture {
    Picture::read(&std::fs::read(path).expect("a file")).expect("a picture")
}

#[test]
fn one_person_is_told_from_another() {
    let Some((models, fixtures)) = senses() else {
        return;
    };
    let thresholds = Thresholds::default();
    let mut sense = Faces::open(&models).unwrap();
    let mut describe = |name: &str| -> Descriptor {
        let picture = picture(&fixtures.portrait(name));
        let found = sense.find(&picture, thresholds.face_score_min).unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].points.len(), 68);
        assert!(found[0].eye_distance() > thresholds.eye_distance_min);
        sense.describe(&picture, &found[0]).unwrap()
    };
    let [a, b, c, other] =
        ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"].map(&mut describe);
    let limit = thresholds.face_distance_max;
    for (one, two) in [(&a, &b), (&a, &c), (&b, &c)] {
        assert!(one.distance(two) < limit, "{}", one.distance(two));
    }
    for known in [&a, &b, &c] {
        assert!(known.distance(&other) > limit, "{}", known.distance(&other));
    }
    let kept = Descriptor::from_values(a.values().to_vec()).unwrap();
    assert_eq!(kept.distance(&a), 0.0);
}

#[test]
fn a_second_face_is_seen() {
    let Some((models, fixtures)) = senses() else {
        return;
    };
    let mut sense = Faces::open(&models).unwrap();
    let score = Thresholds::default().face_score_min;
    for name in ["sample1.jpg", "sample4.jpg", "sample5.jpg"] {
        let found = sense.find(&picture(&fixtures.group(name)), score).unwrap();
        assert!(found.len() > 1, "{name}: {}", found.len());
    }
}

#[test]
fn where_nobody_is_there_is_no_face() {
    let Some((models, _)) = senses() else { return };
    let mut sense = Faces::open(&models).unwrap();
    let noise: Vec<u8> = (0..640 * 480 * 3_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let pictures = [
        Picture::new(640, 480, vec![0; 640 * 480 * 3]),
        Picture::new(640, 480, vec![255; 640 * 480 * 3]),
        Picture::new(640, 480, noise),
        Picture::new(1, 1, vec![7; 3]),
        Picture::new(8_192, 1, vec![7; 8_192 * 3]),
    ];
    for picture in pictures {
        let picture = picture.unwrap();
        let found = sense.find(&picture, 0.5).unwrap();
        assert!(
            found.is_empty(),
            "{} by {}",
            picture.width(),
            picture.height()
        );
    }
}

const ACTS: [Act; 4] = [Act::Blink, Act::TurnLeft, Act::TurnRight, Act::OpenMouth];

/// A photograph before the camera: still, swung, brought near, and turned about its upright middle
/// as far as a flat thing can be turned and still be taken for a face.
const MOVES: [(&str, &str); 4] = [
    ("still", "null"),
    ("swung", "rotate=0.15*sin(PI*t):c=gray"),
    (
        "near",
        "scale=w='480*(1+0.3*sin(PI*t))':h=-2:eval=frame,pad=720:960:-1:-1:gray,scale=480:-2",
    ),
    (
        "turned",
        "perspective=x0='60*abs(sin(PI*on/20))':y0='30*abs(sin(PI*on/20))':x1='W':y1='0':\
         x2='60*abs(sin(PI*on/20))':y2='H-30*abs(sin(PI*on/20))':x3='W':y3='H':\
         sense=destination:eval=frame",
    ),
];

#[test]
fn a_photograph_does_nothing_however_it_is_moved() {
    let Some((models, fixtures)) = senses() else {
        return;
    };
    if !ffmpeg_there() {
        return;
    }
    let folder = scratch("photographs");
    let mut sense = Faces::open(&models).unwrap();
    let portrait = fixtures.portrait("obama.jpg");
    let portrait = portrait.to_str().unwrap();
    for (name, how) in MOVES {
        let file = folder.join(format!("{name}.webm"));
        let filter = format!("scale=480:-2,{how},scale=480:-2");
        let from = ["-loop", "1", "-r", "10", "-t", "4", "-i", portrait];
        let to = [
            "-vf",
            &filter,
            "-r",
            "10",
            "-c:v",
            "libvpx",
            "-deadline",
            "realtime",
            "-b:v",
            "2M",
        ];
        make(&[&from[..], &to].concat(), &file);
        let film = frames(&file, 0.1, &Bounds::default()).unwrap();
        let seen: Vec<Seen> = film
            .iter()
            .map(|frame| {
                let found = sense.find(&frame.picture, 0.5).unwrap();
                Seen {
                    at_s: frame.at_s,
                    faces: found.into_iter().map(|face| face.points).collect(),
                }
            })
            .collect();
        for act in ACTS {
            let prompt = Prompt {
                act,
                from_s: 0.0,
                until_s: 4.0,
            };
            let found = judge(&[prompt], &seen)[0];
            assert_ne!(
                found.outcome,
                Outcome::Done,
                "{name}: {act:?} at {:?}",
                found.at_s
            );
        }
    }
}
