//! A colleague opens a recording: what was said, and the film.

use serde::Serialize;
use zeroize::Zeroizing;

use super::{heard_name, written_name};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Seat};
use crate::recording::intake;
use crate::recording::model::{Media, RecordingId};
use crate::recording::refusal::Refused;
use crate::recording::retention::must_be_kept;
use crate::recording::store::{self, segments, tries};
use crate::vault::{self, OpenFile, Purpose};

/// Bytes of a segment that is played at once.
const PLAYED_BYTES_MAX: i64 = 256 << 20;

/// What a person said at a try.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingTranscript)]
pub struct Transcript {
    pub node: i64,
    pub attempt: i64,
    pub heard: Option<String>,
    pub written: Option<String>,
}

/// The words of a recording; that the seat opened it is a fact, and lets them say what it shows.
pub async fn opened(ctx: &Ctx, seat: &Seat, id: &RecordingId) -> Result<Vec<Transcript>> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let recording = store::lock(&tx, id).await?;
    let open = vault::open_parts(
        &mut tx,
        &recording.subject,
        id.as_str(),
        Purpose::CheckRecording,
    )
    .await?;
    let mut words = Vec::new();
    for one in tries::list(&tx, id).await? {
        words.push(Transcript {
            node: one.node,
            attempt: one.no,
            heard: text(&open, &heard_name(&one, id), one.heard.as_deref())?,
            written: text(&open, &written_name(&one, id), one.written.as_deref())?,
        });
    }
    let now_ms = tx.now_ms();
    store::reviews::note(&mut tx, id, &seat.id, now_ms).await?;
    ledger::commit_recorded(tx).await?;
    Ok(words)
}

fn text(open: &OpenFile, name: &str, sealed: Option<&[u8]>) -> Result<Option<String>> {
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let plain = open.part(name, sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(Some(text.to_owned()))
}

/// The film of one segment; the opening is a fact.
pub async fn played(ctx: &Ctx, seat: &Seat, id: &RecordingId, no: i64) -> Result<(Vec<u8>, Media)> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let recording = store::find(&tx, id).await?;
    must_be_kept(&tx, id).await?;
    let segment = segments::lock(&tx, id, no).await?;
    let segment = segment.ok_or(Refused::SegmentUnknown)?;
    if !store::reviews::opened(&tx, id, &seat.id).await? {
        return Err(Refused::NotSeen.into());
    }
    if segment.bytes > PLAYED_BYTES_MAX {
        return Err(Refused::TooLong.into());
    }
    let open = vault::open_parts(
        &mut tx,
        &recording.subject,
        id.as_str(),
        Purpose::CheckRecording,
    )
    .await?;
    let chunks = segments::chunks(&tx, id, no, segment.chunks).await?;
    ledger::commit_recorded(tx).await?;
    let film = film(ctx, seat, &open, &chunks).await?;
    Ok((film.to_vec(), segment.media))
}

/// Chunks out of their seals, one behind the other.
pub async fn film(
    ctx: &Ctx,
    seat: &Seat,
    open: &OpenFile,
    chunks: &[segments::Chunk],
) -> Result<Zeroizing<Vec<u8>>> {
    let bytes: i64 = chunks.iter().map(|one| one.bytes).sum();
    // Whole from the beginning: a buffer that grows leaves copies behind.
    let mut film = Zeroizing::new(Vec::with_capacity(usize::try_from(bytes)?));
    for chunk in chunks {
        let blob = intake::blob(&seat.institution, &chunk.file);
        let sealed = ctx.blobs.get(&blob).await?;
        let sealed = sealed.ok_or_else(|| Error::internal("a chunk without its file"))?;
        film.extend_from_slice(&open.part(&chunk.file, &sealed)?);
    }
    Ok(film)
}
