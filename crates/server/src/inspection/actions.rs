//! Verbs: ask for a draw, look at its cases anew.

use super::facts::{DrawAsked, Filter};
use super::jobs::{Drawing, Looking};
use super::model::{Asked, Draw, DrawId, DrawState};
use super::refusal::Refused;
use super::{population, store};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::error::{Error, Result};
use crate::jobs;
use crate::ledger::{self, Fact};
use crate::product::{self, ProductId};

/// Draws that may be under way at once.
const DRAWING_MAX: i64 = 3;

/// Asks for a draw; a job does it. The words are sworn to here, before the root that decides it exists.
pub async fn draw(ctx: &Ctx, staff: &Staff, asked: &Asked) -> Result<Draw> {
    staff.must(Right::DrawInspections)?;
    let faults = asked.check();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let seat = staff.seat();
    let mut tx = ledger::begin(ctx, &seat).await?;
    if !asked.product.is_empty() && product::by_code(&tx, &asked.product).await?.is_none() {
        return Err(unknown("product"));
    }
    let now_ms = tx.now_ms();
    let population = population::meant(&tx, asked, now_ms).await?;
    if population.versions.as_ref().is_some_and(Vec::is_empty) {
        return Err(unknown("partner"));
    }
    population::bounded(&tx, &population).await?;
    if store::drawing(&tx).await? >= DRAWING_MAX {
        return Err(Refused::DrawsRunning.into());
    }
    let draw = Draw {
        id: DrawId::fresh(now_ms, &ctx.random),
        asked: asked.clone(),
        decided: None,
        state: DrawState::Drawing,
        population: 0,
        met_at_ms: None,
        population_digest: None,
        cases: 0,
        cases_digest: None,
        asked_by: seat.id.clone(),
        asked_at_ms: now_ms,
        drawn_at_ms: None,
        look_at_ms: now_ms,
        look_failed_at_ms: None,
    };
    store::insert(&mut tx, &draw).await?;
    let job = Drawing {
        draw: draw.id.to_string(),
        waits: 0,
    };
    tx.enqueue(&job).await?;
    let words = proof::digest::sha256(asked.words.as_bytes());
    let fact = DrawAsked {
        filter: Filter::from(asked),
        n: asked.n,
        words_digest: &proof::hex::encode(&words),
    };
    let fact = Fact::of(&draw.id, &fact)?;
    ledger::commit(tx, fact).await?;
    Ok(draw)
}

/// The newest draw, if there is any.
pub async fn newest(view: &impl Read) -> Result<Option<Draw>> {
    Ok(store::list(view, "", 1).await?.pop())
}

/// Not found without a draw of this id.
pub async fn exists(view: &impl Read, id: &str) -> Result<()> {
    store::find(view, &DrawId::parse(id)?).await.map(drop)
}

fn unknown(path: &str) -> Error {
    Error::field(
        path,
        "unknown_value",
        "没有这个选项。",
        "There is no such value.",
    )
}

/// The product versions that a partner is a party of; nothing where none is asked for.
pub async fn versions(view: &impl Read, partner: &str) -> Result<Option<Vec<(ProductId, i64)>>> {
    if partner.is_empty() {
        return Ok(None);
    }
    let mut versions = product::versions(view).await?;
    // Where the list is cut off, loans of older versions would stay out of the population unseen.
    if versions.len() >= product::VERSIONS_MAX {
        return Err(Refused::TooManyVersions.into());
    }
    versions.retain(|version| {
        let parties = &version.definition.example.parties;
        parties.iter().any(|party| party.id == partner)
    });
    let named = versions.into_iter().map(|one| (one.product, one.number));
    Ok(Some(named.collect()))
}

/// Has a draw that failed begun anew under the words it has: its population is met and sworn to again.
pub async fn again(ctx: &Ctx, staff: &Staff, id: &DrawId) -> Result<()> {
    staff.must(Right::DrawInspections)?;
    let institution = &staff.institution;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a draw is is no evidence")
        .await?;
    let draw = store::lock(&tx, id).await?;
    if !store::turn(&mut tx, &draw.id, DrawState::Failed, DrawState::Drawing).await? {
        return Err(Refused::DrawNotFailed.into());
    }
    store::unmeet(&mut tx, &draw.id).await?;
    let job = Drawing {
        draw: id.to_string(),
        waits: 0,
    };
    let job = jobs::enqueue(ctx, institution, &job, ctx.clock.now_ms(), None)?;
    tx.exec_together(vec![job]).await?;
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

/// Has the matrix of a draw looked at anew; while that is under way it goes on.
pub async fn look_again(ctx: &Ctx, staff: &Staff, id: &DrawId) -> Result<()> {
    staff.must(Right::ViewInspections)?;
    let institution = &staff.institution;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look again is no evidence")
        .await?;
    let draw = store::lock(&tx, id).await?;
    if draw.state != DrawState::Drawn {
        return Ok(());
    }
    let now_ms = ctx.clock.now_ms();
    if store::unlooked(&tx, &draw, 1).await?.is_empty() || draw.look_failed_at_ms.is_some() {
        store::look_again(&mut tx, id, now_ms).await?;
    }
    let job = Looking::of(institution, id, now_ms)?;
    tx.exec_together(vec![job]).await?;
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}
