//! Publishing: tiles first, then the signed checkpoint, then the row that says so.
//!
//! What is extended is the checkpoint that was published, never what the database believes of it: a database that was
//! rolled back meets its own signature here and is sealed. Tiles are write-once, so a crash is repaired by doing it again.

use futures::{StreamExt as _, TryStreamExt as _};
use proof::checkpoint::{self, Checkpoint, Signer};
use proof::tile;

use super::cosign::{self, Cosigned};
use super::tiles::{StoredTiles, key};
use super::{key_name, store};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// Tiles written at the same time.
const WRITES_CONCURRENT: usize = 16;
/// Short, so that another node soon takes over; what keeps checkpoints in order is the row's lock.
const LEASE_MS: i64 = 2_000;

/// A checkpoint as it was published.
pub struct Published {
    pub checkpoint: Checkpoint,
    pub note: String,
}

/// The published checkpoint of a log, its signature checked; none before the first.
/// The inner error says in words why it can't be trusted.
pub async fn published(ctx: &Ctx, log: &store::Log) -> Result<Result<Option<Published>, String>> {
    let Some(bytes) = ctx
        .blobs
        .get(&key(&log.institution(), "checkpoint"))
        .await?
    else {
        return Ok(match log.published_size {
            0 => Ok(None),
            size => Err(format!(
                "{size} entries were published, but their checkpoint is missing from the blob store"
            )),
        });
    };
    let Ok(note) = String::from_utf8(bytes) else {
        return Ok(Err("the published checkpoint is not text".to_owned()));
    };
    let verifier = signer(ctx, log)?.verifier();
    Ok(match checkpoint::verify(&note, &[verifier]) {
        Ok((checkpoint, signers)) if !signers.is_empty() && checkpoint.origin == log.origin => {
            Ok(Some(Published { checkpoint, note }))
        }
        _ => Err("the published checkpoint is not signed by this log's key".to_owned()),
    })
}

/// Brings every log's tiles and checkpoint up to its database. So it is after a restore, for a backup's logs are older
/// than its database; the checkpoint's row, where it is missing, comes with the next publication.
pub async fn catch_up(ctx: &Ctx) -> Result<()> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let logs = store::logs(&view).await?;
    drop(view);
    for log in logs {
        let key = key(&log.institution(), "checkpoint");
        let base = match ctx.blobs.get(&key).await? {
            // Its first checkpoint is newer than the copy of the log.
            None => None,
            Some(_) => match published(ctx, &log).await? {
                Ok(base) => base,
                // The check at start says what is amiss, and seals.
                Err(_) => continue,
            },
        };
        let size = base.as_ref().map_or(0, |base| base.checkpoint.size);
        if size >= u64::try_from(log.head_size)? {
            continue;
        }
        if let Ok(grown) = extend(ctx, &log, base.as_ref()).await? {
            ctx.blobs.put_latest(&key, grown.note.into_bytes()).await?;
        }
    }
    Ok(())
}

/// Publishes everything sequenced so far, if this node may; where nothing is new, asks the witnesses that are missing
/// under the last checkpoint. Says whether it published anything.
pub async fn publish(ctx: &Ctx, institution: &InstitutionId, holder: &str) -> Result<bool> {
    let view = ctx.db.read(institution).await?;
    let log = store::log_of(&view, institution).await?;
    let is_new = log.published_size < log.head_size;
    let due = !is_new && cosign::due(ctx, &view).await?;
    drop(view);
    if !(is_new || due) || !lease(ctx, institution, holder).await? {
        return Ok(false);
    }
    let base = match published(ctx, &log).await? {
        Ok(base) => base,
        Err(why) => return seal(ctx, institution, &why),
    };
    if !is_new {
        return match base {
            Some(base) => complete(ctx, &log, &base).await,
            None => Ok(false),
        };
    }
    let base_size = base.as_ref().map_or(0, |base| base.checkpoint.size);
    let head_size = u64::try_from(log.head_size)?;
    if base_size > head_size {
        return seal(
            ctx,
            institution,
            &format!("{base_size} entries were published, the database holds {head_size}"),
        );
    }
    let grown = match base {
        // The process ended between the checkpoint and its row; the row is all that is missing.
        Some(base) if base_size == head_size => base,
        base => match extend(ctx, &log, base.as_ref()).await? {
            Ok(grown) => grown,
            Err(why) => return seal(ctx, institution, &why),
        },
    };
    let Cosigned { note, witnesses } = cosign::gather(ctx, institution, &grown).await?;

    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "a checkpoint is evidence by its signature")
        .await?;
    // Under the row's lock, so that a publisher that slept can't put an older checkpoint over a newer one.
    if store::lock_log(&tx, institution).await?.published_size != log.published_size {
        return Ok(false);
    }
    ctx.blobs
        .put_latest(&key(institution, "checkpoint"), note.clone().into_bytes())
        .await?;
    store::note_checkpoint(
        &mut tx,
        institution,
        log.head_size,
        ctx.clock.now_ms(),
        (&note, witnesses),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Puts cosignatures that came late under the last checkpoint. Nothing else about it changes.
async fn complete(ctx: &Ctx, log: &store::Log, last: &Published) -> Result<bool> {
    let institution = log.institution();
    let Cosigned { note, witnesses } = cosign::gather(ctx, &institution, last).await?;
    let mut tx = ctx
        .db
        .begin_unrecorded(&institution, "a checkpoint is evidence by its signature")
        .await?;
    let held = store::lock_log(&tx, &institution).await?;
    // Another publisher's lines are not written over; the next round asks again.
    let now = published(ctx, &held).await?.ok().flatten();
    if held.published_size != log.published_size || now.is_none_or(|now| now.note != last.note) {
        return Ok(false);
    }
    if note != last.note {
        ctx.blobs
            .put_latest(&key(&institution, "checkpoint"), note.clone().into_bytes())
            .await?;
    }
    store::note_cosigned(
        &mut tx,
        &institution,
        log.published_size,
        (&note, witnesses),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Writes the tiles that growth touches and signs the new checkpoint; the inner error says why the two don't fit.
async fn extend(
    ctx: &Ctx,
    log: &store::Log,
    base: Option<&Published>,
) -> Result<Result<Published, String>> {
    let institution = log.institution();
    let base_size = base.map_or(0, |base| base.checkpoint.size);
    let view = ctx.db.read(&institution).await?;
    let commitments = store::commitments(
        &view,
        &institution,
        i64::try_from(base_size)?,
        log.head_size,
    )
    .await?;
    drop(view);
    let stored = StoredTiles {
        blobs: ctx.blobs.clone(),
        institution: institution.clone(),
    };
    let (grown, entries) = tokio::task::spawn_blocking(move || -> Result<_> {
        let leaves: Vec<proof::Hash> = commitments
            .iter()
            .map(|c| proof::tree::leaf_hash(&proof::fact::entry(c)))
            .collect();
        let grown = tile::extend(base_size, &stored, &leaves)?;
        let entries = entry_tiles(&stored, base_size, &commitments)?;
        Ok((grown, entries))
    })
    .await??;

    // The old root must be the signed one, and two computations of the new root, from tiles and from the frontier, must
    // agree, before anything is signed.
    let frontier = proof::tree::Frontier::from_bytes(&log.frontier)?;
    if base.is_some_and(|base| base.checkpoint.root != grown.old_root)
        || grown.root != frontier.root()
    {
        return Ok(Err(format!(
            "entries {base_size} to {} don't extend the published checkpoint",
            log.head_size
        )));
    }
    let filled: Vec<String> = grown
        .tiles
        .iter()
        .filter(|(id, _)| id.width == tile::WIDTH)
        .map(|(id, _)| id.path())
        .collect();
    let hashes = grown
        .tiles
        .into_iter()
        .map(|(id, bytes)| (key(&institution, &id.path()), bytes));
    futures::stream::iter(hashes.chain(entries))
        .map(|(key, bytes)| async move { ctx.blobs.put_once(&key, bytes).await })
        .buffer_unordered(WRITES_CONCURRENT)
        .try_collect::<()>()
        .await?;
    forget_partials(ctx, &institution, &filled).await?;

    let checkpoint = Checkpoint {
        origin: log.origin.clone(),
        size: grown.size,
        root: grown.root,
        extensions: Vec::new(),
    };
    let note = checkpoint::sign(&checkpoint, &signer(ctx, log)?)
        .map_err(|e| Error::Internal(Box::new(e)))?;
    Ok(Ok(Published { checkpoint, note }))
}

/// A full tile says all that its partial ones said (C2SP tlog-tiles, "Partial Tiles").
async fn forget_partials(ctx: &Ctx, institution: &InstitutionId, filled: &[String]) -> Result<()> {
    for path in filled {
        ctx.blobs
            .remove_folder(&key(institution, &format!("{path}.p")))
            .await?;
        if let Some(rest) = path.strip_prefix("tile/0/") {
            ctx.blobs
                .remove_folder(&key(institution, &format!("tile/entries/{rest}.p")))
                .await?;
        }
    }
    Ok(())
}

async fn lease(ctx: &Ctx, institution: &InstitutionId, holder: &str) -> Result<bool> {
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "who publishes is no evidence")
        .await?;
    let wait_ms = i64::try_from(ctx.config.ledger.witness_wait_ms)?;
    let until_ms = now_ms + LEASE_MS + wait_ms;
    let ours = store::lease(&mut tx, institution, holder, now_ms, until_ms).await?;
    tx.commit().await?;
    Ok(ours)
}

fn seal(ctx: &Ctx, institution: &InstitutionId, why: &str) -> Result<bool> {
    tracing::error!(%institution, why, "writing is sealed");
    ctx.db.close_writes(institution, why);
    Err(Error::internal(format!(
        "the log of {institution} is sealed: {why}"
    )))
}

/// The entry bundles (tiles of raw entries) that growth touches.
fn entry_tiles(
    stored: &StoredTiles,
    base_size: u64,
    commitments: &[proof::Hash],
) -> Result<Vec<(String, Vec<u8>)>> {
    let wide = u64::from(tile::WIDTH);
    let mut entries: Vec<Vec<u8>> = Vec::with_capacity(commitments.len() + tile::WIDTH as usize);
    let first = base_size / wide;
    let width = u32::try_from(base_size % wide)?;
    if width > 0 {
        entries = stored.entries(first, width)?;
    }
    entries.extend(commitments.iter().map(|c| proof::fact::entry(c).to_vec()));
    (first..)
        .zip(entries.chunks(tile::WIDTH as usize))
        .map(|(index, chunk)| {
            let slices: Vec<&[u8]> = chunk.iter().map(Vec::as_slice).collect();
            let path = tile::entries_path(index, u32::try_from(chunk.len())?);
            Ok((
                key(&stored.institution, &path),
                tile::encode_entries(&slices)?,
            ))
        })
        .collect()
}

/// The key that signs a log's checkpoints and bundles.
pub fn signer(ctx: &Ctx, log: &store::Log) -> Result<Signer> {
    let seed = ctx
        .keys
        .get(&key_name(&log.institution()))?
        .ok_or_else(|| {
            Error::internal(format!("the signing key of log {} is missing", log.origin))
        })?;
    Signer::from_seed(&log.origin, &seed).map_err(|e| Error::Internal(Box::new(e)))
}
