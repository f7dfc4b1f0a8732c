//! Where a member of staff goes on, or nobody does.

use super::correct::{self, corrected, due};
use super::{Whom, begin, record, running};
use crate::error::Result;
use crate::ledger::{Changed, Tx};
use crate::recording::correction::{Pick, may_pick};
use crate::recording::facts;
use crate::recording::model::{Call, Mode, Recording, RecordingId, State, hangs, may_pass};
use crate::recording::refusal::Refused;
use crate::recording::retention::forget_templates;
use crate::recording::store::{self, segments, tries};

/// The person can't or doesn't want to go on alone. It is noted at a recording, even where nothing was recorded or can be.
pub async fn call_person(tx: &mut Tx, whom: Whom<'_>, reason: Call) -> Result<()> {
    if !reason.is_wish() {
        return Err(Refused::NotAWish.into());
    }
    let newest = store::lock_newest(tx, whom.case).await?;
    if newest.is_none_or(|one| one.state != State::Running) {
        begin(tx, whom, Mode::SelfService).await?;
    }
    let recording = running(tx, whom.case).await?;
    called(tx, recording, reason, None).await
}

/// A colleague looks before anything else, whatever it had come to.
pub async fn called(
    tx: &mut Tx,
    mut recording: Recording,
    reason: Call,
    noticed_in: Option<&RecordingId>,
) -> Result<()> {
    recording.state = State::NeedsPerson;
    recording.call = Some(reason);
    recording.noticed_in = noticed_in.cloned();
    recording.ended_at_ms.get_or_insert(tx.now_ms());
    store::signals::clear(tx, &recording.id).await?;
    store::save(tx, &recording).await?;
    let fact = facts::PersonCalled {
        recording: recording.id.as_str(),
        reason,
        noticed_in: noticed_in.map(RecordingId::as_str),
    };
    record(tx, &recording, &fact)
}

/// One that runs is given up, by whoever it may be: it is over without a verdict, unless one hangs.
pub async fn give_up(tx: &mut Tx, recording: Recording, reason: &'static str) -> Result<State> {
    if hangs(&tries::list(tx, &recording.id).await?) {
        called(tx, recording, Call::Unsure, None).await?;
        return Ok(State::NeedsPerson);
    }
    end(tx, recording, reason).await?;
    Ok(State::Ended)
}

/// It is over without a verdict.
pub async fn end(tx: &mut Tx, mut recording: Recording, reason: &'static str) -> Result<()> {
    recording.state = State::Ended;
    recording.ended_at_ms = Some(tx.now_ms());
    store::signals::clear(tx, &recording.id).await?;
    // Who records single nodes again must be the same person.
    if correct::goes_on(tx, &recording).await?.is_none() {
        forget_templates(tx, &mut recording)?;
    }
    store::save(tx, &recording).await?;
    let fact = facts::Ended {
        recording: recording.id.as_str(),
        reason,
    };
    record(tx, &recording, &fact)
}

/// What a colleague says of a recording that waits for one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingSaid)]
pub enum Said {
    /// It shows the person, who knew and wanted it.
    Passed,
    /// Another recording is needed.
    OnceMore,
}

/// A colleague who opened the recording says what it shows; answers whether a step hung on it.
///
/// `picks` are the nodes that are recorded again, where not all are; their days end at `last_ms` at the latest.
pub async fn reviewed(
    tx: &mut Tx,
    id: &RecordingId,
    said: Said,
    picks: &[Pick],
    last_ms: i64,
) -> Result<Changed> {
    let mut recording = store::lock(tx, id).await?;
    let sampled = recording.state == State::Passed && recording.sampled;
    let waits = recording.state == State::NeedsPerson || sampled;
    if !waits || recording.reviewed_at_ms.is_some() {
        return Err(Refused::NotWaiting.into());
    }
    let staff = tx.seat().id.clone();
    if !store::reviews::opened(tx, id, &staff).await? {
        return Err(Refused::NotSeen.into());
    }
    // Whoever led it would be both of the two people.
    let suspected = recording.call == Some(Call::Suspicion);
    let led = match suspected {
        // Nor does whoever voiced a suspicion clear it.
        true => store::leads::of_case(tx, &recording.case).await?,
        false => store::leads::find(tx, id).await?.into_iter().collect(),
    };
    if led.iter().any(|one| one.was_led_by(&staff)) {
        return Err(Refused::LedIt.into());
    }
    let due = due(tx, &recording).await?;
    let tried = tries::list(tx, id).await?;
    match said {
        Said::Passed if !picks.is_empty() => return Err(Refused::NodesWrong.into()),
        Said::Passed => may_pass(&due, &tried)?,
        Said::OnceMore if picks.is_empty() => {}
        // Who recorded the rest is what is in doubt.
        Said::OnceMore if suspected => return Err(Refused::Suspected.into()),
        Said::OnceMore => {
            let parts = segments::list(tx, id).await?;
            may_pick(picks, recording.lines()?.len(), &due, &parts, &tried)?;
        }
    }
    recording.reviewed_at_ms = Some(tx.now_ms());
    corrected(tx, &recording).await?;
    let correction = match picks {
        [] => None,
        _ => Some(correct::begun(tx, &recording, picks, last_ms).await?),
    };
    let fact = facts::Reviewed {
        recording: recording.id.as_str(),
        said,
        flaws: correct::flaws(&recording, picks)?,
        correct_until_ms: correction.map(|one| one.until_ms),
    };
    record(tx, &recording, &fact)?;
    match (said, sampled) {
        (Said::Passed, true) => {
            forget_templates(tx, &mut recording)?;
            store::save(tx, &recording).await?;
            Ok(Changed::No)
        }
        (Said::Passed, false) => {
            recording.state = State::Passed;
            forget_templates(tx, &mut recording)?;
            store::save(tx, &recording).await?;
            let fact = facts::Passed {
                recording: recording.id.as_str(),
                terms_digest: &recording.terms_digest,
                script_digest: &recording.script_digest,
                sampled: false,
            };
            record(tx, &recording, &fact)?;
            Ok(Changed::Yes)
        }
        (Said::OnceMore, _) => {
            end(tx, recording, "once_more").await?;
            Ok(Changed::Yes)
        }
    }
}
