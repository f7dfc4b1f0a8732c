//! Why a sense gave no finding.

/// Nothing was checked: a person must look.
#[derive(Debug, thiserror::Error)]
pub enum NotPerformed {
    /// A model's file is not in the folder.
    #[error("not performed, a person must look: the model {0} is missing")]
    Missing(&'static str),
    /// A model's file is not the one that was measured.
    #[error("not performed, a person must look: the model {0} is not the one that was measured")]
    Damaged(&'static str),
    /// The runtime could not be loaded, or failed.
    #[error("not performed, a person must look: {0}")]
    Runtime(String),
}

/// The input is not what it was said to be, or beyond its bounds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No bytes, or none of substance.
    #[error("the input is empty")]
    Empty,
    /// Neither JPEG nor PNG, or broken.
    #[error("the input is no picture that can be read")]
    Picture,
    /// More pixels than a picture may have.
    #[error("the picture is larger than {0} by {0} pixels")]
    PictureSize(u32),
    /// Neither 16-bit PCM in a WAV file, or broken.
    #[error("the input is no sound that can be read")]
    Sound,
    /// Longer than a piece of sound may be.
    #[error("the sound is longer than {0} s")]
    SoundLength(u32),
    /// Not a recording of a known container.
    #[error("the input is no recording of a known kind")]
    Container,
    /// The decoder refused it.
    #[error("the recording could not be decoded: {0}")]
    Decoding(String),
    /// The decoder reached one of its bounds.
    #[error("the recording is beyond its bounds: {0}")]
    Bounds(&'static str),
}
