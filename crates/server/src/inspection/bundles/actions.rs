//! Verbs: ask for the bundles of a draw, hand them out.

use super::jobs::{Bundling, Clearing, Telling};
use super::{Bundles, BundlesId, BundlesState, KEPT_MS, Kept, parts, store};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::inspection::facts::{BundlesAsked, BundlesFetched};
use crate::inspection::model::{DrawId, DrawState};
use crate::inspection::refusal::Refused;
use crate::inspection::store as draws;
use crate::journey;
use crate::ledger::{self, Fact};

/// Has the bundles of a draw made; a job makes them.
pub async fn ask(ctx: &Ctx, staff: &Staff, draw: &DrawId) -> Result<Bundles> {
    staff.must_now(Right::ExportInspections, ctx.clock.now_ms())?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let draw = draws::lock(&tx, draw).await?;
    if draw.state != DrawState::Drawn || draw.cases == 0 {
        return Err(Refused::NothingDrawn.into());
    }
    let bundles = Bundles {
        id: BundlesId::fresh(tx.now_ms(), &ctx.random),
        draw: draw.id,
        state: BundlesState::Making,
        made: 0,
        cases: draw.cases,
        bytes: 0,
        sha256: None,
        asked_by: staff.seat().id,
        asked_at_ms: tx.now_ms(),
        ready_at_ms: None,
        until_ms: tx.now_ms() + KEPT_MS,
    };
    if !store::insert(&mut tx, &bundles).await? {
        return Err(Refused::BundlesRunning.into());
    }
    let job = Bundling {
        bundles: bundles.id.to_string(),
    };
    tx.enqueue(&job).await?;
    // From now on: whatever becomes of the making, nothing lies longer than its week.
    let job = Clearing {
        bundles: bundles.id.to_string(),
    };
    tx.enqueue_at(&job, bundles.until_ms).await?;
    let fact = BundlesAsked {
        bundles: bundles.id.as_str(),
        cases: bundles.cases,
    };
    let fact = Fact::of(&bundles.draw, &fact)?;
    ledger::commit(tx, fact).await?;
    Ok(bundles)
}

/// An archive that the reader may fetch now, and its files; a proof of the last five minutes is asked for, like for making it.
pub async fn ready(
    ctx: &Ctx,
    staff: &Staff,
    draw: &DrawId,
    id: &BundlesId,
) -> Result<(Bundles, Vec<Kept>)> {
    let now_ms = ctx.clock.now_ms();
    staff.must_now(Right::ExportInspections, now_ms)?;
    let view = ctx.db.read(&staff.institution).await?;
    let bundles = store::find(&view, id).await?;
    if bundles.draw != *draw {
        return Err(Error::not_found());
    }
    let mut files = store::parts(&view, id).await?;
    files.retain(|one| one.gap.is_none());
    let cases: Vec<&str> = files
        .iter()
        .filter_map(|one| one.journey.as_deref())
        .collect();
    // Before the followers of the log come to it.
    let destroyed = journey::any_destroyed(&view, &cases).await?;
    drop(view);
    if bundles.state != BundlesState::Ready
        || destroyed
        || now_ms >= bundles.until_ms
        || !parts::are_whole(ctx, &staff.institution, id, &files).await?
    {
        return Err(Refused::BundlesNotReady.into());
    }
    Ok((bundles, files))
}

/// Hands out the file; who was given which is a fact, and a job has each case say so too.
pub async fn fetch(
    ctx: &Ctx,
    staff: &Staff,
    draw: &DrawId,
    id: &BundlesId,
) -> Result<(Bundles, Vec<Kept>)> {
    let ready = ready(ctx, staff, draw, id).await?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let bundles = store::lock(&tx, id).await?;
    if bundles.state != BundlesState::Ready {
        return Err(Refused::BundlesNotReady.into());
    }
    let sha256 = bundles.sha256.as_deref().unwrap_or_default();
    let fetch = format!("bdf_{}", crate::id::body(tx.now_ms(), &ctx.random));
    let job = Telling {
        bundles: id.to_string(),
        by: staff.seat().id,
        fetch: fetch.clone(),
        after: 0,
    };
    tx.enqueue_named(&job.name(), &job, tx.now_ms()).await?;
    let fact = BundlesFetched {
        bundles: id.as_str(),
        fetch: &fetch,
        sha256,
        bytes: bundles.bytes,
    };
    let fact = Fact::of(draw, &fact)?;
    ledger::commit(tx, fact).await?;
    Ok(ready)
}
