//! What is heard at one node: whose voice, which digits, which answer; or what was written instead.

use perception::Unreadable;
use perception::sound::{RATE, Sound};
use perception::speech::{Answer, Expected, Heard, UTTERANCE_MAX_S, answer_between, digits};
use perception::voices::{Span, Voiceprint};

use super::apart::apart;
use super::found::{Check, Examined, Outcome, Sense};
use super::lexicon::{holds_scheme_words, speaks_of_codes};
use super::senses::{Loaded, Node};
use super::{Asked, Enrolled};
use crate::product::NodeKind;

/// Seconds before the end of a node that are listened to.
const LISTENED_S: f32 = 120.0;
/// Sound around the words that is listened to, in seconds.
const MARGIN_S: f32 = 0.3;
/// Speech that begins or ends so near to what the phone told may have been cut by it, in seconds.
const CUT_S: f32 = 0.5;
/// Below this no microphone was open, of 1.
const DEAD: f32 = 1e-4;
/// Seconds of speech from which on a voice is known well enough.
const KNOWN_S: f32 = 10.0;
/// Told before digits are read, so that figures are heard rather than words.
const FIGURES: &str = "零一二三四五六七八九";

/// Adds what is heard, or was written.
pub fn listen(
    loaded: &mut Loaded,
    node: &Node<'_>,
    examined: &mut Examined,
    enrolled: &mut Enrolled,
) {
    let asked = node.asked;
    if let Some(written) = &asked.written {
        examined.checks.extend(asked.matched(written));
        examined.checks.push(words(written, asked));
        examined.noticed.extend(speaks_of_codes(written));
        return;
    }
    if asked.kind == NodeKind::Told {
        return;
    }
    let until_s = node.part.until_s;
    let from_s = node.part.from_s.max(until_s - LISTENED_S);
    let sound = perception::media::sound(node.media, &node.bounds(from_s, until_s));
    let sound = match sound {
        Ok(sound) if sound.samples().iter().any(|sample| sample.abs() > DEAD) => {
            asked.without_prompts(sound, from_s)
        }
        Err(Unreadable::Bounds(_)) => return unheard(asked, examined),
        Ok(_) | Err(_) => {
            return examined
                .checks
                .push(Check::failed(Sense::Sound, "no_sound"));
        }
    };
    let Ok(spans) = loaded.voices().and_then(|sense| sense.spans(&sound)) else {
        return unheard(asked, examined);
    };
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return examined.checks.push(Check::failed(Sense::Sound, "silence"));
    };
    examined.checks.push(Check::passed(Sense::Sound));
    let cut = asked.is_cut(&spans, from_s);
    let (own, alone) = apart(loaded, node, &sound, &spans, enrolled);
    examined.checks.extend(alone);
    examined
        .checks
        .extend(same_voice(loaded, node, &sound, &own, enrolled));
    let until_s = last.to_s + MARGIN_S;
    let from_s = (first.from_s - MARGIN_S).max(until_s - UTTERANCE_MAX_S);
    let spoken = sound.part(from_s, until_s).unwrap_or(sound);
    if node.is_late() {
        return examined.checks.extend(asked.unmatched());
    }
    let (right, wrong) = asked.told();
    let heard = loaded.speech();
    match heard.and_then(|sense| sense.hear(&spoken, &right, &wrong)) {
        Ok(heard) => {
            let judged = asked.judged(&heard, node);
            examined
                .checks
                .extend(judged.into_iter().map(|check| match cut {
                    true => Check::unsure(check.sense, "answer_unclear"),
                    false => check,
                }));
            examined.checks.push(words(&heard.text, asked));
            examined.noticed.extend(speaks_of_codes(&heard.text));
            examined.heard = Some(heard.text);
        }
        Err(_) => examined.checks.extend(asked.unmatched()),
    }
}

/// Nothing was listened to, for want of a model or of time.
fn unheard(asked: &Asked, examined: &mut Examined) {
    let senses = [Sense::Sound, Sense::SameVoice];
    let checks = senses.map(|sense| Check::not_performed(sense, "not_performed"));
    examined.checks.extend(checks);
    examined.checks.extend(asked.unmatched());
}

fn words(said: &str, asked: &Asked) -> Check {
    if holds_scheme_words(said, &[&asked.expects, &asked.against]) {
        Check::unsure(Sense::Words, "scheme_words")
    } else {
        Check::passed(Sense::Words)
    }
}

/// Who was heard before; nothing where too little is spoken to tell.
fn same_voice(
    loaded: &mut Loaded,
    node: &Node<'_>,
    sound: &Sound,
    spans: &[Span],
    enrolled: &mut Enrolled,
) -> Option<Check> {
    if !node.asked.compares() {
        return Some(Check::not_performed(Sense::SameVoice, "no_consent"));
    }
    let described = loaded
        .voices()
        .and_then(|sense| sense.describe_spans(sound, spans));
    let Ok(described) = described else {
        return Some(Check::not_performed(Sense::SameVoice, "not_performed"));
    };
    let print = described?;
    let seconds = spans.iter().map(|span| span.to_s - span.from_s).sum();
    let Some(known) = enrolled.voice() else {
        enrolled.hears(&print, seconds);
        return Some(Check::passed(Sense::SameVoice));
    };
    let likeness = known.likeness(&print);
    let limit = node.thresholds.voice_likeness_min;
    let check = match () {
        () if likeness >= limit => {
            enrolled.hears(&print, seconds);
            Check::passed(Sense::SameVoice)
        }
        () if likeness >= node.thresholds.voice_likeness_unsure_min => {
            Check::unsure(Sense::SameVoice, "other_voice")
        }
        () => Check::failed(Sense::SameVoice, "other_voice"),
    };
    Some(check.scored(likeness, limit))
}

impl Enrolled {
    /// The voice that was heard so far: a sum of voiceprints, each as long as it was heard, brought to length 1.
    pub(super) fn voice(&self) -> Option<Voiceprint> {
        let sum = self.voiceprint()?;
        let length = norm(sum.values());
        Voiceprint::from_values(sum.values().iter().map(|value| value / length).collect())
    }

    /// Adds a piece of the same voice: the more of it was heard, the surer the next comparison is.
    fn hears(&mut self, print: &Voiceprint, seconds: f32) {
        let before = self.voice.take();
        let mut sum = before.unwrap_or_else(|| vec![0.0; Voiceprint::LENGTH]);
        if sum.len() == Voiceprint::LENGTH && norm(&sum) < KNOWN_S {
            let added = sum.iter_mut().zip(print.values());
            added.for_each(|(sum, value)| *sum += value * seconds);
        }
        self.voice = Some(sum);
    }
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

impl Asked {
    /// Whether somebody spoke into what the phone itself told, so that the beginning or the end of it is gone: a 是 may have
    /// been a 不是. The spans are counted from `from_s` of the file.
    fn is_cut(&self, spans: &[Span], from_s: f32) -> bool {
        let near = |a: f32, b: f32| (a - b).abs() <= CUT_S;
        self.prompted.iter().any(|part| {
            let mut spans = spans.iter();
            spans.any(|span| {
                near(from_s + span.from_s, part.until_s) || near(from_s + span.to_s, part.from_s)
            })
        })
    }

    /// Without the stretches in which the phone itself told the person something; they begin at `from_s` of the file.
    fn without_prompts(&self, sound: Sound, from_s: f32) -> Sound {
        if self.prompted.is_empty() {
            return sound;
        }
        let mut samples = sound.samples().to_vec();
        let at = |at_s: f32| (((at_s - from_s).max(0.0) * RATE as f32) as usize).min(samples.len());
        let spoken: Vec<_> = self
            .prompted
            .iter()
            .map(|part| at(part.from_s)..at(part.until_s.max(part.from_s)))
            .collect();
        for stretch in spoken {
            samples[stretch].fill(0.0);
        }
        Sound::from_samples(samples).unwrap_or(sound)
    }

    /// What the writer is told before, right and wrong, so that it hears the one as well as the other and weighs them;
    /// never the right ones alone.
    fn told(&self) -> (Vec<String>, Vec<String>) {
        if self.digits.is_some() {
            return (vec![FIGURES.to_owned()], Vec::new());
        }
        let against = match self.against.is_empty() {
            true => contraries(&self.expects),
            false => self.against.clone(),
        };
        match against.is_empty() {
            true => (Vec::new(), Vec::new()),
            false => (self.expects.clone(), against),
        }
    }

    /// The checks that need words, none of which was made.
    fn unmatched(&self) -> Vec<Check> {
        let senses = [
            (self.digits.is_some(), Sense::Digits),
            (!self.expects.is_empty(), Sense::Answer),
            (true, Sense::Words),
        ];
        let asked = senses.into_iter().filter(|(asked, _)| *asked);
        asked
            .map(|(_, sense)| Check::not_performed(sense, "not_performed"))
            .collect()
    }

    /// What was heard, against what was asked.
    fn judged(&self, heard: &Heard, node: &Node<'_>) -> Vec<Check> {
        let thresholds = node.thresholds;
        let digits = self.digits.as_deref().map(|drawn| read(drawn, &heard.text));
        // Four digits that were drawn a moment ago are hardly heard by chance.
        let digits = digits.map(|check| match check.outcome {
            Outcome::Passed => check,
            _ if heard.trusted(thresholds) => check,
            _ => Check::unsure(Sense::Digits, "answer_unclear"),
        });
        let answer = self
            .phrases()
            .map(|(right, wrong)| answered(heard.judged(&right, &wrong, thresholds)));
        let certainty_min = thresholds.speech_certainty_min;
        let checks = digits.into_iter().chain(answer);
        checks
            .map(|check| check.scored(heard.certainty, certainty_min))
            .collect()
    }

    /// Words, spoken or written, against what was asked.
    fn matched(&self, words: &str) -> Vec<Check> {
        let digits = self.digits.as_deref().map(|drawn| read(drawn, words));
        let phrases = self.phrases();
        let answer = phrases.map(|(right, wrong)| answered(answer_between(words, &right, &wrong)));
        digits.into_iter().chain(answer).collect()
    }

    /// Right phrases and wrong ones; nothing where no answer is asked.
    fn phrases(&self) -> Option<(Expected, Expected)> {
        let both = (Expected::new(&self.expects), Expected::new(&self.against));
        (!self.expects.is_empty()).then_some(both)
    }
}

fn read(drawn: &str, words: &str) -> Check {
    let read = digits(words);
    match () {
        // A writer that goes in circles repeats them; before them a word may have sounded like a digit.
        () if read.starts_with(drawn) => Check::passed(Sense::Digits),
        () if read.len() <= 2 * drawn.len() && read.contains(drawn) => Check::passed(Sense::Digits),
        () if read.is_empty() => Check::unsure(Sense::Digits, "answer_unclear"),
        () => Check::failed(Sense::Digits, "digits_wrong"),
    }
}

fn answered(answer: Answer) -> Check {
    match answer {
        Answer::Matched => Check::passed(Sense::Answer),
        Answer::Negated => Check::failed(Sense::Answer, "answer_wrong"),
        Answer::Unclear | Answer::Different => Check::unsure(Sense::Answer, "answer_unclear"),
    }
}

/// The contrary of each phrase in the first person; nothing where one has none.
fn contraries(phrases: &[String]) -> Vec<String> {
    let contrary = |phrase: &String| {
        let rest = phrase.strip_prefix('我')?;
        Some(format!("我不{}", rest.strip_prefix('已').unwrap_or(rest)))
    };
    let all: Option<Vec<String>> = phrases.iter().map(contrary).collect();
    all.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Biometrics;
    use perception::media::Part;

    fn asked(digits: Option<&str>, expects: &[&str], against: &[&str]) -> Asked {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Asked {
            from_s: 0.0,
            until_s: 5.0,
            kind: NodeKind::Answer,
            digits: digits.map(str::to_owned),
            acts: Vec::new(),
            expects: owned(expects),
            against: owned(against),
            written: None,
            prompted: Vec::new(),
            owner: None,
            biometrics: Biometrics::Consented,
            enrolled: None,
        }
    }

    #[test]
    fn what_was_said_into_the_phones_words_is_not_taken_for_whole() {
        let part = |from_s, until_s| Part { from_s, until_s };
        let asked = Asked {
            prompted: vec![part(11.0, 12.5)],
            ..asked(None, &[], &[])
        };
        let cases = [
            ((2.5, 3.0), true),
            ((2.9, 3.4), true),
            ((3.2, 3.8), false),
            ((0.2, 1.0), true),
            ((0.1, 0.4), false),
        ];
        for ((from_s, to_s), cut) in cases {
            let span = Span { from_s, to_s };
            assert_eq!(asked.is_cut(&[span], 10.0), cut, "{from_s} to {to_s}");
        }
    }

    #[test]
    fn what_the_phone_said_is_not_heard_as_an_answer() {
        let part = |from_s, until_s| Part { from_s, until_s };
        let asked = Asked {
            prompted: vec![part(11.0, 12.5), part(14.0, 99.0), part(2.0, 1.0)],
            ..asked(None, &[], &[])
        };
        let sound = Sound::from_samples(vec![0.5; 5 * RATE]).expect("sound");
        let left = asked.without_prompts(sound, 10.0);
        let loud = |at_s: f32| left.samples()[(at_s * RATE as f32) as usize] > 0.0;
        let heard = [0.5, 1.5, 2.6, 3.9, 4.5].map(loud);
        assert_eq!(heard, [true, false, true, true, false]);
        assert_eq!(left.samples().len(), 5 * RATE);
    }

    #[test]
    fn words_are_held_against_what_was_asked() {
        use Outcome::{Failed, Passed, Unsure};
        let yes: (&[&str], &[&str]) = (&["我已知晓", "知道"], &["我不知晓", "不知道"]);
        let no: (&[&str], &[&str]) = (&["没有"], &["有"]);
        let cases = [
            (yes, "我已知晓", Passed, None),
            (yes, "我以之小。", Passed, None),
            (yes, "我不知晓", Failed, Some("answer_wrong")),
            (yes, "我不知道", Failed, Some("answer_wrong")),
            (yes, "今天天气很好", Unsure, Some("answer_unclear")),
            (yes, "", Unsure, Some("answer_unclear")),
            (no, "没有", Passed, None),
            (no, "有", Failed, Some("answer_wrong")),
            (no, "有有", Failed, Some("answer_wrong")),
        ];
        for ((expects, against), said, outcome, code) in cases {
            let found = asked(None, expects, against).matched(said);
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].outcome, found[0].code), (outcome, code), "{said}");
        }
    }

    #[test]
    fn digits_are_those_that_were_drawn() {
        use Outcome::{Failed, Passed, Unsure};
        let cases = [
            ("四八二一", Passed),
            ("4821", Passed),
            ("四八二一四八二一四八二一四八", Passed),
            ("我的数字是一，四八二一", Passed),
            ("四八二七", Failed),
            ("四八二", Failed),
            ("一二三四五六七八九零一二四八二一", Failed),
            ("好的", Unsure),
        ];
        for (said, outcome) in cases {
            let found = asked(Some("4821"), &[], &[]).matched(said);
            assert_eq!(found[0].outcome, outcome, "{said}");
        }
    }

    #[test]
    fn right_words_are_never_told_alone() {
        type Case = (
            &'static [&'static str],
            &'static [&'static str],
            [&'static str; 2],
        );
        let cases: [Case; 4] = [
            (&["有"], &["没有"], ["有", "没有"]),
            (&["我已知晓"], &[], ["我已知晓", "我不知晓"]),
            (&["我已知晓", "清楚"], &[], ["", ""]),
            (&[], &[], ["", ""]),
        ];
        for (expects, against, told) in cases {
            let (right, wrong) = asked(None, expects, against).told();
            assert_eq!([right.concat(), wrong.concat()], told);
        }
    }

    #[test]
    fn a_voice_grows_until_it_is_known() {
        let unit = |at: usize| {
            let mut values = vec![0.0; Voiceprint::LENGTH];
            values[at] = 1.0;
            Voiceprint::from_values(values).expect("a voiceprint")
        };
        let mut enrolled = Enrolled::default();
        assert_eq!(enrolled.voice(), None);
        enrolled.hears(&unit(0), 3.0);
        assert_eq!(enrolled.voice(), Some(unit(0)));
        enrolled.hears(&unit(1), 3.0);
        let both = enrolled.voice().expect("a voice");
        assert!((both.likeness(&unit(0)) - 0.5_f32.sqrt()).abs() < 1e-6);
        enrolled.hears(&unit(0), 20.0);
        let known = enrolled.clone();
        enrolled.hears(&unit(1), 3.0);
        assert!(known == enrolled, "what is known well stays");
    }
}
