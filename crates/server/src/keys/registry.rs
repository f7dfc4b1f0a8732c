//! Tying key files to the database, once at start.

use super::refusal::KeySwapped;
use super::{Keys, check, store};
use crate::db::{Db, Scope};
use crate::error::Result;
use crate::random::Random;

/// Makes the named keys that never existed, remembers them in the database, and refuses when a known one is lost or
/// another. From then on [`Keys::get`] and [`Keys::get_or_create`] hold them to it.
pub async fn register(keys: &Keys, db: &Db, random: &Random, names: &[&str]) -> Result<()> {
    for name in names {
        let view = db.read(Scope::Unscoped).await?;
        if let Some(known) = store::check_of(&view, name).await? {
            keys.recognise(name, known);
        }
        drop(view);
        let found = check(&keys.sound_or_fresh(name, random)?, name);
        if keys.recognised_by(name).is_some() {
            continue;
        }
        let mut tx = db
            .begin_unrecorded(Scope::Unscoped, "what recognises a key is no evidence")
            .await?;
        let first = store::remember(&mut tx, name, &found).await?;
        tx.commit().await?;
        if first != found {
            return Err(KeySwapped::of(name).into());
        }
        keys.recognise(name, found);
    }
    Ok(())
}

/// Destroys a key for good: the database no longer knows it, and its file is overwritten and removed.
/// Safe to do again after a crash in the middle.
pub async fn destroy(keys: &Keys, db: &Db, random: &Random, name: &str) -> Result<()> {
    let mut tx = db
        .begin_unrecorded(Scope::Unscoped, "what recognises a key is no evidence")
        .await?;
    store::forget(&mut tx, name).await?;
    tx.commit().await?;
    keys.remove(name, random)
}
