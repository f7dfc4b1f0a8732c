//! What the bundle of a case carries of its recordings: every chunk by its digest, and the films for whoever may see them.

use super::actions::film;
use super::model::{Media, Recording, Segment, Side};
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
    let (mut named, mut parts) = (0, 0);
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
        named += own.iter().map(|(_, chunks)| chunks.len()).sum::<usize>();
        parts += own.len();
        if named > CHUNKS_MAX || parts > SEGMENTS_MAX {
            break;
        }
        found.push((recording, own));
    }
    drop(view);
    let all_of = found.iter().flat_map(|(_, own)| own);
    let sizes: Vec<(Side, i64)> = all_of.map(|(one, _)| (one.side(), one.bytes)).collect();
    let mut enclosed = match films {
        Films::Left => vec![false; sizes.len()],
        Films::Enclosed => enclosed(&sizes),
    }
    .into_iter();
    let mut all = Vec::new();
    for (recording, own) in found {
        let comes: Vec<bool> = enclosed.by_ref().take(own.len()).collect();
        let open = match comes.contains(&true) {
            true => Some(ledger::retrying(|| opened(ctx, seat, &recording)).await?),
            false => None,
        };
        for ((segment, chunks), comes) in own.into_iter().zip(comes) {
            let mut one = listed(&segment, &chunks)?;
            if let Some(open) = open.as_ref().filter(|_| comes) {
                one.film = Some(film(ctx, seat, open, &chunks).await?.to_vec());
            }
            all.push(one);
        }
    }
    Ok(all)
}

/// Which films come along, of segments with the newest recording's first: the person's own before any colleague's.
fn enclosed(segments: &[(Side, i64)]) -> Vec<bool> {
    let mut comes = vec![false; segments.len()];
    let mut left = FILMS_BYTES_MAX;
    for side in [Side::Person, Side::Agent] {
        for (at, (_, bytes)) in segments.iter().enumerate().filter(|(_, one)| one.0 == side) {
            comes[at] = *bytes <= left;
            left -= if comes[at] { *bytes } else { 0 };
        }
    }
    comes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_of_the_person_come_before_those_of_whoever_led() {
        const MOST: i64 = FILMS_BYTES_MAX;
        let (person, agent) = (Side::Person, Side::Agent);
        for (segments, wanted) in [
            (vec![], vec![]),
            (
                vec![(agent, MOST), (person, 1), (agent, MOST - 1)],
                vec![false, true, true],
            ),
            (
                vec![(person, MOST), (agent, 1), (person, 1)],
                vec![true, false, false],
            ),
            // What doesn't fit makes room for what does.
            (
                vec![(person, MOST + 1), (person, MOST), (agent, 0)],
                vec![false, true, true],
            ),
        ] {
            assert_eq!(enclosed(&segments), wanted);
        }
    }
}
