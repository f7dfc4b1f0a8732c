//! Drawing, and looking at what was drawn.

use proof::checkpoint::Checkpoint;
use serde::{Deserialize, Serialize};

use super::bundles::jobs::{Bundling, Clearing, Telling};
use super::facts::{Drawn, Filter, Met};
use super::lot::{self, Lot};
use super::model::{Decided, Draw, DrawId, DrawState};
use super::{population, store};
use crate::ctx::Ctx;
use crate::db::{Statement, View, Write as _};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job, handler};
use crate::journey::{self, JourneyId};
use crate::ledger::{self, Fact, Seat, Sworn as _};

pub fn jobs() -> Vec<Handler> {
    vec![
        handler::<Drawing>(),
        handler::<Looking>(),
        handler::<Bundling>(),
        handler::<Clearing>(),
        handler::<Telling>(),
    ]
}

/// Loans whose evidence is looked at together.
const LOOKED_AT_ONCE: i64 = 20;
/// A checkpoint comes within a second; where none does, each wait is twice as long as the one before.
const WAIT_MS: i64 = 1_000;
/// After so many waits, some seventeen minutes, a draw has failed.
const WAITS_MAX: u32 = 10;

/// Swears to the population of a draw, waits for the checkpoint over that fact, which decides the lot, and keeps its cases. A
/// second run finds what the first one kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Drawing {
    pub draw: String,
    /// How often it waited for the checkpoint.
    #[serde(default)]
    pub waits: u32,
}

impl Job for Drawing {
    const KIND: &'static str = "inspection.draw";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = DrawId::parse(&self.draw)?;
        let view = ctx.db.read(&institution).await?;
        let draw = store::find(&view, &id).await?;
        let met = sworn(&view, &id).await?;
        drop(view);
        if draw.state != DrawState::Drawing {
            return Ok(());
        }
        // Older versions met a population that no fact tells of.
        if draw.met_at_ms.is_none() || met.is_none() {
            population::meet(&ctx, &institution, &draw).await?;
        }
        let view = ctx.db.read(&institution).await?;
        let draw = store::find(&view, &id).await?;
        let Some(met) = sworn(&view, &id).await? else {
            return Err(Error::internal("a population that nobody swore to"));
        };
        let Some(checkpoint) = ledger::first_checkpoint_over(&view, id.as_str(), met).await? else {
            drop(view);
            return wait(&ctx, &institution, self).await;
        };
        let outcome = drawn(&view, &draw, &checkpoint).await?;
        drop(view);
        ledger::retrying(|| keep(&ctx, &institution, &id, &outcome)).await
    }

    async fn given_up(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        fail(&ctx, &institution, &DrawId::parse(&self.draw)?).await
    }
}

async fn fail(ctx: &Ctx, institution: &InstitutionId, id: &DrawId) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a draw is is no evidence")
        .await?;
    store::turn(&mut tx, id, DrawState::Drawing, DrawState::Failed).await?;
    tx.commit().await
}

/// Number of the newest fact that swears to the population of a draw.
async fn sworn(view: &View, id: &DrawId) -> Result<Option<i64>> {
    let facts = ledger::of_kinds(view, &[id.as_str()], &[Met::KIND]).await?;
    Ok(facts.last().map(|fact| fact.no))
}

async fn wait(ctx: &Ctx, institution: &InstitutionId, mut job: Drawing) -> Result<()> {
    if job.waits >= WAITS_MAX {
        return fail(ctx, institution, &DrawId::parse(&job.draw)?).await;
    }
    let again_ms = ctx.clock.now_ms() + (WAIT_MS << job.waits);
    job.waits += 1;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a draw is is no evidence")
        .await?;
    let again = jobs::enqueue(ctx, institution, &job, again_ms, None)?;
    tx.exec_together(vec![again]).await?;
    tx.commit().await
}

/// What a draw came to.
struct Outcome {
    decided: Decided,
    cases: Vec<String>,
}

/// Draws from the population that was kept.
async fn drawn(view: &View, draw: &Draw, checkpoint: &Checkpoint) -> Result<Outcome> {
    let seed = lot::seed(&checkpoint.root, &draw.asked.words);
    let mut lot = Lot::new(seed, usize::try_from(draw.asked.n)?);
    for page in 0.. {
        let Some(ids) = store::population(view, &draw.id, page).await? else {
            break;
        };
        ids.iter().for_each(|id| lot.meet(id));
    }
    let digest = Some(lot.population_digest());
    if lot.population() != draw.population || digest != draw.population_digest {
        return Err(Error::internal("a population's list is not whole"));
    }
    Ok(Outcome {
        decided: Decided {
            root: proof::hex::encode(&checkpoint.root),
            size: i64::try_from(checkpoint.size)?,
            seed: proof::hex::encode(&seed),
        },
        cases: lot.drawn(),
    })
}

async fn keep(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &DrawId,
    outcome: &Outcome,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "inspection")).await?;
    let mut draw = store::lock(&tx, id).await?;
    if draw.state != DrawState::Drawing {
        return Ok(());
    }
    let digest = lot::digest(&outcome.cases);
    draw.state = DrawState::Drawn;
    draw.decided = Some(outcome.decided.clone());
    draw.cases = i64::try_from(outcome.cases.len())?;
    draw.cases_digest = Some(digest.clone());
    draw.drawn_at_ms = Some(tx.now_ms());
    store::save(&mut tx, &draw).await?;
    let cases = store::cases_of(tx.seat().institution.clone(), id, &outcome.cases)?;
    tx.exec_together(cases).await?;
    let job = Looking::of(institution, id, tx.now_ms())?;
    tx.exec_together(vec![job]).await?;
    let fact = Drawn {
        filter: Filter::from(&draw.asked),
        n: draw.asked.n,
        checkpoint_root: &outcome.decided.root,
        checkpoint_size: outcome.decided.size,
        seed: &outcome.decided.seed,
        population: draw.population,
        population_digest: draw.population_digest.as_deref().unwrap_or_default(),
        cases: draw.cases,
        cases_digest: &digest,
    };
    let fact = Fact::of(id, &fact)?;
    ledger::commit(tx, fact).await
}

/// Looks at the evidence of every case of a draw that was not looked at since it was asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Looking {
    pub draw: String,
}

impl Job for Looking {
    const KIND: &'static str = "inspection.look";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = DrawId::parse(&self.draw)?;
        while look(&ctx, &institution, &id).await? {}
        Ok(())
    }

    async fn given_up(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = DrawId::parse(&self.draw)?;
        let mut tx = ctx
            .db
            .begin_unrecorded(&institution, "what a look at facts found is no evidence")
            .await?;
        store::look_failed(&mut tx, &id, ctx.clock.now_ms()).await?;
        tx.commit().await
    }
}

impl Looking {
    /// One look a draw at a time; one that was given up begins anew.
    pub fn of(institution: &InstitutionId, draw: &DrawId, now_ms: i64) -> Result<Statement> {
        let job = Self {
            draw: draw.to_string(),
        };
        jobs::enqueue_again(institution, &format!("look-{draw}"), &job, now_ms)
    }
}

/// Looks at the next cases; false when there are none.
async fn look(ctx: &Ctx, institution: &InstitutionId, id: &DrawId) -> Result<bool> {
    let view = ctx.db.read(institution).await?;
    let draw = store::find(&view, id).await?;
    let next = store::unlooked(&view, &draw, LOOKED_AT_ONCE).await?;
    if next.is_empty() {
        return Ok(false);
    }
    let ids: Vec<JourneyId> = next
        .iter()
        .map(|case| JourneyId::parse(&case.journey))
        .collect::<Result<_>>()?;
    let found = journey::completeness(ctx, &view, &ids).await?;
    drop(view);
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "what a look at facts found is no evidence")
        .await?;
    if found.len() != ids.len() {
        return Err(Error::internal("a drawn journey is gone"));
    }
    for one in &found {
        store::looked(&mut tx, id, one, now_ms).await?;
    }
    tx.commit().await?;
    Ok(true)
}
