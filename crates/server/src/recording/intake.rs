//! Taking chunks: checked, sealed, on the disk, then in their row; only then is one acknowledged.

use std::collections::HashSet;

use proof::digest::sha256;
use proof::hex;

use super::jobs::Swear;
use super::model::{BYTES_MAX, CHUNK_BYTES_MAX, CHUNKS_MAX, Recording, Segment, State};
use super::refusal::Refused;
use super::store::segments::{self, Chunk};
use super::{RecordingId, chain, live, store};
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::error::{Error, Result};
use crate::id::{self, InstitutionId};
use crate::jobs;
use crate::vault;

/// A chunk on its way in.
pub struct NewChunk<'a> {
    pub segment: i64,
    /// From 0.
    pub no: i64,
    pub bytes: &'a [u8],
    /// The chain's head behind it, as the page reckoned it, hex.
    pub head: &'a str,
}

/// What the page learns of it.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = RecordingTaken)]
pub struct Taken {
    /// Everything before it is kept.
    pub next_chunk: i64,
    pub version: i64,
}

/// What is sworn to is at most this old, ms.
const SWORN_WITHIN_MS: i64 = 10_000;

/// Takes a chunk of a case's running recording. The same chunk again is fine and changes nothing.
pub async fn take(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    new: NewChunk<'_>,
) -> Result<Taken> {
    let view = ctx.db.read(institution).await?;
    let recording = store::newest(&view, case).await?.ok_or(Refused::NotBegun)?;
    drop(view);
    received(ctx, institution, recording, None, new).await
}

/// Takes a chunk of the own camera of a colleague who leads, or led, a recording.
pub async fn take_of_agent(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &RecordingId,
    staff: &str,
    new: NewChunk<'_>,
) -> Result<Taken> {
    let view = ctx.db.read(institution).await?;
    let recording = store::find(&view, id).await?;
    drop(view);
    received(ctx, institution, recording, Some(staff), new).await
}

/// How long after its end what a colleague's page still holds of their own film is taken, ms.
const AFTER_MS: i64 = 8 * 60_000;

async fn received(
    ctx: &Ctx,
    institution: &InstitutionId,
    recording: Recording,
    agent: Option<&str>,
    new: NewChunk<'_>,
) -> Result<Taken> {
    if new.bytes.is_empty() {
        return Err(Refused::ChunkEmpty.into());
    }
    if new.bytes.len() > CHUNK_BYTES_MAX {
        return Err(Refused::ChunkTooLarge.into());
    }
    let digest = sha256(new.bytes);
    let view = ctx.db.read(institution).await?;
    let now_ms = ctx.clock.now_ms();
    if let Some(taken) = fits(&view, &recording, agent, &new, &digest, now_ms).await? {
        return Ok(taken);
    }
    let file = file(&recording.id, id::body(ctx.clock.now_ms(), &ctx.random));
    let sealed = vault::seal_part(ctx, &view, &recording.subject, &file, new.bytes).await?;
    drop(view);
    let blob = blob(institution, &file);
    ctx.blobs.put_once(&blob, sealed).await?;
    let kept = keep(ctx, institution, &recording, agent, &new, &digest, &file).await;
    match &kept {
        Ok(Kept::New(_)) => {}
        // This file has no row and never will.
        Ok(Kept::Before(_)) | Err(Error::Refused(_)) => ctx.blobs.remove(&blob).await?,
        // Of a commit that failed nobody knows whether it was kept all the same; the sweep goes by the rows.
        Err(_) => {}
    }
    kept.map(|kept| match kept {
        // Who leads is looked at by nobody.
        Kept::New(taken) if agent.is_none() => {
            let due = live::Due {
                institution: institution.clone(),
                recording: recording.id,
                case: recording.case,
            };
            live::came(ctx, &due, new.segment, new.no, new.bytes);
            taken
        }
        Kept::New(taken) | Kept::Before(taken) => taken,
    })
}

enum Kept {
    New(Taken),
    /// Another try of the same chunk was first.
    Before(Taken),
}

async fn keep(
    ctx: &Ctx,
    institution: &InstitutionId,
    recording: &Recording,
    agent: Option<&str>,
    new: &NewChunk<'_>,
    digest: &chain::Link,
    file: &str,
) -> Result<Kept> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "chunks are sworn to by their chain")
        .await?;
    let locked = segments::lock(&tx, &recording.id, new.segment).await?;
    let segment = locked.ok_or(Refused::SegmentUnknown)?;
    let current = store::find(&tx, &recording.id).await?;
    let now_ms = ctx.clock.now_ms();
    if let Some(taken) = fits(&tx, &current, agent, new, digest, now_ms).await? {
        return Ok(Kept::Before(taken));
    }
    let chunk = Chunk {
        no: new.no,
        bytes: i64::try_from(new.bytes.len())?,
        digest: digest.to_vec(),
        file: file.to_owned(),
    };
    let head = chain::next(&segment.head, digest);
    segments::append(&mut tx, &segment, &chunk, &head, now_ms).await?;
    let swear = Swear {
        recording: recording.id.to_string(),
    };
    // One job for each stretch of time: one that runs already may have read the segment before this chunk.
    let stretch = now_ms / SWORN_WITHIN_MS + 1;
    let name = format!("swear-{}-{stretch}", recording.id);
    let soon = jobs::enqueue_named(institution, &name, &swear, stretch * SWORN_WITHIN_MS)?;
    tx.exec_together(vec![soon]).await?;
    tx.commit().await?;
    Ok(Kept::New(Taken {
        next_chunk: new.no + 1,
        version: current.revision,
    }))
}

/// Refuses what doesn't come next; what is kept already is answered at once.
async fn fits(
    view: &impl Read,
    recording: &Recording,
    agent: Option<&str>,
    new: &NewChunk<'_>,
    digest: &chain::Link,
    now_ms: i64,
) -> Result<Option<Taken>> {
    let all = segments::list(view, &recording.id).await?;
    let own = || all.iter().filter(|one| one.agent.as_deref() == agent);
    let segment = own()
        .find(|one| one.no == new.segment)
        .ok_or(Refused::SegmentUnknown)?;
    if new.no < segment.chunks {
        let kept = segments::chunk(view, &recording.id, segment.no, new.no)
            .await?
            .ok_or_else(|| Error::internal("a chunk without its row"))?;
        if kept.digest != digest {
            return Err(Refused::ChunkDiffers.into());
        }
        return Ok(Some(Taken {
            next_chunk: segment.chunks,
            version: recording.revision,
        }));
    }
    may_come(recording, agent, now_ms)?;
    comes_next(segment, new, digest)?;
    let bytes: i64 = own().map(|one| one.bytes).sum();
    if new.no >= CHUNKS_MAX || bytes + i64::try_from(new.bytes.len())? > BYTES_MAX {
        return Err(Refused::TooLong.into());
    }
    Ok(None)
}

/// What the person answered came before the end; a colleague's last words are still on their way then.
fn may_come(recording: &Recording, agent: Option<&str>, now_ms: i64) -> Result<(), Refused> {
    let ended = recording.ended_at_ms.unwrap_or(now_ms);
    match agent {
        Some(_) if recording.state != State::Running && now_ms - ended < AFTER_MS => Ok(()),
        _ => recording.must_run(),
    }
}

fn comes_next(segment: &Segment, new: &NewChunk<'_>, digest: &chain::Link) -> Result<(), Refused> {
    if new.no != segment.chunks {
        return Err(Refused::ChunkOutOfOrder);
    }
    let head = chain::next(&segment.head, digest);
    match hex::encode(&head) == new.head {
        true => Ok(()),
        false => Err(Refused::ChainBroken),
    }
}

/// What a chunk is sealed under.
fn file(recording: &RecordingId, name: String) -> String {
    format!("{recording}/{name}")
}

/// Where it lies.
pub fn blob(institution: &InstitutionId, file: &str) -> String {
    format!("recording/{institution}/{file}")
}

/// Removes what was received in a case, and what never was received whole.
pub async fn forget_files(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    for id in store::of_case(&view, case).await? {
        let folder = blob(institution, id.as_str());
        ctx.blobs.keep_only(&folder, HashSet::new()).await?;
    }
    Ok(())
}

/// Removes the files of a recording that have no row: of a program that was killed, or of a page that went away, between
/// the two. Only for a recording that is over for so long that no chunk is on its way any more.
pub async fn sweep_files(
    ctx: &Ctx,
    institution: &InstitutionId,
    recording: &RecordingId,
) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let mut kept = HashSet::new();
    for segment in segments::list(&view, recording).await? {
        let chunks = segments::chunks(&view, recording, segment.no, segment.chunks).await?;
        kept.extend(chunks.into_iter().filter_map(|one| {
            let (_, name) = one.file.rsplit_once('/')?;
            Some(name.to_owned())
        }));
    }
    drop(view);
    let folder = blob(institution, recording.as_str());
    let swept = ctx.blobs.keep_only(&folder, kept).await?;
    if swept > 0 {
        tracing::info!(%recording, swept, "files of chunks that were never kept were removed");
    }
    Ok(())
}
