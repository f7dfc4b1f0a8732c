//! Recordings: segments of chunks that are chained by digest, held against what facts say was received.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{self, CanonicalError};
use crate::digest::{sha256, sha256_parts};
use crate::fact::Fact;
use crate::{Hash, hex};

/// The kind of fact that says what was received of a segment until then.
pub const RECEIVED: &str = "recording.received.v1";

/// The most chunks of a segment.
pub const CHUNKS_MAX: usize = 100_000;

/// The head of a segment before its first chunk.
#[must_use]
pub fn first(recording: &str, segment: u64) -> Hash {
    sha256(format!("xiaobao/segment/v1{recording}/{segment}").as_bytes())
}

/// The head once a chunk of this SHA-256 was put behind the one before.
#[must_use]
pub fn next(before: &Hash, chunk: &Hash) -> Hash {
    sha256_parts(&[b"xiaobao/chunk/v1", before, chunk])
}

/// What a film is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Media {
    /// Matroska for browsers.
    #[serde(rename = "video/webm")]
    Webm,
    /// Fragmented MP4.
    #[serde(rename = "video/mp4")]
    Mp4,
}

impl Media {
    /// Its media type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webm => "video/webm",
            Self::Mp4 => "video/mp4",
        }
    }

    /// How the name of such a file ends.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Webm => "webm",
            Self::Mp4 => "mp4",
        }
    }

    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        let all = [Self::Webm, Self::Mp4];
        all.into_iter().find(|one| one.extension() == extension)
    }
}

/// One chunk of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Hash,
}

/// One segment of a recording: its chunks in order and, where it is handed over too, the film that they make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Id of the recording.
    pub recording: String,
    /// Number of the segment, from 1.
    pub segment: u64,
    /// What the film is wrapped in.
    pub media: Media,
    /// Its chunks from the first.
    pub chunks: Vec<Chunk>,
    /// The chunks' bytes one behind the other.
    pub film: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChunkWire {
    bytes: u64,
    sha256: String,
}

/// `recording/<id>/segment-<n>.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    chunks: Vec<ChunkWire>,
    media: Media,
    recording: String,
    segment: u64,
    v: u64,
}

impl Segment {
    /// The head over its chunks.
    #[must_use]
    pub fn head(&self) -> Hash {
        let first = first(&self.recording, self.segment);
        let chunks = self.chunks.iter();
        chunks.fold(first, |head, chunk| next(&head, &chunk.sha256))
    }

    /// The length of its film; none beyond what a number holds.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let mut chunks = self.chunks.iter();
        chunks.try_fold(0_u64, |sum, chunk| sum.checked_add(chunk.bytes))
    }

    /// Leaves out what came after the first chunks.
    pub fn cut(&mut self, chunks: usize) {
        self.chunks.truncate(chunks);
        let bytes = self.bytes().and_then(|bytes| usize::try_from(bytes).ok());
        if let (Some(film), Some(bytes)) = (&mut self.film, bytes) {
            film.truncate(bytes);
        }
    }

    /// Its canonical JSON, without the film.
    ///
    /// # Errors
    /// A length beyond 2^53 − 1.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        let chunks = self.chunks.iter().map(|chunk| ChunkWire {
            bytes: chunk.bytes,
            sha256: hex::encode(&chunk.sha256),
        });
        canonical::to_vec(&Wire {
            chunks: chunks.collect(),
            media: self.media,
            recording: self.recording.clone(),
            segment: self.segment,
            v: 1,
        })
    }

    /// Reads what [`Self::to_bytes`] writes, and nothing else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let wire: Wire = serde_json::from_value(canonical::parse(bytes).ok()?).ok()?;
        let bounds = 1..=CHUNKS_MAX;
        if wire.v != 1 || wire.segment == 0 || !bounds.contains(&wire.chunks.len()) {
            return None;
        }
        let chunk = |chunk: ChunkWire| {
            let sha256 = hex::decode32(&chunk.sha256)?;
            (chunk.bytes > 0).then_some(Chunk {
                bytes: chunk.bytes,
                sha256,
            })
        };
        Some(Self {
            recording: wire.recording,
            segment: wire.segment,
            media: wire.media,
            chunks: wire.chunks.into_iter().map(chunk).collect::<Option<_>>()?,
            film: None,
        })
    }

    /// The first chunk, from 0, whose digest a film of the right length does not have.
    #[must_use]
    pub fn first_other(&self, film: &[u8]) -> Option<usize> {
        let mut rest = film;
        self.chunks.iter().position(|chunk| {
            let split = usize::try_from(chunk.bytes).ok();
            let Some((own, behind)) = split.and_then(|at| rest.split_at_checked(at)) else {
                return true;
            };
            rest = behind;
            sha256(own) != chunk.sha256
        })
    }
}

/// What a fact says was received of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Number of the fact in its case.
    pub fact: u64,
    /// How many chunks.
    pub chunks: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The head over them; none where the fact's is no digest.
    pub head: Option<Hash>,
    /// The media type.
    pub media: String,
}

/// What the newest fact says of each segment of each recording.
#[must_use]
pub fn received<'a>(
    facts: impl IntoIterator<Item = &'a Fact>,
) -> BTreeMap<(String, u64), Received> {
    let mut newest: BTreeMap<(String, u64), Received> = BTreeMap::new();
    let facts = facts.into_iter().filter(|fact| fact.kind == RECEIVED);
    for (key, one) in facts.filter_map(said) {
        match newest.get(&key) {
            Some(other) if other.fact > one.fact => {}
            _ => {
                newest.insert(key, one);
            }
        }
    }
    newest
}

fn said(fact: &Fact) -> Option<((String, u64), Received)> {
    let text = |key: &str| fact.data.get(key).and_then(Value::as_str);
    let number = |key: &str| fact.data.get(key).and_then(Value::as_u64);
    let key = (text("recording")?.to_owned(), number("segment")?);
    let received = Received {
        fact: fact.case_no,
        chunks: number("chunks")?,
        bytes: number("bytes")?,
        head: text("head").and_then(hex::decode32),
        media: text("media")?.to_owned(),
    };
    Some((key, received))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDING: &str = "rec_00000000000000000000000001";

    fn segment() -> Segment {
        let chunks = [b"one".as_slice(), b"three"].map(|bytes| Chunk {
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        });
        Segment {
            recording: RECORDING.into(),
            segment: 1,
            media: Media::Webm,
            chunks: chunks.into(),
            film: Some(b"onethree".to_vec()),
        }
    }

    #[test]
    fn a_head_tells_recording_segment_bytes_and_order() {
        let right = segment().head();
        type Spoil = fn(&mut Segment);
        let spoilt: [Spoil; 5] = [
            |one| one.recording.push('2'),
            |one| one.segment = 2,
            |one| one.chunks.swap(0, 1),
            |one| one.cut(1),
            |one| one.chunks.push(one.chunks[1].clone()),
        ];
        for spoil in spoilt {
            let mut other = segment();
            spoil(&mut other);
            assert_ne!(other.head(), right, "{other:?}");
        }
        // By hand: printf with the bytes above, and sha256sum.
        assert_eq!(
            hex::encode(&first(RECORDING, 1)),
            "52bd46ac75bdef643dde830adb532b157b0b66adbb86143af3eeb019765d6a45"
        );
    }

    #[test]
    fn a_segment_is_read_as_it_was_written_and_in_no_other_way() {
        let mut one = segment();
        let bytes = one.to_bytes().expect("writes");
        one.film = None;
        assert_eq!(Segment::parse(&bytes), Some(one));
        let text = String::from_utf8(bytes).expect("UTF-8");
        for (right, wrong) in [
            ("\"v\":1", "\"v\":2"),
            ("\"bytes\":3", "\"bytes\":0"),
            ("\"segment\":1", "\"segment\":0"),
            ("video/webm", "video/ogg"),
            (":1}", ":1} "),
        ] {
            assert!(text.contains(right), "{right}");
            let other = text.replacen(right, wrong, 1);
            assert_eq!(Segment::parse(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_film_is_its_chunks_and_a_cut_one_is_the_first_of_them() {
        let mut one = segment();
        for (film, other) in [
            (&b"onethree"[..], None),
            (b"onethreE", Some(1)),
            (b"oNethree", Some(0)),
            (b"onethre", Some(1)),
            (b"", Some(0)),
        ] {
            assert_eq!(one.first_other(film), other, "{film:?}");
        }
        one.cut(1);
        assert_eq!((one.bytes(), one.film), (Some(3), Some(b"one".to_vec())));
    }
}
