//! Pictures and sound out of a recording, by ffmpeg in a process of its own, within bounds.
//!
//! A recording comes from outside and may be made to harm. So its kind is told by its first bytes
//! and ffmpeg is held to that kind, to that one file, to a list of decoders, and to bounds of
//! time, memory and output; it may open nothing else, and no network.

mod confined;
mod spoken;

use crate::Unreadable;
use crate::picture::Picture;
use crate::sound::{RATE, Sound};
use confined::run;
pub use spoken::{can_speak, mandarin};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// Longest side of a picture that is taken out, in pixels.
const FRAME_SIDE_MAX: u32 = 1_280;
/// Pictures that one call takes out at most.
pub const FRAMES_MAX: usize = 3_600;
/// Decoders that a browser's recorder needs, and plain sound.
const DECODERS: &str = "vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,h264,hevc,opus,libopus,vorbis,aac,mp3,mp3float,pcm_s16le,pcm_s24le,pcm_f32le,flac";

/// What ffmpeg may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Time until it is ended.
    pub time: Duration,
    /// Memory, in bytes.
    pub memory: u64,
    /// What it may give back, in bytes.
    pub output: u64,
    /// Pixels of one picture.
    pub pixels: u64,
    /// What is looked at; the rest is passed over without being decoded.
    pub part: Part,
}

/// A stretch of a recording, in seconds from its begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Where it begins.
    pub from_s: f32,
    /// Where it ends, or the recording does.
    pub until_s: f32,
}

/// Seconds of a recording that one call looks at.
const PART_MAX_S: f32 = 3_600.0;

impl Part {
    /// Begin and length as ffmpeg is told them; none where it holds nothing.
    fn told(self) -> Option<[String; 2]> {
        let from_s = self.from_s.clamp(0.0, 1e6);
        let length_s = self.until_s - from_s;
        (length_s > 0.0).then(|| {
            [
                format!("{from_s:.3}"),
                format!("{:.3}", length_s.min(PART_MAX_S)),
            ]
        })
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(120),
            memory: 2 << 30,
            output: 1 << 30,
            pixels: 4_096 * 2_304,
            part: Part {
                from_s: 0.0,
                until_s: PART_MAX_S,
            },
        }
    }
}

/// A picture of a recording.
#[derive(Clone, Debug)]
pub struct Frame {
    /// When it is shown, in seconds from the begin.
    pub at_s: f32,
    /// What it shows.
    pub picture: Picture,
}

/// The kinds of recording that browsers and phones make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Matroska,
    Mp4,
    Wav,
    Ogg,
    Mp3,
}

/// What a recorder in a browser makes, and plain sound.
const RECORDED: [Container; 4] = [
    Container::Matroska,
    Container::Mp4,
    Container::Wav,
    Container::Ogg,
];
/// What a prompt may be handed in as.
const SPOKEN: [Container; 4] = [
    Container::Wav,
    Container::Mp3,
    Container::Ogg,
    Container::Matroska,
];

impl Container {
    fn of(begin: &[u8]) -> Option<Self> {
        match begin {
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(Self::Matroska),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'A',
                b'V',
                b'E',
                ..,
            ] => Some(Self::Wav),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Some(Self::Mp3),
            _ => None,
        }
    }

    fn demuxer(self) -> &'static str {
        match self {
            Self::Matroska => "matroska",
            Self::Mp4 => "mp4",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
        }
    }
}

/// Pictures every so many seconds of the part, at most [`FRAMES_MAX`].
pub fn frames(recording: &Path, every_s: f32, bounds: &Bounds) -> Result<Vec<Frame>, Unreadable> {
    let every_s = every_s.clamp(0.02, 3_600.0);
    let from_s = bounds.part.from_s.max(0.0);
    let shrink = format!(
        "fps=1/{every_s}:start_time=0,scale='min({FRAME_SIDE_MAX},iw)':'min({FRAME_SIDE_MAX},ih)':force_original_aspect_ratio=decrease"
    );
    let count = FRAMES_MAX.to_string();
    let how = ["-an", "-vf", &shrink, "-frames:v", &count];
    let how = [&how[..], &["-f", "image2pipe", "-c:v", "ppm", "-"]].concat();
    let bytes = decode(recording, &RECORDED, &how, bounds)?;
    let mut rest = &bytes[..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (picture, after) = ppm(rest).ok_or(Unreadable::Picture)?;
        found.push(Frame {
            at_s: from_s + found.len() as f32 * every_s,
            picture,
        });
        rest = after;
    }
    match found.is_empty() {
        true => Err(Unreadable::Empty),
        false => Ok(found),
    }
}

/// The part's sound, mixed to one channel; where the recording holds none it is silent, so that
/// places in it are those of the part.
pub fn sound(recording: &Path, bounds: &Bounds) -> Result<Sound, Unreadable> {
    sound_of(recording, &RECORDED, bounds)
}

/// A prompt's sound: a recording that was spoken for it, of the kinds that browsers play.
pub fn spoken(prompt: &Path, bounds: &Bounds) -> Result<Sound, Unreadable> {
    sound_of(prompt, &SPOKEN, bounds)
}

fn sound_of(file: &Path, kinds: &[Container], bounds: &Bounds) -> Result<Sound, Unreadable> {
    let rate = RATE.to_string();
    let how = ["-vn", "-af", "aresample=async=1:first_pts=0", "-ac", "1"];
    let how = [&how[..], &["-ar", &rate, "-f", "s16le", "-"]].concat();
    Sound::from_pcm(&decode(file, kinds, &how, bounds)?)
}

fn decode(
    recording: &Path,
    kinds: &[Container],
    how: &[&str],
    bounds: &Bounds,
) -> Result<Vec<u8>, Unreadable> {
    let mut begin = Vec::new();
    std::fs::File::open(recording)
        .and_then(|file| file.take(16).read_to_end(&mut begin))
        .map_err(|cause| Unreadable::Decoding(cause.to_string()))?;
    if begin.is_empty() {
        return Err(Unreadable::Empty);
    }
    let kind = Container::of(&begin)
        .filter(|kind| kinds.contains(kind))
        .ok_or(Unreadable::Container)?
        .demuxer();
    let mut address = std::ffi::OsString::from("file:");
    address.push(
        recording
            .canonicalize()
            .map_err(|cause| Unreadable::Decoding(cause.to_string()))?,
    );
    let pixels = bounds.pixels.to_string();
    let [from_s, length_s] = bounds.part.told().ok_or(Unreadable::Empty)?;
    let before = ["-nostdin", "-hide_banner", "-v", "error", "-threads", "1"];
    let held = [
        "-protocol_whitelist",
        "file",
        "-codec_whitelist",
        DECODERS,
        "-max_pixels",
        &pixels,
        "-f",
        kind,
        "-ss",
        &from_s,
        "-t",
        &length_s,
        "-i",
    ];
    let words = before.iter().chain(&held).map(std::ffi::OsString::from);
    let after = how.iter().map(std::ffi::OsString::from);
    let words: Vec<_> = words.chain([address]).chain(after).collect();
    run("ffmpeg", &words, bounds)
}

/// One picture in PPM, and what follows it.
fn ppm(bytes: &[u8]) -> Option<(Picture, &[u8])> {
    let mut rest = bytes.strip_prefix(b"P6\n")?;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let text = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        Some(text)
    };
    let (width, height) = line()?.split_once(' ')?;
    let (width, height): (usize, usize) = (width.parse().ok()?, height.parse().ok()?);
    if line()? != "255" {
        return None;
    }
    let (rgb, after) = rest.split_at_checked(width.checked_mul(height)?.checked_mul(3)?)?;
    Some((Picture::new(width, height, rgb.to_vec()).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let cases: [(&[u8], Option<Container>); 8] = [
            (b"\x1a\x45\xdf\xa3\x01", Some(Container::Matroska)),
            (b"\0\0\0\x18ftypmp42", Some(Container::Mp4)),
            (b"RIFF\0\0\0\0WAVEfmt ", Some(Container::Wav)),
            (b"ID3\x04\0", Some(Container::Mp3)),
            (b"\xff\xfb\x90\x64", Some(Container::Mp3)),
            (b"#EXTM3U\n#EXT-X-", None),
            (b"ffconcat version", None),
            (b"", None),
        ];
        for (begin, wanted) in cases {
            assert_eq!(Container::of(begin), wanted);
        }
    }

    #[test]
    fn a_part_is_told_within_bounds() {
        let told = |from_s, until_s| Part { from_s, until_s }.told();
        assert_eq!(told(1.5, 4.0), Some(["1.500".into(), "2.500".into()]));
        assert_eq!(told(-3.0, 4.0), Some(["0.000".into(), "4.000".into()]));
        assert_eq!(
            told(0.0, f32::INFINITY),
            Some(["0.000".into(), "3600.000".into()])
        );
        for (from_s, until_s) in [(4.0, 4.0), (5.0, 4.0), (f32::NAN, 1.0), (0.0, f32::NAN)] {
            assert_eq!(told(from_s, until_s), None);
        }
    }

    #[test]
    fn pictures_are_taken_apart() {
        let bytes = b"P6\n2 1\n255\nabcdefP6\n1 1\n255\nghi";
        let (first, rest) = ppm(bytes).unwrap();
        assert_eq!((first.width(), first.rgb()), (2, &b"abcdef"[..]));
        assert_eq!(ppm(rest).unwrap().0.rgb(), b"ghi");
        for broken in [
            &b"P5\n1 1\n255\nabc"[..],
            b"P6\n9 9\n255\nabc",
            b"P6\n1 1\n65535\nabc",
            b"P6\n1",
        ] {
            assert!(ppm(broken).is_none());
        }
    }
}
