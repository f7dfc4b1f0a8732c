//! The check at start and after a restore: the database must extend what was published.

use proof::checkpoint;
use proof::tree::Frontier;

use super::publish::signer;
use super::store;
use super::tiles::key;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};

const LEAVES_PER_PAGE: i64 = 50_000;

/// Checks every log against its last checkpoint in the blob store; closes writing where it doesn't hold.
/// Returns the sealed logs with the reason.
pub async fn check(ctx: &Ctx) -> Result<Vec<(String, String)>> {
    let mut sealed = Vec::new();
    for log in store::logs(&ctx.db.read(Scope::Unscoped).await?).await? {
        if let Some(why) = disagreement(ctx, &log).await? {
            tracing::error!(log = log.origin, why, "writing is sealed");
            ctx.db.close_writes(&log.institution(), &why);
            sealed.push((log.code, why));
        }
    }
    Ok(sealed)
}

/// Why the head doesn't extend the last published checkpoint; nothing when it does.
async fn disagreement(ctx: &Ctx, log: &store::Log) -> Result<Option<String>> {
    let institution = log.institution();
    let Some(bytes) = ctx.blobs.get(&key(&institution, "checkpoint")).await? else {
        return Ok((log.published_size > 0)
            .then(|| "the published checkpoint is missing from the blob store".to_owned()));
    };
    let Ok(note) = String::from_utf8(bytes) else {
        return Ok(Some("the published checkpoint is not text".to_owned()));
    };
    let verifier = signer(ctx, log)?.verifier();
    let published = match checkpoint::verify(&note, &[verifier]) {
        Ok((published, signers)) if !signers.is_empty() && published.origin == log.origin => {
            published
        }
        _ => {
            return Ok(Some(
                "the published checkpoint is not signed by this log's key".to_owned(),
            ));
        }
    };
    let size = i64::try_from(published.size)?;
    if size > log.head_size {
        return Ok(Some(format!(
            "{size} entries were published, the database holds {}",
            log.head_size
        )));
    }
    let view = ctx.db.read(&institution).await?;
    let mut frontier = Frontier::new();
    let mut from = 0;
    // Up to what was published, then up to the head: both roots must come out.
    for (to, root) in [
        (size, published.root),
        (log.head_size, Frontier::from_bytes(&log.frontier)?.root()),
    ] {
        while from < to {
            let page = to.min(from + LEAVES_PER_PAGE);
            match store::commitments(&view, &institution, from, page).await {
                Ok(commitments) => {
                    for commitment in &commitments {
                        frontier.push(proof::tree::leaf_hash(&proof::fact::entry(commitment)));
                    }
                }
                Err(Error::Internal(cause)) => {
                    return Ok(Some(format!("entries {from} to {page}: {cause}")));
                }
                Err(other) => return Err(other),
            }
            from = page;
        }
        if frontier.root() != root {
            return Ok(Some(format!("the entries up to {to} lead to another root")));
        }
    }
    Ok(None)
}
