//! Voices: where somebody speaks, and whether two pieces are of one speaker.

use crate::NotPerformed;
use crate::mel::{HOP, Mel};
use crate::models::{Models, SPEAKER, VOICE_ACTIVITY};
use crate::runtime::{self, Net};
use crate::sound::{RATE, Sound};

/// Samples that the detector takes at once, and those before that it still wants to see.
const FRAME: usize = 512;
const CONTEXT: usize = 64;
/// Share from which a frame counts as speech, and the one below which speech has ended.
const SPEECH_FROM: f32 = 0.5;
const SPEECH_UNTIL: f32 = 0.35;
/// Frames of silence that don't end a span, and frames that a span must have.
const PAUSE_FRAMES: usize = 8;
const SPAN_FRAMES: usize = 6;

const BANDS: usize = 40;
/// Mel rows of one partial utterance, and from one to the next.
const PARTIAL: usize = 160;
const STEP: usize = 77;
/// Share of a last partial that must be sound.
const COVERED: f32 = 0.75;
/// Loudness to which quiet speech is raised: -30 dB of full scale.
const LOUDNESS: f32 = 0.031_622_776;
/// Partials of one voiceprint; more sound says nothing new.
const PARTIALS_MAX: usize = 40;

/// Seconds of speech from which on a voiceprint means something.
pub const SPEECH_MIN_S: f32 = 1.0;

/// Where somebody speaks, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Span {
    /// Begin.
    pub from_s: f32,
    /// End.
    pub to_s: f32,
}

/// What a voice is compared by.
#[derive(Clone, PartialEq)]
pub struct Voiceprint(Vec<f32>);

impl std::fmt::Debug for Voiceprint {
    /// The numbers are biometric data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voiceprint").finish_non_exhaustive()
    }
}

impl Voiceprint {
    /// Length of a voiceprint.
    pub const LENGTH: usize = 256;

    /// A kept voiceprint; none where the length is another or a number is not finite.
    pub fn from_values(values: Vec<f32>) -> Option<Self> {
        let sound = values.len() == Self::LENGTH && values.iter().all(|value| value.is_finite());
        sound.then_some(Self(values))
    }

    /// The numbers, to be kept.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Likeness of two voices: 1 for the same piece, below
    /// [`crate::thresholds::Thresholds::voice_likeness_min`] for two persons.
    pub fn likeness(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

/// The sense of voices.
pub struct Voices {
    activity: Net,
    speaker: Net,
    mel: Mel,
}

impl Voices {
    /// Loads both models.
    pub fn open(models: &Models) -> Result<Self, NotPerformed> {
        Ok(Self {
            activity: Net::load(models, &VOICE_ACTIVITY)?,
            speaker: Net::load(models, &SPEAKER)?,
            mel: Mel::new(BANDS),
        })
    }

    /// Where somebody speaks.
    pub fn spans(&mut self, sound: &Sound) -> Result<Vec<Span>, NotPerformed> {
        let mut state = vec![0.0; 2 * 128];
        let mut input = vec![0.0; CONTEXT + FRAME];
        let mut shares = Vec::with_capacity(sound.samples().len() / FRAME + 1);
        for frame in sound.samples().chunks(FRAME) {
            input.copy_within(FRAME.., 0);
            input[CONTEXT..].fill(0.0);
            input[CONTEXT..CONTEXT + frame.len()].copy_from_slice(frame);
            let outputs = self.activity.run(vec![
                (
                    "input".into(),
                    runtime::floats(&[1, CONTEXT + FRAME], input.clone())?,
                ),
                ("state".into(), runtime::floats(&[2, 1, 128], state)?),
            ])?;
            shares.push(runtime::floats_of(&outputs, 0)?.1[0]);
            state = runtime::floats_of(&outputs, 1)?.1.to_vec();
        }
        Ok(spans_of(&shares, sound.seconds()))
    }

    /// The voiceprint of what is spoken; none where less than [`SPEECH_MIN_S`] is.
    pub fn describe(&mut self, sound: &Sound) -> Result<Option<Voiceprint>, NotPerformed> {
        let spans = self.spans(sound)?;
        self.describe_spans(sound, &spans)
    }

    /// The same where the spans are known.
    pub fn describe_spans(
        &mut self,
        sound: &Sound,
        spans: &[Span],
    ) -> Result<Option<Voiceprint>, NotPerformed> {
        let mut speech: Vec<f32> = spans
            .iter()
            .filter_map(|span| sound.part(span.from_s, span.to_s))
            .flat_map(|part| part.samples().to_vec())
            .take((PARTIALS_MAX * STEP + PARTIAL) * HOP)
            .collect();
        if (speech.len() as f32) < SPEECH_MIN_S * RATE as f32 {
            return Ok(None);
        }
        raise(&mut speech);
        let starts = partials(speech.len());
        speech.resize(
            speech.len().max((starts[starts.len() - 1] + PARTIAL) * HOP),
            0.0,
        );
        let rows = self.mel.power(&speech, starts[starts.len() - 1] + PARTIAL);
        let mut batch = Vec::with_capacity(starts.len() * PARTIAL * BANDS);
        for start in &starts {
            batch.extend_from_slice(&rows[start * BANDS..(start + PARTIAL) * BANDS]);
        }
        let shape = [starts.len(), PARTIAL, BANDS];
        let (_, prints) = self.speaker.through("mels", &shape, batch)?;
        let mut mean = vec![0.0; Voiceprint::LENGTH];
        for print in prints.chunks_exact(Voiceprint::LENGTH) {
            mean.iter_mut()
                .zip(print)
                .for_each(|(sum, value)| *sum += value);
        }
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        let unit = mean.into_iter().map(|value| value / length).collect();
        Voiceprint::from_values(unit)
            .map(Some)
            .ok_or_else(|| NotPerformed::Runtime("a voice without print".into()))
    }
}

/// Spans of speech from the share of each frame.
fn spans_of(shares: &[f32], seconds: f32) -> Vec<Span> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut speaking = false;
    for (frame, share) in shares.iter().enumerate() {
        speaking = *share >= if speaking { SPEECH_UNTIL } else { SPEECH_FROM };
        if !speaking {
            continue;
        }
        match spans.last_mut() {
            Some((_, end)) if frame - *end <= PAUSE_FRAMES => *end = frame + 1,
            _ => spans.push((frame, frame + 1)),
        }
    }
    let at = |frame: usize| (frame * FRAME) as f32 / RATE as f32;
    spans
        .into_iter()
        .filter(|(begin, end)| end - begin >= SPAN_FRAMES)
        .map(|(begin, end)| Span {
            from_s: at(begin.saturating_sub(1)),
            to_s: at(end + 1).min(seconds),
        })
        .collect()
}

/// Raises quiet speech; loud speech stays as it is.
fn raise(speech: &mut [f32]) {
    let squares: f32 = speech.iter().map(|sample| sample * sample).sum();
    let loudness = (squares / speech.len() as f32).sqrt();
    if loudness > 0.0 && loudness < LOUDNESS {
        let factor = LOUDNESS / loudness;
        speech.iter_mut().for_each(|sample| *sample *= factor);
    }
}

/// First mel row of each partial utterance.
fn partials(samples: usize) -> Vec<usize> {
    let rows = samples / HOP + 1;
    let mut starts: Vec<usize> = (0..rows.saturating_sub(PARTIAL) + STEP + 1)
        .step_by(STEP)
        .take(PARTIALS_MAX)
        .collect();
    if let [_, .., last] = starts[..] {
        let covered = samples.saturating_sub(last * HOP) as f32 / (PARTIAL * HOP) as f32;
        if covered < COVERED {
            starts.pop();
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_bridge_pauses_and_drop_clicks() {
        let mut shares = vec![0.0; 100];
        shares[10..30].fill(0.9);
        shares[34..50].fill(0.4);
        shares[34] = 0.6;
        shares[80..83].fill(0.9);
        let spans = spans_of(&shares, 3.2);
        assert_eq!(spans.len(), 1);
        assert!((spans[0].from_s - 0.288).abs() < 1e-3 && (spans[0].to_s - 1.632).abs() < 1e-3);
    }

    #[test]
    fn partials_cover_the_sound() {
        for (seconds, wanted) in [
            (1.0, vec![0]),
            (1.6, vec![0]),
            (3.0, vec![0, 77, 154]),
            (2.0, vec![0, 77]),
        ] {
            assert_eq!(
                partials((seconds * RATE as f32) as usize),
                wanted,
                "{seconds}"
            );
        }
    }

    #[test]
    fn only_quiet_speech_is_raised() {
        let (mut quiet, mut loud) = ([0.001; 100], [0.5; 100]);
        raise(&mut quiet);
        raise(&mut loud);
        assert!((quiet[0] - LOUDNESS).abs() < 1e-6);
        assert_eq!(loud[0], 0.5);
    }
}
