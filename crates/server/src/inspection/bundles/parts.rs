//! The parts of an archive at rest, sealed under a key of the archive's own. The key goes with the archive, and no backup
//! holds either: what a destruction or the end of the week took away comes back from nowhere.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::{BundlesId, Kept};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::keys;

/// The blob folder of all archives.
pub const FOLDER: &str = "inspection";
/// How the names of their keys begin.
pub const KEYS: &str = "archive-";

fn folder(institution: &InstitutionId, id: &BundlesId) -> String {
    format!("{FOLDER}/{institution}/{id}")
}

fn blob(institution: &InstitutionId, id: &BundlesId, place: i64) -> String {
    format!("{}/{place}", folder(institution, id))
}

fn key_name(id: &BundlesId) -> String {
    format!("{KEYS}{}", id.as_str().replace('_', "-"))
}

/// Seals a part and stores it; one that is there is replaced.
pub async fn put(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &BundlesId,
    (place, plain): (i64, &[u8]),
) -> Result<()> {
    let key = ctx.keys.get_or_create(&key_name(id), &ctx.random)?;
    let at = [id.as_str().as_bytes(), &place.to_be_bytes()];
    let sealed = keys::seal(&key, &ctx.random, &at, plain)?;
    let blob = blob(institution, id, place);
    ctx.blobs.put_latest(&blob, sealed).await
}

/// Opens a part; none where it or the archive's key is gone.
pub async fn get(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &BundlesId,
    place: i64,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(key) = ctx.keys.get(&key_name(id))? else {
        return Ok(None);
    };
    let sealed = ctx.blobs.get(&blob(institution, id, place)).await?;
    let at = [id.as_str().as_bytes(), &place.to_be_bytes()];
    sealed
        .map(|sealed| keys::unseal(&key, &at, &sealed))
        .transpose()
}

/// Whether every file of an archive can still be opened.
pub async fn are_whole(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &BundlesId,
    files: &[Kept],
) -> Result<bool> {
    let names = ctx.blobs.names(&folder(institution, id)).await?;
    let names: HashSet<String> = names.into_iter().collect();
    let there = |one: &Kept| names.contains(&one.place.to_string());
    Ok(ctx.keys.exists(&key_name(id))? && files.iter().all(there))
}

/// Removes an archive, its key first: what is left then opens no more.
pub async fn remove(ctx: &Ctx, institution: &InstitutionId, id: &BundlesId) -> Result<()> {
    keys::destroy(&ctx.keys, &ctx.db, &ctx.random, &key_name(id)).await?;
    ctx.blobs.remove_folder(&folder(institution, id)).await
}
