//! Answers and digits, with how often they were taken for what they are not.

use super::Times;
use crate::fixtures::{FixtureError, Fixtures, MANDARIN_VOICES};
use crate::models::Models;
use crate::sound::Sound;
use crate::speech::{Answer, Expected, Speech, digits};
use crate::thresholds::Thresholds;
use serde_json::{Value, json};

/// What an answer sounds like, which phrase was expected, and how it must end.
const ANSWERS: [(&str, &str, Answer); 10] = [
    ("ㄨㄛ3 ㄊㄨㄥ2 ㄧ4", "我同意", Answer::Matched),
    ("ㄨㄛ3 ㄅㄨ4 ㄊㄨㄥ2 ㄧ4", "我同意", Answer::Negated),
    ("ㄨㄛ3 ㄧ3 ㄓ ㄒㄧㄠ3", "我已知晓", Answer::Matched),
    ("ㄨㄛ3 ㄅㄨ4 ㄓ ㄒㄧㄠ3", "我已知晓", Answer::Negated),
    ("ㄨㄛ3 ㄑㄧㄥ ㄔㄨ3", "我清楚", Answer::Matched),
    ("ㄨㄛ3 ㄅㄨ4 ㄑㄧㄥ ㄔㄨ3", "我清楚", Answer::Negated),
    ("ㄨㄛ3 ㄑㄩㄝ4 ㄖㄣ4", "我确认", Answer::Matched),
    ("ㄇㄟ2 ㄧㄡ3", "有", Answer::Negated),
    ("ㄨㄛ3 ㄩㄢ4 ㄧ4", "我愿意", Answer::Matched),
    ("ㄨㄛ3 ㄅㄨ4 ㄩㄢ4 ㄧ4", "我愿意", Answer::Negated),
];

/// Right and wrong phrases of questions, and answers with whether they are right ones.
type Question = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [(&'static str, Answer)],
);
const QUESTIONS: [Question; 4] = [
    (
        &["是的", "对", "对的", "没错"],
        &["不是", "不对"],
        &[
            ("ㄕ4 ㄉㄜ1", Answer::Matched),
            ("ㄉㄨㄟ4", Answer::Matched),
            ("ㄉㄨㄟ4 ㄉㄜ1", Answer::Matched),
            ("ㄅㄨ4 ㄕ4", Answer::Negated),
            ("ㄅㄨ4 ㄉㄨㄟ4", Answer::Negated),
        ],
    ),
    (
        &["清楚", "我清楚", "知道", "是的"],
        &["不清楚", "不知道"],
        &[
            ("ㄑㄧㄥ ㄔㄨ3", Answer::Matched),
            ("ㄓ ㄉㄠ4", Answer::Matched),
            ("ㄨㄛ3 ㄑㄧㄥ ㄔㄨ3", Answer::Matched),
            ("ㄅㄨ4 ㄑㄧㄥ ㄔㄨ3", Answer::Negated),
            ("ㄅㄨ4 ㄓ ㄉㄠ4", Answer::Negated),
        ],
    ),
    (
        &["没有", "没有人", "没"],
        &["有", "有的", "收过"],
        &[
            ("ㄇㄟ2 ㄧㄡ3", Answer::Matched),
            ("ㄇㄟ2 ㄧㄡ3 ㄖㄣ2", Answer::Matched),
            ("ㄧㄡ3", Answer::Negated),
            ("ㄧㄡ3 ㄉㄜ1", Answer::Negated),
            ("ㄕㄡ ㄍㄨㄛ4", Answer::Negated),
        ],
    ),
    (
        &["我已知晓全部成本"],
        &["我不知晓全部成本"],
        &[
            (
                "ㄨㄛ3 ㄧ3 ㄓ ㄒㄧㄠ3 ㄑㄩㄢ2 ㄅㄨ4 ㄔㄥ2 ㄅㄣ3",
                Answer::Matched,
            ),
            (
                "ㄨㄛ3 ㄅㄨ4 ㄓ ㄒㄧㄠ3 ㄑㄩㄢ2 ㄅㄨ4 ㄔㄥ2 ㄅㄣ3",
                Answer::Negated,
            ),
        ],
    ),
];
/// How fast each answer is played.
const PACES: [f32; 4] = [0.85, 1.0, 1.2, 1.35];

/// How each digit sounds, and digits that are read aloud.
const DIGITS: [&str; 10] = [
    "ㄌㄧㄥ2",
    "ㄧ",
    "ㄦ4",
    "ㄙㄢ",
    "ㄙ4",
    "ㄨ3",
    "ㄌㄧㄡ4",
    "ㄑㄧ",
    "ㄅㄚ",
    "ㄐㄧㄡ3",
];
const READ: [&str; 8] = [
    "4821", "3905", "7216", "6648", "1357", "2080", "9513", "0472",
];
/// Told before digits, so that figures are heard rather than words.
const FIGURES: &str = "零一二三四五六七八九";

/// Error rates and times of what is heard.
pub fn speech(
    models: &Models,
    thresholds: &Thresholds,
    fixtures: &Fixtures,
) -> Result<Value, FixtureError> {
    let mut sense = Speech::open(models)?;
    Ok(json!({
        "without_words": answers(&mut sense, thresholds, fixtures, false)?,
        "with_words": answers(&mut sense, thresholds, fixtures, true)?,
        "questions": questions(&mut sense, thresholds, fixtures)?,
        "digits": numbers(&mut sense, fixtures)?,
    }))
}

/// Digits read aloud, digit after digit.
fn numbers(sense: &mut Speech, fixtures: &Fixtures) -> Result<Value, FixtureError> {
    let mut each = Vec::new();
    for voice in MANDARIN_VOICES {
        for drawn in READ {
            let syllables = drawn.bytes().map(|digit| DIGITS[usize::from(digit - b'0')]);
            let sound = fixtures.sentence(voice, &syllables.collect::<Vec<_>>().join(" "))?;
            let heard = sense.hear(&sound, &[FIGURES], &[])?;
            let right = digits(&heard.text).starts_with(drawn);
            each.push(json!({ "voice": voice, "drawn": drawn, "right": right, "heard": heard }));
        }
    }
    Ok(json!({ "of": "recorded syllables put together", "each": each }))
}

/// A phrase and its contrary.
fn both(phrase: &str) -> [String; 2] {
    let contrary = match phrase {
        "有" => "没有".to_owned(),
        other => other.replacen('我', "我不", 1).replacen("不已", "不", 1),
    };
    [phrase.to_owned(), contrary]
}

fn answers(
    sense: &mut Speech,
    thresholds: &Thresholds,
    fixtures: &Fixtures,
    told: bool,
) -> Result<Value, FixtureError> {
    let (mut right, mut to_person, mut wrong) = (0, 0, 0);
    let (mut said, mut times) = (Vec::new(), Times::default());
    for voice in MANDARIN_VOICES {
        for (syllables, phrase, wanted) in ANSWERS {
            let sound = fixtures.sentence(voice, syllables)?;
            let pair = both(phrase);
            let (expects, against) = if told {
                pair.split_at(1)
            } else {
                Default::default()
            };
            let heard = times.measure(|| sense.hear(&sound, expects, against))?;
            let contrary = Expected::new(against);
            let found = heard.judged(&Expected::new([phrase]), &contrary, thresholds);
            match found {
                _ if found == wanted => right += 1,
                Answer::Matched => wrong += 1,
                _ => to_person += 1,
            }
            said.push(json!({
                "voice": voice, "expected": phrase, "wanted": wanted, "found": found,
                "heard": heard,
            }));
        }
    }
    Ok(json!({
        "answers": said.len(),
        "right": right,
        "repeated_or_to_a_person": to_person,
        "wrongly_accepted": wrong,
        "persons": MANDARIN_VOICES.len(),
        "of": "recorded syllables put together",
        "answer": times.middle(),
        "each": said,
    }))
}

/// Answers to whole questions, at several paces.
fn questions(
    sense: &mut Speech,
    thresholds: &Thresholds,
    fixtures: &Fixtures,
) -> Result<Value, FixtureError> {
    let (mut right, mut to_person, mut accepted, mut refused) = (0, 0, 0, 0);
    let (mut said, mut times) = (Vec::new(), Times::default());
    for voice in MANDARIN_VOICES {
        for (expects, against, answers) in QUESTIONS {
            let phrases = (Expected::new(expects), Expected::new(against));
            for ((syllables, wanted), pace) in
                answers.iter().flat_map(|one| PACES.map(|pace| (one, pace)))
            {
                let sound = paced(&fixtures.sentence(voice, syllables)?, pace)?;
                let heard = times.measure(|| sense.hear(&sound, expects, against))?;
                let found = heard.judged(&phrases.0, &phrases.1, thresholds);
                match found {
                    _ if found == *wanted => right += 1,
                    Answer::Matched => accepted += 1,
                    Answer::Negated => refused += 1,
                    Answer::Unclear | Answer::Different => to_person += 1,
                }
                said.push(json!({
                    "voice": voice, "expected": expects[0], "said": syllables, "pace": pace,
                    "wanted": wanted, "found": found, "heard": heard,
                }));
            }
        }
    }
    Ok(json!({
        "answers": said.len(),
        "right": right,
        "repeated_or_to_a_person": to_person,
        "wrongly_accepted": accepted,
        "wrongly_refused": refused,
        "persons": MANDARIN_VOICES.len(),
        "of": "recorded syllables put together, at several paces",
        "answer": times.middle(),
        "each": said,
    }))
}

/// A sound played faster or slower, and higher or lower with it.
fn paced(sound: &Sound, pace: f32) -> Result<Sound, crate::Unreadable> {
    let samples = sound.samples();
    let length = (samples.len() as f32 / pace) as usize;
    let at = |place: usize| {
        let from = place as f32 * pace;
        let (before, share) = (from as usize, from.fract());
        let next = samples.get(before + 1).unwrap_or(&samples[before]);
        samples[before] * (1.0 - share) + next * share
    };
    Sound::from_samples((0..length).map(at).collect())
}
