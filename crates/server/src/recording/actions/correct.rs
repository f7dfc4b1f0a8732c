//! Single nodes are recorded again, within their days.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::judge::enrolled_name;
use super::record;
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Job};
use crate::ledger::{self, Seat, Tx};
use crate::recording::RecordingId;
use crate::recording::correction::{Correction, Pick};
use crate::recording::facts;
use crate::recording::model::Recording;
use crate::recording::refusal::Refused;
use crate::recording::retention::forget_templates;
use crate::recording::store::{self, corrections};
use crate::vault::{self, Purpose};

/// The nodes that a recording goes through, in order: all of the script, or those that it corrects.
pub async fn due(view: &impl Read, recording: &Recording) -> Result<Vec<i64>> {
    match corrections::by(view, &recording.id).await? {
        Some(correction) => Ok(correction.nodes()),
        None => Ok((1..=i64::try_from(recording.lines()?.len())?).collect()),
    }
}

/// The correction of a recording, or the one that it makes, while that goes on.
pub async fn correction_of(
    view: &impl Read,
    recording: &RecordingId,
    now_ms: i64,
) -> Result<Option<Correction>> {
    let found = match corrections::of(view, recording).await? {
        Some(correction) => Some(correction),
        None => corrections::by(view, recording).await?,
    };
    Ok(found.filter(|one| one.goes_on(now_ms)))
}

/// What the next recording corrects, if the newest one is over and days are left.
pub async fn goes_on(tx: &Tx, newest: &Recording) -> Result<Option<Correction>> {
    correction_of(tx, &newest.id, tx.now_ms()).await
}

/// A recording takes a correction over, with the templates of who was recorded before: it must be the same person.
pub async fn takes_over(
    tx: &mut Tx,
    correction: &mut Correction,
    recording: &Recording,
) -> Result<Vec<String>> {
    let last = correction.by.as_ref().unwrap_or(&correction.of);
    let mut earlier = store::lock(tx, last).await?;
    if let Some(sealed) = earlier.enrolled.take() {
        let (from, to) = (enrolled_name(&earlier.id), enrolled_name(&recording.id));
        let (subject, purpose) = (&recording.subject, Purpose::CheckRecording);
        let open = vault::open_parts(tx, subject, recording.id.as_str(), purpose).await?;
        let plain: Zeroizing<Vec<u8>> = open.part(&from, &sealed)?;
        let mut kept = store::lock(tx, &recording.id).await?;
        kept.enrolled = Some(vault::seal_file(tx, subject, &to, &plain).await?);
        store::save(tx, &kept).await?;
        store::save(tx, &earlier).await?;
    }
    correction.by = Some(recording.id.clone());
    corrections::save(tx, correction).await?;
    codes(recording, &correction.nodes())
}

fn codes(recording: &Recording, nodes: &[i64]) -> Result<Vec<String>> {
    let lines = recording.lines()?;
    let lines = (1..).zip(lines).filter(|(no, _)| nodes.contains(no));
    Ok(lines.map(|(_, line)| line.code).collect())
}

/// A colleague named nodes: they may be recorded again until their days are over.
pub async fn begun(
    tx: &mut Tx,
    recording: &Recording,
    picks: &[Pick],
    last_ms: i64,
) -> Result<Correction> {
    let days = tx.ctx().config.recording.correction_days;
    let correction = Correction {
        of: recording.id.clone(),
        by: None,
        picks: picks.to_vec(),
        until_ms: (tx.now_ms() + days * DAY_MS).min(last_ms),
        over_at_ms: None,
    };
    corrections::insert(tx, &correction).await?;
    let lapse = Lapse {
        recording: recording.id.to_string(),
    };
    tx.enqueue_at(&lapse, correction.until_ms).await?;
    Ok(correction)
}

/// Picks as they are sworn to; one of no node is refused, for a fact that names none says nothing.
pub fn flaws(recording: &Recording, picks: &[Pick]) -> Result<Vec<facts::Flawed>> {
    let lines = recording.lines()?;
    let flawed = |pick: &Pick| {
        let line = usize::try_from(pick.node - 1)
            .ok()
            .and_then(|at| lines.get(at));
        Ok(facts::Flawed {
            node: line.ok_or(Refused::NodesWrong)?.code.clone(),
            flaw: pick.flaw,
            segment: pick.segment,
            at_ms: pick.at_ms,
        })
    };
    picks.iter().map(flawed).collect()
}

/// What a recording corrected needs nothing more: it passed, or a colleague decided anew.
pub async fn corrected(tx: &mut Tx, recording: &Recording) -> Result<()> {
    let Some(mut correction) = corrections::by(tx, &recording.id).await? else {
        return Ok(());
    };
    if correction.over_at_ms.is_none() {
        correction.over_at_ms = Some(tx.now_ms());
        corrections::save(tx, &correction).await?;
    }
    Ok(())
}

/// The days of a correction are over: from now on all of it is recorded again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Lapse {
    pub recording: String,
}

/// Whoever records, or waits for a colleague, when the days are over comes to an end first.
const LOOK_AGAIN_MS: i64 = 3_600_000;

impl Job for Lapse {
    const KIND: &'static str = "recording.correction_lapse";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = RecordingId::parse(&self.recording)?;
        ledger::retrying(|| lapse(&ctx, &institution, &id)).await
    }
}

async fn lapse(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "recording")).await?;
    let mut recording = store::lock(&tx, id).await?;
    let Some(mut correction) = corrections::of(&tx, id).await? else {
        return Ok(());
    };
    if correction.over_at_ms.is_some() {
        return Ok(());
    }
    if let Some(by) = &correction.by {
        let mut newest = store::lock(&tx, by).await?;
        if newest.compares() {
            drop(tx);
            return later(ctx, institution, id).await;
        }
        forget_templates(&mut tx, &mut newest)?;
        store::save(&mut tx, &newest).await?;
    }
    correction.over_at_ms = Some(tx.now_ms());
    corrections::save(&mut tx, &correction).await?;
    forget_templates(&mut tx, &mut recording)?;
    store::save(&mut tx, &recording).await?;
    let fact = facts::Lapsed {
        recording: recording.id.as_str(),
    };
    record(&mut tx, &recording, &fact)?;
    ledger::commit_recorded(tx).await
}

async fn later(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId) -> Result<()> {
    let job = Lapse {
        recording: id.to_string(),
    };
    let at_ms = ctx.clock.now_ms() + LOOK_AGAIN_MS;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look again is no evidence")
        .await?;
    let soon = jobs::enqueue(ctx, institution, &job, at_ms, None)?;
    tx.exec_together(vec![soon]).await?;
    tx.commit().await
}
