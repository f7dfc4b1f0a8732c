//! Epochs: the key around the subjects' keys is replaced again and again, and the old one destroyed.
//!
//! Whoever destroyed a subject's wrapped key can't be overruled by an old copy of the database once the epoch's key is
//! gone. Replacing is a row of small steps, each a single change on the disk: it may be cut off between any two and
//! goes on from there. Reading and writing go on meanwhile.

use super::facts::EpochRotated;
use super::jobs::RotateEpoch;
use super::keyring;
use super::model::SubjectId;
use super::store::epochs::{self as store, State};
use crate::clock::{Clock, DAY_MS};
use crate::ctx::Ctx;
use crate::db::{Db, Scope};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys::{self, Keys};
use crate::ledger::{self, Fact, Seat};
use crate::random::Random;
use crate::{db, jobs};

/// Subjects wrapped anew in one transaction: the only writer of SQLite is needed by others too.
const BATCH: i64 = 200;

/// Once at start: the first epoch when there is none, and every living epoch's key held to the database.
pub async fn open(keys: &Keys, db: &Db, clock: &Clock, random: &Random) -> Result<()> {
    let view = db.read(Scope::Unscoped).await?;
    let living = store::living(&view).await?;
    drop(view);
    if living.is_empty() {
        keys::register(keys, db, random, &[&keyring::epoch_name(1)]).await?;
        let mut tx = db
            .begin_unrecorded(Scope::Unscoped, "the first epoch has nothing to swear to")
            .await?;
        store::insert_epoch(&mut tx, 1, clock.now_ms()).await?;
        return match tx.commit().await {
            // Another process was first.
            Err(Error::Conflict) => Ok(()),
            outcome => outcome,
        };
    }
    for epoch in living {
        if matches!(epoch.state, State::Current | State::Draining) {
            keys::register(keys, db, random, &[&keyring::epoch_name(epoch.number)]).await?;
        }
    }
    Ok(())
}

/// One step of replacing an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next epoch's key lies on the disk.
    KeyMade,
    /// New subjects go under the next epoch.
    Begun,
    /// So many subjects were wrapped anew.
    Rewrapped(i64),
    /// An institution's log says that its subjects were.
    Sworn(InstitutionId),
    /// Nothing is left on the old epoch.
    Emptied,
    /// Its key file is gone.
    KeyDestroyed,
    /// It is over.
    Ended,
    /// There was nothing left to do.
    Idle,
}

/// Takes the next step in replacing the epoch `from`.
pub async fn advance(ctx: &Ctx, from: i64) -> Result<Step> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let epoch = store::epoch(&view, from)
        .await?
        .ok_or_else(Error::not_found)?;
    let institutions = ledger::institutions(&view).await?;
    drop(view);
    let (old, new) = (keyring::epoch_name(from), keyring::epoch_name(from + 1));
    match epoch.state {
        State::Current if !ctx.keys.exists(&new)? => {
            keys::register(&ctx.keys, &ctx.db, &ctx.random, &[&new]).await?;
            Ok(Step::KeyMade)
        }
        State::Current => {
            // A key that was made but perhaps not registered before a crash.
            keys::register(&ctx.keys, &ctx.db, &ctx.random, &[&new]).await?;
            begin(ctx, from).await?;
            Ok(Step::Begun)
        }
        State::Draining => {
            for institution in &institutions {
                let count = rewrap(ctx, institution, from).await?;
                if count > 0 {
                    return Ok(Step::Rewrapped(count));
                }
            }
            for institution in &institutions {
                if swear(ctx, institution, from).await? {
                    return Ok(Step::Sworn(institution.clone()));
                }
            }
            settle(ctx, from, State::Draining, State::Emptied).await?;
            Ok(Step::Emptied)
        }
        State::Emptied if ctx.keys.exists(&old)? => {
            keys::destroy(&ctx.keys, &ctx.db, &ctx.random, &old).await?;
            Ok(Step::KeyDestroyed)
        }
        State::Emptied => {
            settle(ctx, from, State::Emptied, State::Destroyed).await?;
            Ok(Step::Ended)
        }
        State::Destroyed => Ok(Step::Idle),
    }
}

async fn begin(ctx: &Ctx, from: i64) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(
            Scope::Unscoped,
            "an epoch's end is the fact, not its beginning",
        )
        .await?;
    if !store::move_epoch(&mut tx, from, State::Current, State::Draining, now_ms).await? {
        return Err(Error::Conflict);
    }
    store::insert_epoch(&mut tx, from + 1, now_ms).await?;
    tx.commit().await
}

/// Wraps a batch of one institution's subjects under the next epoch; says how many.
async fn rewrap(ctx: &Ctx, institution: &InstitutionId, from: i64) -> Result<i64> {
    let view = ctx.db.read(institution).await?;
    // A look first: the writer is not taken for nothing.
    let left = store::wrapped_count(&view, from).await?;
    drop(view);
    if left == 0 {
        return Ok(0);
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "a key wrapped anew opens the same data")
        .await?;
    let batch = store::lock_wrapped(&tx, from, BATCH).await?;
    let count = i64::try_from(batch.len())?;
    for row in batch {
        let id = SubjectId::stored(row.id);
        let key = keyring::unwrap(ctx, institution, &id, from, &row.wrapped_key)?;
        let wrapped = keyring::wrap(ctx, institution, &id, from + 1, &key)?;
        store::rewrap(&mut tx, &id, from + 1, wrapped).await?;
    }
    tx.commit().await?;
    Ok(count)
}

/// Swears that an institution's subjects left an epoch; false when its log says so already.
async fn swear(ctx: &Ctx, institution: &InstitutionId, from: i64) -> Result<bool> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "vault.rotate_epoch")).await?;
    let case = institution.as_str();
    let known = ledger::latest(&tx, case, EpochRotated::NAME).await?;
    if known.is_some_and(|entry| entry.data["replaced"].as_i64() >= Some(from)) {
        return Ok(false);
    }
    let fact = EpochRotated {
        epoch: from + 1,
        replaced: from,
        subjects: store::wrapped_count(&tx, from + 1).await?,
    };
    tx.record(Fact::of(case, &fact)?);
    ledger::commit_recorded(tx).await?;
    Ok(true)
}

async fn settle(ctx: &Ctx, number: i64, from: State, to: State) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "each log has the fact of an epoch's end")
        .await?;
    store::move_epoch(&mut tx, number, from, to, ctx.clock.now_ms()).await?;
    tx.commit().await
}

/// The epochs at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// New subjects are wrapped under it.
    pub current: i64,
    pub began_at_ms: i64,
    /// When the next one is due.
    pub due_at_ms: i64,
    /// The one that is being replaced.
    pub draining: Option<i64>,
    /// Subjects that are still on it, of the institutions asked about.
    pub left: i64,
    /// Subjects on the current one.
    pub moved: i64,
}

impl Rotation {
    /// Which epoch is to be replaced next.
    pub fn from(&self) -> i64 {
        self.draining.unwrap_or(self.current)
    }
}

/// How far things are, for some institutions.
pub async fn rotation(ctx: &Ctx, institutions: &[InstitutionId]) -> Result<Rotation> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let living = store::living(&view).await?;
    drop(view);
    let current = living
        .iter()
        .find(|epoch| epoch.state == State::Current)
        .ok_or_else(|| Error::internal("no epoch is current"))?;
    let draining = living
        .iter()
        .find(|epoch| epoch.state != State::Current)
        .map(|epoch| epoch.number);
    let (mut left, mut moved) = (0, 0);
    for institution in institutions {
        let view = ctx.db.read(institution).await?;
        moved += store::wrapped_count(&view, current.number).await?;
        if let Some(old) = draining {
            left += store::wrapped_count(&view, old).await?;
        }
    }
    Ok(Rotation {
        current: current.number,
        began_at_ms: current.began_at_ms,
        due_at_ms: current.began_at_ms + ctx.config.vault.rotation_days * DAY_MS,
        draining,
        left,
        moved,
    })
}

/// One epoch as an institution sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochFigures {
    pub number: i64,
    pub state: State,
    pub began_at_ms: i64,
    /// When it left the state before this one; none while it is current.
    pub ended_at_ms: Option<i64>,
    /// The institution's subjects and sealed items under it.
    pub subjects: i64,
    pub items: i64,
}

/// Epochs shown.
const EPOCHS_MAX: i64 = 24;

/// The newest epochs, with what an institution has under each.
pub async fn figures(ctx: &Ctx, institution: &InstitutionId) -> Result<Vec<EpochFigures>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let epochs = store::newest(&view, EPOCHS_MAX).await?;
    drop(view);
    let view = ctx.db.read(institution).await?;
    let mut found = Vec::with_capacity(epochs.len());
    for epoch in epochs {
        let alive = epoch.state != State::Destroyed;
        found.push(EpochFigures {
            subjects: if alive {
                store::wrapped_count(&view, epoch.number).await?
            } else {
                0
            },
            items: if alive {
                store::item_count(&view, epoch.number).await?
            } else {
                0
            },
            number: epoch.number,
            state: epoch.state,
            began_at_ms: epoch.began_at_ms,
            ended_at_ms: epoch.ended_at_ms,
        });
    }
    Ok(found)
}

/// When an epoch's key was destroyed; none while it may still exist.
pub(super) async fn destroyed_at_ms(ctx: &Ctx, number: i64) -> Result<Option<i64>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let epoch = store::epoch(&view, number)
        .await?
        .ok_or_else(Error::not_found)?;
    Ok(epoch
        .ended_at_ms
        .filter(|_| epoch.state == State::Destroyed))
}

/// Sees to it that the current epoch will be replaced when it is due. Asking twice changes nothing.
pub async fn schedule(ctx: &Ctx) -> Result<()> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let Some(institution) = ledger::institutions(&view).await?.into_iter().next() else {
        return Ok(());
    };
    drop(view);
    let rotation = rotation(ctx, &[]).await?;
    let from = rotation.from();
    enqueue(
        ctx,
        &institution,
        RotateEpoch { from, part: 0 },
        rotation.due_at_ms,
    )
    .await
}

/// Enqueues a part of the work once, however often it is asked for.
pub async fn enqueue(
    ctx: &Ctx,
    institution: &InstitutionId,
    job: RotateEpoch,
    run_at_ms: i64,
) -> Result<()> {
    let name = format!("vault-epoch-{}-{}", job.from, job.part);
    let row = jobs::enqueue_named(institution, &name, &job, run_at_ms)?;
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "when to replace an epoch is no evidence")
        .await?;
    db::Write::exec_together(&mut tx, vec![row]).await?;
    tx.commit().await
}
