//! What comes in before any model sees it: pictures, sound, answers, numbers, points.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perception::liveness::{Act, Outcome, Prompt, Seen, judge};
use perception::picture::{Picture, Point, SIDE_MAX};
use perception::print::{IdentityCard, Line, check_number};
use perception::sound::Sound;
use perception::speech::{Answer, Expected, answer, digits};

fuzz_target!(|data: &[u8]| {
    if let Ok(picture) = Picture::read(data) {
        assert!(picture.width() <= SIDE_MAX as usize && picture.height() <= SIDE_MAX as usize);
        assert_eq!(picture.rgb().len(), picture.width() * picture.height() * 3);
    }
    if let Ok(sound) = Sound::from_pcm(data) {
        assert!(
            sound
                .samples()
                .iter()
                .all(|sample| (-1.0..=1.0).contains(sample))
        );
    }
    points(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    assert!(digits(text).bytes().all(|digit| digit.is_ascii_digit()));
    // Right behind a 'no' the words are never taken for a yes.
    let expected = Expected::new(["我已知晓"]);
    assert_ne!(
        answer(&format!("{text}不我已知晓"), &expected),
        Answer::Matched
    );
    let (heard, phrase) = text.split_at(text.floor_char_boundary(text.len() / 2));
    answer(heard, &Expected::new([phrase]));
    let _ = check_number(text);
    let lines: Vec<Line> = text.lines().take(100).map(line).collect();
    IdentityCard::read(&lines).faults();
});

fn line(text: &str) -> Line {
    Line {
        text: text.to_owned(),
        certainty: 1.0,
        corners: [Point::default(); 4],
    }
}

/// Points of any numbers are judged; too few pictures are never enough.
fn points(data: &[u8]) {
    let number = |four: &[u8]| f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    let numbers: Vec<f32> = data.chunks_exact(4).map(number).collect();
    let seen: Vec<Seen> = numbers
        .chunks(2 * 68)
        .enumerate()
        .map(|(at, face)| Seen {
            at_s: at as f32,
            faces: vec![
                face.chunks_exact(2)
                    .map(|pair| Point {
                        x: pair[0],
                        y: pair[1],
                    })
                    .collect(),
            ],
        })
        .collect();
    let prompt = Prompt {
        act: Act::Blink,
        from_s: 0.0,
        until_s: 1e9,
    };
    let found = judge(&[prompt], &seen);
    assert!(seen.len() >= 8 || found[0].outcome == Outcome::TooFewPictures);
}
