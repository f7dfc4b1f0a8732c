//! The step `recording`: on the person's own phone, looked at as it was received.

use super::at_step;
use super::at_step::{finish, works_at};
use super::correction::tell_correction;
use crate::access::{Customer, Staff};
use crate::consent::{self, ConsentKind};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::journey::jobs::Look;
use crate::journey::model::{Journey, Refused, State};
use crate::journey::{JourneyId, store};
use crate::ledger::{self, Changed, Seat, Tx};
use crate::product::{self, Protection};
use crate::recording::{
    self, Biometrics, Call, CalledOff, Due, Ending, Leading, Media, Mode, Pick, RecordingId, Room,
    Said, TakenOut, Whom,
};

const STEP: Protection = Protection::Recording;

/// Begins a recording, or goes on with the one that runs.
pub async fn begin_recording(ctx: &Ctx, customer: &Customer, mode: Mode) -> Result<()> {
    let room = recording::room(ctx).await?;
    let mut at = at_step(ctx, customer, STEP).await?;
    let definition = definition(&at.tx, &at.journey).await?;
    let whom = whom(&at.journey, &definition, room);
    let changed = recording::begin(&mut at.tx, whom, mode).await?;
    at.end(changed).await
}

async fn definition(tx: &Tx, journey: &Journey) -> Result<product::Recording> {
    let version = product::version(tx, &journey.product, journey.product_version).await?;
    let definition = version.definition.recording;
    definition.ok_or_else(|| Error::internal("a step without its script"))
}

fn whom<'a>(journey: &'a Journey, definition: &'a product::Recording, room: Room) -> Whom<'a> {
    Whom {
        case: journey.id.as_str(),
        subject: &journey.subject,
        audience: journey.audience,
        definition,
        room,
    }
}

/// The page's recorder starts.
pub async fn start_segment(ctx: &Ctx, customer: &Customer, media: Media) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    recording::start_segment(&mut at.tx, at.journey.id.as_str(), media).await?;
    at.end(Changed::Yes).await
}

/// A node is asked.
pub async fn open_node(
    ctx: &Ctx,
    customer: &Customer,
    node: i64,
    (segment, at_ms): (i64, i64),
) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let case = at.journey.id.as_str();
    let changed = recording::open_node(&mut at.tx, case, node, segment, at_ms).await?;
    at.end(changed).await
}

/// A node was answered: what was received of it is looked at.
pub async fn end_node(ctx: &Ctx, customer: &Customer, node: i64, ending: Ending<'_>) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let case = at.journey.id.as_str();
    let ended = recording::end_node(&mut at.tx, case, node, ending).await?;
    if let Some(recording) = &ended {
        let look = Look {
            recording: recording.to_string(),
        };
        at.tx.enqueue(&look).await?;
    }
    at.end(match ended {
        Some(_) => Changed::Yes,
        None => Changed::No,
    })
    .await
}

/// The person wants a colleague to go on.
pub async fn call_person_for_recording(ctx: &Ctx, customer: &Customer, why: Call) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let definition = definition(&at.tx, &at.journey).await?;
    let whom = whom(&at.journey, &definition, Room::Unneeded);
    recording::call_person(&mut at.tx, whom, why).await?;
    at.end(Changed::Yes).await
}

/// Looks at the next node that waits; false when none does.
pub async fn look_at_recording(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &RecordingId,
) -> Result<bool> {
    let taken = ledger::retrying(|| recording::taken_out(ctx, institution, id)).await?;
    let Some(taken) = taken else {
        return Ok(false);
    };
    let journey = JourneyId::parse(&taken.case)?;
    let biometrics = compares(ctx, institution, &journey).await?;
    let examined = recording::examined(ctx, &taken, biometrics).await?;
    ledger::retrying(|| judged(ctx, institution, &journey, &taken, &examined)).await?;
    Ok(true)
}

/// Whether face and voice of a journey's person may be compared just now.
async fn compares(
    ctx: &Ctx,
    institution: &InstitutionId,
    journey: &JourneyId,
) -> Result<Biometrics> {
    let view = ctx.db.read(institution).await?;
    let whose = store::find(&view, journey).await?;
    let now_ms = ctx.clock.now_ms();
    let kind = ConsentKind::FaceVoice;
    let consented = consent::must(&view, &whose.subject, journey.as_str(), kind, now_ms).await?;
    Ok(match consented {
        Ok(_) => Biometrics::Consented,
        Err(_) => Biometrics::NotConsented,
    })
}

/// Looks at what came last of a recording that goes on; gives how many things the person is told.
pub async fn glance(ctx: &Ctx, due: &Due) -> Result<usize> {
    let journey = JourneyId::parse(&due.case)?;
    let biometrics = compares(ctx, &due.institution, &journey).await?;
    recording::look_live(ctx, due, biometrics).await
}

async fn judged(
    ctx: &Ctx,
    institution: &InstitutionId,
    journey: &JourneyId,
    taken: &TakenOut,
    examined: &recording::Examined,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "recording")).await?;
    let journey = store::lock(&tx, journey).await?;
    match recording::judged(&mut tx, &taken.tried, examined).await? {
        Changed::Yes => end(tx, journey, Changed::Yes).await,
        Changed::No => Ok(()),
    }
}

/// A colleague who opened a recording says what it shows.
pub async fn review_recording(
    ctx: &Ctx,
    staff: &Staff,
    id: &RecordingId,
    said: Said,
    picks: &[Pick],
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let case = recording::case_of(&tx, id).await?;
    let journey = store::lock(&tx, &JourneyId::parse(&case)?).await?;
    // An unfinished journey ends at its own time.
    let last_ms = match journey.state {
        State::Completed => i64::MAX,
        _ => journey.expires_at_ms,
    };
    let changed = recording::reviewed(&mut tx, id, said, picks, last_ms).await?;
    if !picks.is_empty() {
        tell_correction(&mut tx, id).await?;
    }
    end(tx, journey, changed).await
}

/// A colleague who leads asks a node, asks it again, or ends it: as bound to the journey's steps as the person is.
pub async fn lead_recording(
    ctx: &Ctx,
    staff: &Staff,
    id: &RecordingId,
    node: i64,
    what: Leading,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let case = recording::case_of(&tx, id).await?;
    let journey = store::lock(&tx, &JourneyId::parse(&case)?).await?;
    journey.alive(tx.now_ms())?;
    works_at(&tx, &journey, STEP).await?;
    match recording::lead(&mut tx, id, node, what).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// A colleague who leads ends it, or who led it says what they suspect: what rests on it waits for that.
pub async fn call_off_recording(
    ctx: &Ctx,
    staff: &Staff,
    id: &RecordingId,
    why: CalledOff,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let case = recording::case_of(&tx, id).await?;
    let journey = store::lock(&tx, &JourneyId::parse(&case)?).await?;
    let late = why == CalledOff::Suspicion && !recording::runs(&tx, id).await?;
    if late && journey.disbursed_at_ms.is_some() {
        return Err(Refused::AlreadyPaid.into());
    }
    match recording::call_off(&mut tx, id, why).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// What the program or a colleague found may have been the last of a journey that still goes on.
async fn end(tx: Tx, journey: Journey, changed: Changed) -> Result<()> {
    let goes_on = journey.alive(tx.now_ms()).is_ok() && journey.state == State::Open;
    match changed {
        Changed::Yes if goes_on => finish(tx, journey).await,
        Changed::Yes | Changed::No => ledger::commit_recorded(tx).await,
    }
}
