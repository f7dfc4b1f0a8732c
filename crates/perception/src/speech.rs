//! Speech: what was said, in Mandarin, and whether it is what was expected.

mod phrases;

pub use phrases::{Answer, Expected, answer, answer_between, digits, said};

use crate::NotPerformed;
use crate::mel::{HOP, Mel};
use crate::models::{Models, SPEECH_LISTENER, SPEECH_TOKENS, SPEECH_WRITER};
use crate::runtime::{self, Net};
use crate::sound::{RATE, Sound};
use crate::thresholds::Thresholds;
use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor};

/// Layers of the writer, each with its own memory.
const LAYERS: usize = 6;
const BANDS: usize = 80;
/// Samples of one place of the listener: two mel rows.
const PLACE: usize = 2 * HOP;
/// Places that the listener has, and fewest that it is shown.
const PLACES_MAX: usize = 1_500;
const PLACES_MIN: usize = 256;
/// Silence shown after the last word, in samples, so that the writer sees an end.
const TAIL: usize = RATE;
/// Seconds of one utterance; the rest is not listened to.
pub const UTTERANCE_MAX_S: f32 = 28.0;
/// Tokens that one utterance may take.
const TOKENS_MAX: usize = 160;

/// Tokens that may be told to have gone before.
const PROMPT_TOKENS_MAX: usize = 200;

/// Tokens with a meaning of their own.
const END: i64 = 50_257;
const START: i64 = 50_258;
const CHINESE: i64 = 50_260;
const TRANSCRIBE: i64 = 50_359;
const BEFORE: i64 = 50_361;
const NO_SPEECH: usize = 50_362;
const NO_TIMES: i64 = 50_363;
/// A space, with which no utterance begins.
const SPACE: usize = 220;
/// What the writer is told went before, so that it writes simplified characters.
const PROMPT: &str = "以下是普通话的句子。";

/// What was heard.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Heard {
    /// The words; empty where nothing was said.
    pub text: String,
    /// How sure the writer was, from 0 to 1 (geometric mean over tokens).
    pub certainty: f32,
    /// How likely nobody spoke, from 0 to 1.
    pub silence: f32,
    /// How likely a 'no' was said where none was written, from 0 to 1.
    pub doubt: f32,
    /// By how much the likeliest right phrase is likelier than the likeliest wrong one, in natural
    /// logarithms; nothing where one of the two was not given.
    pub margin: Option<f32>,
    /// Whether the writer came to an end by itself; else it went in circles or ran on.
    pub ended: bool,
}

impl Heard {
    /// Whether the words may be judged by a machine. Whoever says one word may be written down in
    /// circles: where phrases were weighed as well, that is no reason not to.
    pub fn trusted(&self, thresholds: &Thresholds) -> bool {
        (self.ended || self.margin.is_some())
            && self.certainty >= thresholds.speech_certainty_min
            && self.silence <= thresholds.speech_silence_max
    }

    /// How it stands to right phrases and to wrong ones; either are those that were weighed, or none.
    ///
    /// A yes needs more than a no: nothing near it may have been a 'no' that was not written, but for
    /// a yes that is itself a no and was weighed. What is nearly as likely the other way is unclear;
    /// half of what a yes needs is enough for a no.
    pub fn judged(&self, right: &Expected, wrong: &Expected, thresholds: &Thresholds) -> Answer {
        let least = thresholds.speech_margin_min;
        let weighed_no = self.margin.is_some() && right.negates();
        let doubted = !weighed_no && self.doubt > thresholds.speech_doubt_max;
        let (yes, no) = match self.margin {
            Some(margin) => (margin >= least && !doubted, -margin >= least / 2.0),
            None => (!doubted, true),
        };
        match answer_between(&self.text, right, wrong) {
            _ if !self.trusted(thresholds) => Answer::Unclear,
            Answer::Matched if !yes => Answer::Unclear,
            Answer::Negated if !no => Answer::Unclear,
            found => found,
        }
    }
}

/// The sense of speech.
pub struct Speech {
    listener: Net,
    writer: Net,
    letters: Vec<Vec<u8>>,
    negations: Vec<usize>,
    /// Tokens that end a phrase.
    ends: Vec<usize>,
    prompt: Vec<i64>,
    mel: Mel,
}

/// What the listener was shown, and what the writer made of it step by step.
pub(crate) struct Greedy {
    pub picture: Vec<f32>,
    pub tokens: Vec<usize>,
    /// Weights of all tokens, one step after another.
    pub weights: Vec<f32>,
}

/// Memory of what was heard and written, keys and values by layer.
type Memory = Vec<(String, DynValue)>;

impl Speech {
    /// Loads the models.
    pub fn open(models: &Models) -> Result<Self, NotPerformed> {
        let letters = letters(&models.read(&SPEECH_TOKENS)?);
        Ok(Self {
            listener: Net::load(models, &SPEECH_LISTENER)?,
            writer: Net::load(models, &SPEECH_WRITER)?,
            prompt: tokens_of(PROMPT, &letters),
            negations: negations(&letters),
            ends: ends(&letters),
            letters,
            mel: Mel::new(BANDS),
        })
    }

    /// Listens to one utterance of at most [`UTTERANCE_MAX_S`].
    ///
    /// Phrases may come in it; the writer then prefers them to others that sound alike, and those
    /// that are right are weighed against those that are wrong. Give wrong ones with the right, or
    /// it prefers the right ones to them.
    pub fn hear<S: AsRef<str>>(
        &mut self,
        sound: &Sound,
        right: &[S],
        wrong: &[S],
    ) -> Result<Heard, NotPerformed> {
        let (picture, rows) = self.picture(sound);
        let memory = self.listen(picture, rows)?;
        let mut prompt = self.prompt.clone();
        for phrase in right.iter().chain(wrong) {
            prompt.extend(tokens_of(&format!("{}。", phrase.as_ref()), &self.letters));
        }
        prompt.truncate(PROMPT_TOKENS_MAX);
        let tokens = |phrases: &[S]| -> Vec<Vec<i64>> {
            let tokens = phrases
                .iter()
                .map(|phrase| tokens_of(phrase.as_ref(), &self.letters));
            tokens.collect()
        };
        let weighed = (tokens(right), tokens(wrong));
        self.write(&memory, &prompt, &weighed)
    }

    /// What the listener was shown, and the likeliest tokens of so many steps with the weights of
    /// all, without prompt or suppression: what the original is compared with.
    pub(crate) fn greedy(&mut self, sound: &Sound, steps: usize) -> Result<Greedy, NotPerformed> {
        let (picture, rows) = self.picture(sound);
        let memory = self.listen(picture.clone(), rows)?;
        let mut kept = nothing()?;
        let mut next = vec![START, CHINESE, TRANSCRIBE, NO_TIMES];
        let (mut tokens, mut all) = (Vec::new(), Vec::new());
        for _ in 0..steps {
            let weights;
            (weights, kept) = self.step(&memory, &kept, &next)?;
            let (token, _) = best(&weights);
            tokens.push(token);
            next = vec![token as i64];
            all.extend(weights);
        }
        Ok(Greedy {
            picture,
            tokens,
            weights: all,
        })
    }

    /// What the listener is shown of a sound, and its rows.
    fn picture(&self, sound: &Sound) -> (Vec<f32>, usize) {
        let limit = (UTTERANCE_MAX_S * RATE as f32) as usize;
        let samples = &sound.samples()[..sound.samples().len().min(limit)];
        let places = ((samples.len() + TAIL).div_ceil(PLACE)).clamp(PLACES_MIN, PLACES_MAX);
        let mut padded = samples.to_vec();
        padded.resize(places * PLACE, 0.0);
        let rows = 2 * places;
        let power = self.mel.power(&padded, rows);
        (log_picture(&power, rows), rows)
    }

    fn listen(&mut self, picture: Vec<f32>, rows: usize) -> Result<Memory, NotPerformed> {
        let inputs = vec![("mel".into(), runtime::floats(&[1, BANDS, rows], picture)?)];
        let outputs = self.listener.run(inputs)?;
        Ok(outputs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }

    fn write(
        &mut self,
        memory: &Memory,
        prompt: &[i64],
        (right, wrong): &(Vec<Vec<i64>>, Vec<Vec<i64>>),
    ) -> Result<Heard, NotPerformed> {
        let mut next: Vec<i64> = std::iter::once(BEFORE)
            .chain(prompt.iter().copied())
            .chain([START, CHINESE, TRANSCRIBE, NO_TIMES])
            .collect();
        // The token after START tells whether anybody spoke, so it is asked for by itself.
        let rest = next.split_off(next.len() - 3);
        let (first, kept) = self.step(memory, &nothing()?, &next)?;
        let silence = shares(&first)[NO_SPEECH];
        let (mut weights, mut kept) = self.step(memory, &kept, &rest)?;
        let right = self.likeliest(memory, &kept, &weights, right)?;
        let wrong = self.likeliest(memory, &kept, &weights, wrong)?;
        let (mut written, mut surprise, mut doubt, mut ended) = (Vec::new(), 0.0, 0.0_f32, false);
        while written.len() < TOKENS_MAX {
            suppress(&mut weights, written.is_empty());
            let shares = shares(&weights);
            let (token, share) = best(&shares);
            if !self.negations.contains(&token) {
                doubt = doubt.max(self.negations.iter().map(|token| shares[*token]).sum());
            }
            surprise += share.max(f32::MIN_POSITIVE).ln();
            if token as i64 == END {
                ended = true;
                break;
            }
            written.push(token);
            if let Some(once) = circle(&written) {
                written.truncate(once);
                break;
            }
            (weights, kept) = self.step(memory, &kept, &[token as i64])?;
        }
        let bytes: Vec<u8> = written
            .iter()
            .filter_map(|token| self.letters.get(*token))
            .flatten()
            .copied()
            .collect();
        Ok(Heard {
            text: String::from_utf8_lossy(&bytes).trim().to_owned(),
            certainty: (surprise / (written.len() + 1) as f32).exp(),
            silence,
            doubt,
            margin: right.zip(wrong).map(|(right, wrong)| right - wrong),
            ended,
        })
    }

    /// How likely the likeliest of some phrases was said, and nothing after it, in natural
    /// logarithms; `weights` are those of the first token.
    fn likeliest(
        &mut self,
        memory: &Memory,
        kept: &Memory,
        weights: &[f32],
        phrases: &[Vec<i64>],
    ) -> Result<Option<f32>, NotPerformed> {
        let mut first = weights.to_vec();
        suppress(&mut first, true);
        let first = shares(&first);
        let log = |share: f32| share.max(f32::MIN_POSITIVE).ln();
        let mut likeliest: Option<f32> = None;
        for phrase in phrases {
            let mut likelihood = 0.0;
            let (mut shares, mut grown) = (first.clone(), None);
            for token in phrase {
                likelihood += log(shares[*token as usize]);
                let (mut weights, next) =
                    self.step(memory, grown.as_ref().unwrap_or(kept), &[*token])?;
                suppress(&mut weights, false);
                (shares, grown) = (self::shares(&weights), Some(next));
            }
            likelihood += log(self.ends.iter().map(|token| shares[*token]).sum());
            likeliest = Some(likeliest.map_or(likelihood, |best| best.max(likelihood)));
        }
        Ok(likeliest)
    }

    /// Writes `tokens`; gives the weights of every token that may come next, and what is kept then.
    fn step(
        &mut self,
        memory: &Memory,
        kept: &Memory,
        tokens: &[i64],
    ) -> Result<(Vec<f32>, Memory), NotPerformed> {
        let mut inputs: Vec<(String, SessionInputValue<'_>)> = vec![(
            "tokens".into(),
            runtime::ints(&[1, tokens.len()], tokens.to_vec())?,
        )];
        for (name, value) in memory.iter().chain(kept.iter()) {
            inputs.push((name.clone(), value.into()));
        }
        let outputs = self.writer.run(inputs)?;
        let mut weights = Vec::new();
        let mut next = Vec::with_capacity(2 * LAYERS);
        for (name, value) in outputs {
            match name.strip_prefix("kept_") {
                Some(what) => next.push((format!("past_{what}"), value)),
                None => {
                    let (_, values) = value
                        .try_extract_tensor::<f32>()
                        .map_err(|cause| NotPerformed::Runtime(cause.to_string()))?;
                    weights = values.to_vec();
                }
            }
        }
        Ok((weights, next))
    }
}

/// Memory of nothing written.
fn nothing() -> Result<Memory, NotPerformed> {
    let names =
        (0..LAYERS).flat_map(|layer| ["key", "value"].map(|what| format!("past_{what}{layer}")));
    names
        .map(|name| {
            let empty = Tensor::from_array(([1_i64, 8, 0, 64], Vec::<f32>::new()));
            empty
                .map(|value| (name, value.into_dyn()))
                .map_err(|cause| NotPerformed::Runtime(cause.to_string()))
        })
        .collect()
}

/// Power as the listener sees it: bands by rows, in powers of ten, eight of them deep.
fn log_picture(power: &[f32], rows: usize) -> Vec<f32> {
    let log = |value: f32| value.max(1e-10).log10();
    let loudest = power.iter().copied().map(log).fold(f32::MIN, f32::max);
    let mut picture = vec![0.0; power.len()];
    for (row, bands) in power.chunks_exact(BANDS).enumerate() {
        for (band, value) in bands.iter().enumerate() {
            picture[band * rows + row] = (log(*value).max(loudest - 8.0) + 4.0) / 4.0;
        }
    }
    picture
}

/// Letters of each token: a length of one byte, then so many.
fn letters(mut file: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = file.split_first() {
        let (word, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        found.push(word.to_vec());
        file = rest;
    }
    found
}

/// Tokens that spell a text, the longest first.
fn tokens_of(text: &str, letters: &[Vec<u8>]) -> Vec<i64> {
    let mut rest = text.as_bytes();
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let fits = |word: &&Vec<u8>| !word.is_empty() && rest.starts_with(word);
        let longest = letters
            .iter()
            .enumerate()
            .filter(|(_, word)| fits(word))
            .max_by_key(|(_, word)| word.len());
        let Some((token, word)) = longest else { break };
        tokens.push(token as i64);
        rest = &rest[word.len()..];
    }
    tokens
}

/// Tokens that must not come: those with a meaning of their own, and a blank beginning.
fn suppress(weights: &mut [f32], first: bool) {
    for weight in weights.iter_mut().skip(END as usize + 1) {
        *weight = f32::NEG_INFINITY;
    }
    if first {
        weights[SPACE] = f32::NEG_INFINITY;
        weights[END as usize] = f32::NEG_INFINITY;
    }
}

fn shares(weights: &[f32]) -> Vec<f32> {
    let top = weights.iter().copied().fold(f32::MIN, f32::max);
    let mut shares: Vec<f32> = weights.iter().map(|weight| (weight - top).exp()).collect();
    let sum: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

/// The likeliest token and its share, or its weight.
fn best(shares: &[f32]) -> (usize, f32) {
    shares
        .iter()
        .copied()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((END as usize, 0.0))
}

/// Tokens that begin with a character that negates.
fn negations(letters: &[Vec<u8>]) -> Vec<usize> {
    let begins = |word: &&Vec<u8>| {
        let text = word.strip_prefix(b" ").unwrap_or(word);
        phrases::NEGATIONS
            .iter()
            .any(|no| text.starts_with(no.encode_utf8(&mut [0; 4]).as_bytes()))
    };
    let found = letters.iter().enumerate().filter(|(_, word)| begins(word));
    found.map(|(token, _)| token).collect()
}

/// Tokens that end a phrase: the end of all, and signs.
fn ends(letters: &[Vec<u8>]) -> Vec<usize> {
    let signs = ["。", "，", "！", ".", ",", "!"];
    let is_sign = |word: &Vec<u8>| signs.iter().any(|sign| sign.as_bytes() == word.as_slice());
    let found = letters.iter().enumerate().filter(|(_, word)| is_sign(word));
    found
        .map(|(token, _)| token)
        .chain([END as usize])
        .collect()
}

/// Where the first round ends once the writer goes in circles: the same one to six tokens, at least
/// four times.
fn circle(written: &[usize]) -> Option<usize> {
    (1..=6).find_map(|length| {
        let count = if length == 1 { 8 } else { 4 };
        let tail = written.len().checked_sub(length * count)?;
        let mut rounds = written[tail..].chunks_exact(length);
        let first = rounds.next();
        rounds
            .all(|round| Some(round) == first)
            .then_some(tail + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_noticed() {
        let cases: [(&[usize], Option<usize>); 5] = [
            (&[1, 2, 3, 4], None),
            (&[7; 7], None),
            (&[7; 8], Some(1)),
            (&[9, 1, 2, 1, 2, 1, 2, 1, 2], Some(3)),
            (&[1, 2, 1, 2, 1, 2, 1, 3], None),
        ];
        for (written, once) in cases {
            assert_eq!(circle(written), once, "{written:?}");
        }
    }

    #[test]
    fn tokens_spell_what_was_written() {
        let letters: Vec<Vec<u8>> = ["a", "ab", "c"].map(|word| word.as_bytes().to_vec()).into();
        assert_eq!(tokens_of("abca", &letters), [1, 2, 0]);
        assert_eq!(tokens_of("abx", &letters), [1]);
    }

    #[test]
    fn what_must_not_come_does_not() {
        let mut weights = vec![0.0; 51_865];
        weights[NO_SPEECH] = 9.0;
        weights[END as usize] = 8.0;
        weights[42] = 1.0;
        suppress(&mut weights, true);
        assert_eq!(best(&weights).0, 42);
    }
}
