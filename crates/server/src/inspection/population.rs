//! The population of a draw: gone through once, and kept, so that anybody can draw again.

use super::actions::versions;
use super::facts::Met;
use super::lot;
use super::model::{Asked, Draw, DrawState, POPULATION_MAX};
use super::refusal::Refused;
use super::store;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::journey::{self, Population};
use crate::ledger::{self, Fact, Seat};

/// Loans that one statement reads, and that one row keeps.
pub const PAGE: usize = 1_000;

/// Which loans are meant: nobody joins behind the ask.
pub async fn meant(view: &impl Read, asked: &Asked, asked_at_ms: i64) -> Result<Population> {
    let until_ms = clock::start_of(asked.to) + clock::DAY_MS;
    Ok(Population {
        from_ms: clock::start_of(asked.from),
        to_ms: until_ms.min(asked_at_ms + 1),
        product: asked.product.clone(),
        versions: versions(view, &asked.partner).await?,
        outcome: asked.outcome,
    })
}

/// Refuses more loans than a draw is made from.
pub async fn bounded(view: &impl Read, population: &Population) -> Result<()> {
    let met = journey::opened(view, population, POPULATION_MAX + 1).await?;
    if met > POPULATION_MAX {
        return Err(Refused::PopulationTooLarge.into());
    }
    Ok(())
}

/// Goes through the population of a draw, keeps it in the place of one met before, and swears to it: the lot is decided later.
pub async fn meet(ctx: &Ctx, institution: &InstitutionId, draw: &Draw) -> Result<()> {
    // One moment of the database: nobody joins or leaves the population meanwhile.
    let view = ctx.db.read(institution).await?;
    let now_ms = ctx.clock.now_ms();
    let population = meant(&view, &draw.asked, draw.asked_at_ms).await?;
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = journey::loans(&view, &population, &after, i64::try_from(PAGE)?).await?;
        ids.extend(page.ids.into_iter().map(|id| id.to_string()));
        if i64::try_from(ids.len())? > POPULATION_MAX {
            return Err(Error::internal("a population grew behind its ask"));
        }
        let Some(next) = page.next else { break };
        after = next;
    }
    drop(view);
    let met = Met {
        population: i64::try_from(ids.len())?,
        population_digest: &lot::digest_of_population(&ids),
    };
    ledger::retrying(|| keep(ctx, institution, draw, (&ids, now_ms), &met)).await
}

async fn keep(
    ctx: &Ctx,
    institution: &InstitutionId,
    draw: &Draw,
    (ids, met_at_ms): (&[String], i64),
    met: &Met<'_>,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "inspection")).await?;
    let known = store::lock(&tx, &draw.id).await?;
    if known.state != DrawState::Drawing || known.met_at_ms != draw.met_at_ms {
        // Another run met it meanwhile.
        return Ok(());
    }
    let digest = met.population_digest;
    store::met(&mut tx, &draw.id, (met.population, digest), met_at_ms).await?;
    let pages = store::population_of(institution, &draw.id, ids)?;
    tx.exec_together(pages).await?;
    let fact = Fact::of(&draw.id, met)?;
    ledger::commit(tx, fact).await
}
