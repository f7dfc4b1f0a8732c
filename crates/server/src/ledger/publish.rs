//! Publishing: tiles first, then the signed checkpoint, then the row that says so.
//!
//! Every object but the latest checkpoint is write-once, so a crash at any instant is repaired by doing it again.

use futures::{StreamExt as _, TryStreamExt as _};
use proof::checkpoint::{self, Checkpoint, Signer};
use proof::tile;

use super::tiles::{StoredTiles, key};
use super::{key_name, store};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// Tiles written at the same time.
const WRITES_CONCURRENT: usize = 16;
const LEASE_MS: i64 = 10_000;

/// Publishes everything sequenced so far, if this node may.
pub async fn publish(ctx: &Ctx, institution: &InstitutionId, holder: &str) -> Result<()> {
    let log = store::log_of(&ctx.db.read(institution).await?, institution).await?;
    if log.published_size >= log.head_size {
        return Ok(());
    }
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "who publishes is no evidence")
        .await?;
    let ours = store::lease(&mut tx, institution, holder, now_ms, now_ms + LEASE_MS).await?;
    tx.commit().await?;
    if !ours {
        return Ok(());
    }

    let commitments = store::commitments(
        &ctx.db.read(institution).await?,
        institution,
        log.published_size,
        log.head_size,
    )
    .await?;
    let published = u64::try_from(log.published_size)?;
    let stored = StoredTiles {
        blobs: ctx.blobs.clone(),
        institution: institution.clone(),
    };
    let (grown, entries) = tokio::task::spawn_blocking(move || -> Result<_> {
        let leaves: Vec<proof::Hash> = commitments
            .iter()
            .map(|c| proof::tree::leaf_hash(&proof::fact::entry(c)))
            .collect();
        let grown = tile::extend(published, &stored, &leaves)?;
        let entries = entry_tiles(&stored, published, &commitments)?;
        Ok((grown, entries))
    })
    .await??;

    // Two computations of the same root, from tiles and from the frontier, must agree before anything is signed.
    let frontier = proof::tree::Frontier::from_bytes(&log.frontier)?;
    if grown.root != frontier.root() || grown.size != u64::try_from(log.head_size)? {
        return Err(Error::internal("tiles and head disagree about the root"));
    }

    let hashes = grown
        .tiles
        .into_iter()
        .map(|(id, bytes)| (key(institution, &id.path()), bytes));
    futures::stream::iter(
        hashes
            .chain(entries)
            .map(|(key, bytes)| async move { ctx.blobs.put_once(&key, bytes).await }),
    )
    .buffer_unordered(WRITES_CONCURRENT)
    .try_collect::<()>()
    .await?;

    let checkpoint = Checkpoint {
        origin: log.origin.clone(),
        size: grown.size,
        root: grown.root,
        extensions: Vec::new(),
    };
    let note = checkpoint::sign(&checkpoint, &signer(ctx, &log)?)
        .map_err(|e| Error::Internal(Box::new(e)))?;
    ctx.blobs
        .put_once(
            &key(institution, &format!("checkpoints/{}", grown.size)),
            note.clone().into_bytes(),
        )
        .await?;
    ctx.blobs
        .put_latest(&key(institution, "checkpoint"), note.clone().into_bytes())
        .await?;

    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "a checkpoint is evidence by its signature")
        .await?;
    store::published(
        &mut tx,
        institution,
        log.published_size,
        log.head_size,
        ctx.clock.now_ms(),
        &note,
    )
    .await?;
    tx.commit().await
}

/// The entry bundles (tiles of raw entries) that growth touches.
fn entry_tiles(
    stored: &StoredTiles,
    published: u64,
    commitments: &[proof::Hash],
) -> Result<Vec<(String, Vec<u8>)>> {
    let wide = u64::from(tile::WIDTH);
    let mut entries: Vec<Vec<u8>> = Vec::with_capacity(commitments.len() + tile::WIDTH as usize);
    let first = published / wide;
    let width = u32::try_from(published % wide)?;
    if width > 0 {
        let path = key(&stored.institution, &tile::entries_path(first, width));
        let bytes = stored
            .blobs
            .get_blocking(&path)?
            .ok_or_else(|| Error::internal(format!("{path} is missing")))?;
        entries = tile::decode_entries(&bytes)?;
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
