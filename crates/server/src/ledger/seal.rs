//! The check at start and after a restore: the database must extend what was published.

use proof::tree::{Frontier, TileReader as _};

use super::publish::published;
use super::store;
use super::tiles::StoredTiles;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};

/// Entries compared with the published tiles at start; the audit compares all of them.
const ENTRIES_COMPARED: u64 = 65_536;

/// Checks every log against its published checkpoint; closes writing where it doesn't hold.
/// Returns the sealed logs with the reason.
pub async fn check(ctx: &Ctx) -> Result<Vec<(String, String)>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let logs = store::logs(&view).await?;
    drop(view);
    let mut sealed = Vec::new();
    for log in logs {
        if let Some(why) = disagreement(ctx, &log).await? {
            tracing::error!(log = log.origin, why, "writing is sealed");
            ctx.db.close_writes(&log.institution(), &why);
            sealed.push((log.code, why));
        }
    }
    Ok(sealed)
}

/// Why the database doesn't extend the published checkpoint; nothing when it does.
///
/// Compared are the newest published entries, leaf by leaf, the root that their tiles give, and everything after it up
/// to the head; older entries are the audit's.
async fn disagreement(ctx: &Ctx, log: &store::Log) -> Result<Option<String>> {
    // The checkpoint first: a running publisher can only make the database newer than it, never older.
    let base = match published(ctx, log).await {
        Ok(Ok(base)) => base,
        Ok(Err(why)) => return Ok(Some(why)),
        Err(Error::Internal(cause)) => return Ok(Some(cause.to_string())),
        Err(other) => return Err(other),
    };
    let institution = log.institution();
    let view = ctx.db.read(&institution).await?;
    let log = store::log_of(&view, &institution).await?;
    let head = u64::try_from(log.head_size)?;
    let (size, root) = base.map_or((0, proof::tree::empty_root()), |b| {
        (b.checkpoint.size, b.checkpoint.root)
    });
    if size > head {
        return Ok(Some(format!(
            "{size} entries were published, the database holds {head}"
        )));
    }
    let wide = u64::from(proof::tile::WIDTH);
    let from = size.saturating_sub(ENTRIES_COMPARED) / wide * wide;
    let leaves =
        match store::commitments(&view, &institution, i64::try_from(from)?, log.head_size).await {
            Ok(commitments) => commitments
                .iter()
                .map(|c| proof::tree::leaf_hash(&proof::fact::entry(c)))
                .collect::<Vec<_>>(),
            Err(Error::Internal(cause)) => {
                return Ok(Some(format!("entries {from} to {head}: {cause}")));
            }
            Err(other) => return Err(other),
        };
    drop(view);
    let tiles = StoredTiles {
        blobs: ctx.blobs.clone(),
        institution,
    };
    let frontier = Frontier::from_bytes(&log.frontier)?.root();
    let compared = tokio::task::spawn_blocking(move || -> Result<Option<String>> {
        let (known, new) = leaves.split_at(usize::try_from(size - from)?);
        for (index, chunk) in (from / wide..).zip(known.chunks(wide as usize)) {
            let tile = tiles.tile(0, index, u32::try_from(chunk.len())?)?;
            if !tile.starts_with(chunk.as_flattened()) {
                return Ok(Some(format!(
                    "entries from {} on are not those that were published",
                    index * wide
                )));
            }
        }
        let grown = proof::tile::extend(size, &tiles, new)?;
        if grown.old_root != root {
            return Ok(Some(
                "the published tiles lead to another root than the published checkpoint".to_owned(),
            ));
        }
        Ok((grown.root != frontier)
            .then(|| format!("the entries up to {head} lead to another root")))
    })
    .await?;
    match compared {
        Ok(why) => Ok(why),
        Err(Error::Internal(cause)) => Ok(Some(cause.to_string())),
        Err(other) => Err(other),
    }
}
