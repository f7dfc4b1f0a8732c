//! Making an archive case by case, and clearing it away.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::archive::{self, crc32};
use super::{BYTES_MAX, Bundles, BundlesId, BundlesState, Kept, parts, store};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::inspection::facts::Bundled;
use crate::inspection::model::Case;
use crate::inspection::store::{self as draws, Wanted};
use crate::jobs::{self, Job};
use crate::journey::{self, JourneyId};
use crate::ledger::{self, Fact, Seat, SeatKind};

/// Cases that one run makes; the next goes on.
const AT_ONCE: i64 = 20;
/// Cases that one transaction tells of a hand-out.
const TOLD_AT_ONCE: i64 = 50;

/// Makes the bundles of a draw, some cases a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Bundling {
    pub bundles: String,
}

impl Job for Bundling {
    const KIND: &'static str = "inspection.bundle";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = BundlesId::parse(&self.bundles)?;
        let view = ctx.db.read(&institution).await?;
        let mut bundles = store::find(&view, &id).await?;
        let cases = draws::cases(&view, &bundles.draw, Wanted::All, bundles.made, AT_ONCE).await?;
        drop(view);
        if bundles.state != BundlesState::Making {
            return parts_of_ended(&ctx, &institution, &bundles).await;
        }
        if cases.is_empty() {
            return ledger::retrying(|| finish(&ctx, &institution, &id)).await;
        }
        for case in cases {
            let part = made(&ctx, &institution, &id, case).await?;
            bundles.made = part.place;
            bundles.bytes += part.bytes;
            if bundles.bytes > BYTES_MAX {
                // First what lies there: a second run can do it again.
                parts::remove(&ctx, &institution, &id).await?;
                bundles.state = BundlesState::TooLarge;
            }
            bundles = note(&ctx, &institution, bundles, &part).await?;
            if bundles.state != BundlesState::Making {
                return parts::remove(&ctx, &institution, &id).await;
            }
        }
        let mut tx = ctx
            .db
            .begin_unrecorded(&institution, "how far bundles are is no evidence")
            .await?;
        let again = jobs::enqueue(&ctx, &institution, &self, ctx.clock.now_ms(), None)?;
        tx.exec_together(vec![again]).await?;
        tx.commit().await
    }

    async fn given_up(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        end(&ctx, &institution, &self.bundles, BundlesState::Failed).await
    }
}

/// What a crash left of an archive that ended otherwise.
async fn parts_of_ended(ctx: &Ctx, institution: &InstitutionId, bundles: &Bundles) -> Result<()> {
    match bundles.state {
        BundlesState::Ready => Ok(()),
        _ => parts::remove(ctx, institution, &bundles.id).await,
    }
}

/// The bundle of a case, or why it has none: a person whose data was destroyed leaves a gap, and no gap stops the rest. It is
/// made by the program; whoever is given the file stands in the case later.
async fn made(ctx: &Ctx, institution: &InstitutionId, id: &BundlesId, case: Case) -> Result<Kept> {
    let seat = Seat::system(institution, "inspection");
    let zip = match journey::bundle(ctx, &seat, &case.journey).await {
        Ok(zip) => zip,
        Err(Error::Refused(why)) if ledger::sealed(ctx, institution).is_none() => {
            return Ok(Kept {
                gap: Some(why.code.to_owned()),
                ..kept(case.place, Some(case.journey), String::new(), &[])?
            });
        }
        Err(cause) => return Err(cause),
    };
    let name = format!("{:03}-{}.zip", case.place, case.journey);
    parts::put(ctx, institution, id, (case.place, &zip)).await?;
    kept(case.place, Some(case.journey), name, &zip)
}

fn kept(place: i64, journey: Option<String>, name: String, bytes: &[u8]) -> Result<Kept> {
    Ok(Kept {
        place,
        journey,
        gap: None,
        name,
        bytes: i64::try_from(bytes.len())?,
        crc: crc32(bytes).into(),
        sha256: proof::hex::encode(&proof::digest::sha256(bytes)),
    })
}

/// Notes how far an archive is, and answers how it stands: it may have ended meanwhile.
async fn note(
    ctx: &Ctx,
    institution: &InstitutionId,
    bundles: Bundles,
    part: &Kept,
) -> Result<Bundles> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far bundles are is no evidence")
        .await?;
    let known = store::lock(&tx, &bundles.id).await?;
    if known.state != BundlesState::Making {
        return Ok(known);
    }
    store::put_part(&mut tx, &bundles.id, part).await?;
    store::save(&mut tx, &bundles).await?;
    tx.commit().await?;
    Ok(bundles)
}

/// One bundle, as the archive's manifest lists it.
#[derive(Serialize)]
struct Listed<'a> {
    place: i64,
    journey: &'a str,
    /// Nothing where the case has no bundle, as with the two below.
    file: Option<&'a str>,
    bytes: Option<i64>,
    sha256: Option<&'a str>,
    /// The code of why there is none.
    why: Option<&'a str>,
    /// The person's data was destroyed: ids, sums and facts are left.
    destroyed: bool,
}

/// What lies first in the archive: the draw, and every other file.
#[derive(Serialize)]
struct Manifest<'a> {
    v: u32,
    draw: &'a str,
    seed: &'a str,
    checkpoint_root: &'a str,
    population: i64,
    population_digest: &'a str,
    cases_digest: &'a str,
    bundles: Vec<Listed<'a>>,
}

const MANIFEST: &str = "manifest.json";

/// Writes the manifest and digests the whole.
async fn finish(ctx: &Ctx, institution: &InstitutionId, id: &BundlesId) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let bundles = store::find(&view, id).await?;
    let draw = draws::find(&view, &bundles.draw).await?;
    let mut cases = store::parts(&view, id).await?;
    cases.retain(|one| one.journey.is_some());
    let ids: Vec<&str> = cases
        .iter()
        .filter_map(|one| one.journey.as_deref())
        .collect();
    let loans = journey::briefs(ctx, &view, &ids).await?;
    drop(view);
    let mut list = Vec::with_capacity(cases.len());
    for one in &cases {
        let journey = one.journey.as_deref().unwrap_or_default();
        let there = one.gap.is_none();
        list.push(Listed {
            place: one.place,
            journey,
            file: there.then_some(one.name.as_str()),
            bytes: there.then_some(one.bytes),
            sha256: there.then_some(one.sha256.as_str()),
            why: one.gap.as_deref(),
            destroyed: loans.get(journey).is_some_and(|loan| loan.destroyed),
        });
    }
    let decided = draw.decided.as_ref();
    let manifest = proof::canonical::to_vec(&Manifest {
        v: 2,
        draw: draw.id.as_str(),
        seed: decided.map_or("", |decided| decided.seed.as_str()),
        checkpoint_root: decided.map_or("", |decided| decided.root.as_str()),
        population: draw.population,
        population_digest: draw.population_digest.as_deref().unwrap_or_default(),
        cases_digest: draw.cases_digest.as_deref().unwrap_or_default(),
        bundles: list,
    })?;
    let first = kept(0, None, MANIFEST.to_owned(), &manifest)?;
    parts::put(ctx, institution, id, (0, &manifest)).await?;
    let gaps = cases.iter().filter(|one| one.gap.is_some()).count();
    cases.retain(|one| one.gap.is_none());
    let files: Vec<Kept> = std::iter::once(first.clone()).chain(cases).collect();
    let (sha256, bytes) = digest(ctx, institution, id, &files).await?;
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "inspection")).await?;
    let mut bundles = store::lock(&tx, id).await?;
    if bundles.state != BundlesState::Making {
        drop(tx);
        return parts_of_ended(ctx, institution, &bundles).await;
    }
    store::put_part(&mut tx, id, &first).await?;
    bundles.state = BundlesState::Ready;
    bundles.bytes = bytes;
    bundles.sha256 = Some(sha256.clone());
    bundles.ready_at_ms = Some(tx.now_ms());
    store::save(&mut tx, &bundles).await?;
    let fact = Bundled {
        bundles: id.as_str(),
        cases: bundles.cases,
        gaps: i64::try_from(gaps)?,
        bytes,
        sha256: &sha256,
    };
    let fact = Fact::of(&bundles.draw, &fact)?;
    ledger::commit(tx, fact).await
}

/// Digest and length of the whole, part by part.
async fn digest(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &BundlesId,
    files: &[Kept],
) -> Result<(String, i64)> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut written = Vec::with_capacity(files.len());
    for one in files {
        let data = parts::get(ctx, institution, id, one.place).await?;
        let data = data.ok_or_else(|| Error::internal("an archive without a part"))?;
        let header = one.part()?.header();
        bytes += header.len() + data.len();
        hasher.update(&header);
        hasher.update(data.as_slice());
        written.push(one.part()?);
    }
    let directory = archive::directory(&written)
        .ok_or_else(|| Error::internal("an archive too large for its format"))?;
    hasher.update(&directory);
    let bytes = i64::try_from(bytes + directory.len())?;
    Ok((proof::hex::encode(&hasher.finalize()), bytes))
}

/// Clears an archive away once its week is over, whatever became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Clearing {
    pub bundles: String,
}

impl Job for Clearing {
    const KIND: &'static str = "inspection.clear";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        end(&ctx, &institution, &self.bundles, BundlesState::Over).await
    }

    async fn given_up(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let name = format!("clear-{}", self.bundles);
        tomorrow(&ctx, &institution, &name, &self).await
    }
}

/// Has what was given up tried again in a day, and so for ever: it is owed. The day in its name keeps that of yesterday, which
/// is dead in a moment, from standing in for it.
async fn tomorrow<J: Job>(
    ctx: &Ctx,
    institution: &InstitutionId,
    name: &str,
    job: &J,
) -> Result<()> {
    let at_ms = ctx.clock.now_ms() + clock::DAY_MS;
    let name = format!("{name}-{}", at_ms / clock::DAY_MS);
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far bundles are is no evidence")
        .await?;
    let job = jobs::enqueue_named(institution, &name, job, at_ms)?;
    tx.exec_together(vec![job]).await?;
    tx.commit().await
}

/// Ends an archive that is being made or kept, and removes what lies of it.
async fn end(
    ctx: &Ctx,
    institution: &InstitutionId,
    bundles: &str,
    state: BundlesState,
) -> Result<()> {
    let id = BundlesId::parse(bundles)?;
    let view = ctx.db.read(institution).await?;
    let known = store::find(&view, &id).await?.state;
    drop(view);
    if known == BundlesState::Ready && state != BundlesState::Over {
        return Ok(());
    }
    // First what lies there: a crash in between leaves an archive that the next run finds again.
    parts::remove(ctx, institution, &id).await?;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far bundles are is no evidence")
        .await?;
    let mut bundles = store::lock(&tx, &id).await?;
    if matches!(bundles.state, BundlesState::Making | BundlesState::Ready) {
        bundles.state = state;
        store::save(&mut tx, &bundles).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Has every case whose evidence lies in an archive say who was given it, in the name of whoever that was; once for each
/// hand-out, however often it runs.
#[derive(Debug, Serialize, Deserialize)]
pub struct Telling {
    pub bundles: String,
    pub by: String,
    pub fetch: String,
    /// Cases up to this place said so already.
    pub after: i64,
}

impl Telling {
    pub fn name(&self) -> String {
        format!("tell-{}-{}", self.fetch, self.after)
    }
}

impl Job for Telling {
    const KIND: &'static str = "inspection.tell_fetched";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = BundlesId::parse(&self.bundles)?;
        let view = ctx.db.read(&institution).await?;
        let bundles = store::find(&view, &id).await?;
        let given = store::given(&view, &id, self.after, TOLD_AT_ONCE).await?;
        drop(view);
        let Some((last, _)) = given.last() else {
            return Ok(());
        };
        let next = Self {
            after: *last,
            ..self
        };
        let seat = Seat {
            institution,
            kind: SeatKind::Staff,
            id: next.by.clone(),
        };
        let cases: Vec<JourneyId> = given.into_iter().map(|(_, case)| case).collect();
        ledger::retrying(|| tell(&ctx, &seat, &bundles, &cases, &next)).await
    }

    async fn given_up(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        tomorrow(&ctx, &institution, &self.name(), &self).await
    }
}

async fn tell(
    ctx: &Ctx,
    seat: &Seat,
    bundles: &Bundles,
    cases: &[JourneyId],
    next: &Telling,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    // Whoever tells the same twice at once tells it one after the other, and finds it told.
    let bundles = store::lock(&tx, &bundles.id).await?;
    let sha256 = bundles.sha256.as_deref().unwrap_or_default();
    let archive = bundles.id.as_str();
    let told = journey::bundle_taken(&mut tx, cases, &next.fetch, archive, sha256).await?;
    if told > 0 {
        tx.enqueue_named(&next.name(), next, tx.now_ms()).await?;
        return ledger::commit_recorded(tx).await;
    }
    drop(tx);
    // Nobody of these is left, or they say so already; the rest may not.
    let mut tx = ctx
        .db
        .begin_unrecorded(&seat.institution, "how far bundles are is no evidence")
        .await?;
    let now_ms = ctx.clock.now_ms();
    let next = jobs::enqueue_named(&seat.institution, &next.name(), next, now_ms)?;
    tx.exec_together(vec![next]).await?;
    tx.commit().await
}
