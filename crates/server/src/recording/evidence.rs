//! What the bundle of a case carries of its recordings: every chunk by its digest, and the films for whoever may see them.

use super::actions::film;
use super::model::{Media, Recording, Segment};
use super::store::{self, segments};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Seat};
use crate::vault::{self, Purpose};

/// Whether the films come along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Films {
    Left,
    Enclosed,
}

/// Chunks that one bundle names, and segments of them.
const CHUNKS_MAX: usize = 60_000;
const SEGMENTS_MAX: usize = 256;
/// Bytes of the films that one bundle carries; beside them it holds facts and documents.
const FILMS_BYTES_MAX: i64 = 128 << 20;

/// Segments of a case's recordings, those of the newest first; what is beyond the bounds is left to the heads in its facts, and
/// a film beyond them to its digests. With films, each recording that is opened is a fact.
pub async fn evidence(
    ctx: &Ctx,
    seat: &Seat,
    case: &str,
    films: Films,
) -> Result<Vec<proof::recording::Segment>> {
    let view = ctx.db.read(&seat.institution).await?;
    let mut found = Vec::new();
    let (mut named, mut parts, mut bytes) = (0, 0, 0);
    let mut ids = store::of_case(&view, case).await?;
    ids.sort_by(|one, other| other.as_str().cmp(one.as_str()));
    for id in ids {
        let recording = store::find(&view, &id).await?;
        let mut own = Vec::new();
        for segment in segments::list(&view, &id).await? {
            let chunks = segments::chunks(&view, &id, segment.no, segment.chunks).await?;
            if !chunks.is_empty() {
                own.push((segment, chunks));
            }
        }
        let size: i64 = own.iter().map(|(segment, _)| segment.bytes).sum();
        named += own.iter().map(|(_, chunks)| chunks.len()).sum::<usize>();
        parts += own.len();
        if named > CHUNKS_MAX || parts > SEGMENTS_MAX {
            break;
        }
        let fits = films == Films::Enclosed && !own.is_empty() && bytes + size <= FILMS_BYTES_MAX;
        bytes += if fits { size } else { 0 };
        found.push((recording, own, fits));
    }
    drop(view);
    let mut all = Vec::new();
    for (recording, own, fits) in found {
        let open = match fits {
            true => Some(ledger::retrying(|| opened(ctx, seat, &recording)).await?),
            false => None,
        };
        for (segment, chunks) in own {
            let mut one = listed(&segment, &chunks)?;
            if let Some(open) = &open {
                one.film = Some(film(ctx, seat, open, &chunks).await?.to_vec());
            }
            all.push(one);
        }
    }
    Ok(all)
}

/// That it was opened is a fact before anything of it is.
async fn opened(ctx: &Ctx, seat: &Seat, recording: &Recording) -> Result<vault::OpenFile> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let (id, purpose) = (recording.id.as_str(), Purpose::KeepRecording);
    let open = vault::open_parts(&mut tx, &recording.subject, id, purpose).await?;
    ledger::commit_recorded(tx).await?;
    Ok(open)
}

fn listed(segment: &Segment, chunks: &[segments::Chunk]) -> Result<proof::recording::Segment> {
    let chunk = |chunk: &segments::Chunk| {
        let digest = proof::Hash::try_from(chunk.digest.as_slice());
        Ok(proof::recording::Chunk {
            bytes: u64::try_from(chunk.bytes)?,
            sha256: digest.map_err(|_| Error::internal("a chunk's digest of another length"))?,
        })
    };
    Ok(proof::recording::Segment {
        recording: segment.recording.to_string(),
        segment: u64::try_from(segment.no)?,
        media: match segment.media {
            Media::Webm => proof::recording::Media::Webm,
            Media::Mp4 => proof::recording::Media::Mp4,
        },
        chunks: chunks.iter().map(chunk).collect::<Result<_>>()?,
        film: None,
    })
}
