//! Mel spectrograms as both speech models want them: windows of 25 ms, every 10 ms.

use realfft::{RealFftPlanner, RealToComplex};
use std::f32::consts::PI;
use std::sync::Arc;

/// Samples of one window.
const WINDOW: usize = 400;
/// Samples from one window to the next.
pub const HOP: usize = 160;
const BINS: usize = WINDOW / 2 + 1;
const RATE: f32 = 16_000.0;

/// One band: the first bin it covers and the share it takes of each.
struct Band {
    first: usize,
    shares: Vec<f32>,
}

/// A filter bank on the scale of Slaney's Auditory Toolbox, each band of equal area.
pub struct Mel {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<Band>,
}

impl Mel {
    /// A bank of so many bands from 0 to 8 kHz.
    pub fn new(bands: usize) -> Self {
        let window = (0..WINDOW)
            .map(|at| 0.5 - 0.5 * (2.0 * PI * at as f32 / WINDOW as f32).cos())
            .collect();
        let edge = |at: usize| hertz(mels(RATE / 2.0) * at as f32 / (bands + 1) as f32);
        let band = |at: usize| {
            let (low, middle, high) = (edge(at), edge(at + 1), edge(at + 2));
            let share = |bin: usize| {
                let hertz = bin as f32 * RATE / WINDOW as f32;
                let slope = ((hertz - low) / (middle - low)).min((high - hertz) / (high - middle));
                slope.max(0.0) * 2.0 / (high - low)
            };
            let first = (0..BINS).find(|bin| share(*bin) > 0.0).unwrap_or(0);
            let shares = (first..BINS).map(share).take_while(|share| *share > 0.0);
            Band {
                first,
                shares: shares.collect(),
            }
        };
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window,
            bands: (0..bands).map(band).collect(),
        }
    }

    /// Power in every band, a row of bands for each of `count` windows; the first and last are
    /// centred on the ends, beyond which the sound is mirrored.
    pub fn power(&self, samples: &[f32], count: usize) -> Vec<f32> {
        let mut rows = Vec::with_capacity(count * self.bands.len());
        let mut piece = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut power = [0.0; BINS];
        for row in 0..count {
            let start = (row * HOP) as isize - (WINDOW / 2) as isize;
            for (at, value) in piece.iter_mut().enumerate() {
                *value = self.window[at] * mirrored(samples, start + at as isize);
            }
            // Lengths are those of the plan, so this does not fail.
            let _ = self
                .transform
                .process_with_scratch(&mut piece, &mut spectrum, &mut scratch);
            for (power, value) in power.iter_mut().zip(&spectrum) {
                *power = value.norm_sqr();
            }
            rows.extend(self.bands.iter().map(|band| {
                let bins = &power[band.first..];
                band.shares
                    .iter()
                    .zip(bins)
                    .map(|(a, b)| a * b)
                    .sum::<f32>()
            }));
        }
        rows
    }
}

/// The sample at a place; before the start and after the end the sound runs backwards.
fn mirrored(samples: &[f32], at: isize) -> f32 {
    let last = samples.len() as isize - 1;
    let at = if at < 0 { -at } else { at };
    let at = if at > last { 2 * last - at } else { at };
    usize::try_from(at)
        .ok()
        .and_then(|at| samples.get(at))
        .copied()
        .unwrap_or(0.0)
}

const LINEAR: f32 = 200.0 / 3.0;
const KNEE_HERTZ: f32 = 1000.0;
/// Natural logarithm of 6.4, over 27 steps.
const STEP: f32 = 0.068_751_78;

fn mels(hertz: f32) -> f32 {
    match hertz < KNEE_HERTZ {
        true => hertz / LINEAR,
        false => KNEE_HERTZ / LINEAR + (hertz / KNEE_HERTZ).ln() / STEP,
    }
}

fn hertz(mels: f32) -> f32 {
    let knee = KNEE_HERTZ / LINEAR;
    match mels < knee {
        true => mels * LINEAR,
        false => KNEE_HERTZ * ((mels - knee) * STEP).exp(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_there_and_back() {
        for value in [0.0, 440.0, 1000.0, 3400.0, 8000.0] {
            assert!((hertz(mels(value)) - value).abs() < 0.5, "{value}");
        }
    }

    #[test]
    fn a_tone_stands_in_its_band() {
        let bank = Mel::new(40);
        let tone: Vec<f32> = (0..16_000)
            .map(|at| (2.0 * PI * 1000.0 * at as f32 / RATE).sin())
            .collect();
        let row = &bank.power(&tone, 50)[40 * 25..40 * 26];
        let loudest = (0..40).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let edge = |at: usize| hertz(mels(8000.0) * at as f32 / 41.0);
        assert!(edge(loudest) < 1000.0 && 1000.0 < edge(loudest + 2));
    }

    #[test]
    fn nothing_is_silent() {
        assert!(Mel::new(80).power(&[], 3).iter().all(|value| *value == 0.0));
    }
}
