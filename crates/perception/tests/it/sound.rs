//! Voices and speech of real recordings.

use crate::{ffmpeg_there, senses};
use perception::fixtures::MANDARIN_VOICES;
use perception::sound::{RATE, Sound};
use perception::speech::{Answer, Expected, Speech};
use perception::thresholds::Thresholds;
use perception::voices::Voices;

const SENTENCE: &str = "ㄨㄛ3 ㄧ3 ㄓ ㄒㄧㄠ3 ㄨㄛ3 ㄩㄢ4 ㄧ4 ㄨㄛ3 ㄑㄩㄝ4 ㄖㄣ4";

#[test]
fn one_voice_is_told_from_another() {
    let Some((models, fixtures)) = senses() else {
        return;
    };
    if !ffmpeg_there() {
        return;
    }
    let mut sense = Voices::open(&models).unwrap();
    let mut describe = |voice: &str, syllables: &str| {
        let sound = fixtures.sentence(voice, syllables).unwrap();
        sense.describe(&sound).unwrap().unwrap()
    };
    let other = "ㄑㄧㄥ ㄔㄨ3 ㄇㄟ2 ㄧㄡ3 ㄅㄨ4 ㄊㄨㄥ2 ㄧ4 ㄓㄣ ㄕ2 ㄨ2 ㄨ4";
    let [first, second] = MANDARIN_VOICES;
    let [a, b] = [SENTENCE, other].map(|sentence| describe(first, sentence));
    let stranger = describe(second, SENTENCE);
    let limit = Thresholds::default().voice_likeness_min;
    assert!(a.likeness(&b) > limit, "{}", a.likeness(&b));
    assert!(a.likeness(&stranger) < limit, "{}", a.likeness(&stranger));
}

#[test]
fn silence_and_noise_hold_no_voice() {
    let Some((models, _)) = senses() else { return };
    let mut sense = Voices::open(&models).unwrap();
    let mut speech = Speech::open(&models).unwrap();
    let noise = (0..4 * RATE as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 * 0.02 - 0.01);
    for samples in [
        vec![0.0; 4 * RATE],
        noise.collect(),
        vec![0.1; 10],
        vec![1.0; RATE],
    ] {
        let sound = Sound::from_samples(samples).unwrap();
        assert_eq!(sense.describe(&sound).unwrap(), None);
        let heard = speech.hear(&sound, &["我已知晓"], &["我不知晓"]).unwrap();
        let [right, wrong] = ["我已知晓", "我不知晓"].map(|phrase| Expected::new([phrase]));
        let found = heard.judged(&right, &wrong, &Thresholds::default());
        assert_ne!(found, Answer::Matched, "{heard:?}");
    }
}

#[test]
fn an_answer_is_heard_and_a_no_is_a_no() {
    let Some((models, fixtures)) = senses() else {
        return;
    };
    if !ffmpeg_there() {
        return;
    }
    let mut sense = Speech::open(&models).unwrap();
    let cases = [
        ("ㄨㄛ3 ㄧ3 ㄓ ㄒㄧㄠ3", "我已知晓", Answer::Matched),
        ("ㄨㄛ3 ㄅㄨ4 ㄓ ㄒㄧㄠ3", "我已知晓", Answer::Negated),
        ("ㄨㄛ3 ㄑㄧㄥ ㄔㄨ3", "我清楚", Answer::Matched),
        ("ㄨㄛ3 ㄅㄨ4 ㄑㄧㄥ ㄔㄨ3", "我清楚", Answer::Negated),
    ];
    let mut judge = |syllables: &str, phrase: &str| {
        let sound = fixtures.sentence(MANDARIN_VOICES[0], syllables).unwrap();
        let contrary = phrase.replace('我', "我不").replace("不已", "不");
        let heard = sense.hear(&sound, &[phrase], &[contrary.as_str()]).unwrap();
        let [right, wrong] = [phrase, contrary.as_str()].map(|phrase| Expected::new([phrase]));
        (heard.judged(&right, &wrong, &Thresholds::default()), heard)
    };
    for (syllables, phrase, wanted) in cases {
        let (found, heard) = judge(syllables, phrase);
        assert_eq!(found, wanted, "{heard:?}, expected {phrase}");
    }
    // Words that are told before are not heard where others are said.
    for (syllables, _, _) in cases.into_iter().take(2) {
        let (found, heard) = judge(syllables, "我清楚");
        assert_ne!(found, Answer::Matched, "{heard:?}");
    }
}
