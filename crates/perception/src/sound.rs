//! Sound: one channel, 16,000 samples a second.

use crate::Unreadable;

/// Samples a second.
pub const RATE: usize = 16_000;
/// Seconds that one piece of sound may last.
pub const SECONDS_MAX: u32 = 7_200;

/// Samples from -1 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound(Vec<f32>);

impl Sound {
    /// Sound of 16-bit little-endian samples.
    pub fn from_pcm(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > SECONDS_MAX as usize * RATE * 2 {
            return Err(Unreadable::SoundLength(SECONDS_MAX));
        }
        let samples = bytes
            .chunks_exact(2)
            .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0);
        Self::from_samples(samples.collect())
    }

    /// Sound of samples from -1 to 1.
    pub fn from_samples(samples: Vec<f32>) -> Result<Self, Unreadable> {
        match () {
            () if samples.is_empty() => Err(Unreadable::Empty),
            () if samples.iter().any(|sample| !sample.is_finite()) => Err(Unreadable::Sound),
            () => Ok(Self(samples)),
        }
    }

    /// The samples.
    pub fn samples(&self) -> &[f32] {
        &self.0
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f32 {
        self.0.len() as f32 / RATE as f32
    }

    /// The part between two times, in seconds; none where it holds no sample.
    pub fn part(&self, from_s: f32, to_s: f32) -> Option<Self> {
        let at = |seconds: f32| ((seconds.max(0.0) * RATE as f32) as usize).min(self.0.len());
        let part = self.0.get(at(from_s)..at(to_s))?;
        (!part.is_empty()).then(|| Self(part.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_and_cut() {
        let sound = Sound::from_pcm(&[0, 0x80, 0, 0x40, 7]).unwrap();
        assert_eq!(sound.samples(), [-1.0, 0.5]);
        assert_eq!(Sound::from_pcm(&[]), Err(Unreadable::Empty));
        assert_eq!(Sound::from_samples(vec![f32::NAN]), Err(Unreadable::Sound));
        let second = Sound::from_samples(vec![0.1; RATE]).unwrap();
        assert_eq!(second.part(0.25, 0.75).unwrap().samples().len(), RATE / 2);
        assert_eq!(second.part(0.75, 0.25), None);
        assert_eq!(second.part(2.0, 3.0), None);
    }
}
