//! Where a member of staff goes on, or nobody does.

use super::{Whom, begin, record, running};
use crate::error::Result;
use crate::ledger::{Changed, Tx};
use crate::recording::facts;
use crate::recording::model::{Call, Mode, Recording, RecordingId, State, may_pass};
use crate::recording::refusal::Refused;
use crate::recording::store::{self, tries};

/// The person can't or doesn't want to go on alone. It is noted at a recording, even where nothing was recorded or can be.
pub async fn call_person(tx: &mut Tx, whom: Whom<'_>, reason: Call) -> Result<()> {
    let newest = store::lock_newest(tx, whom.case).await?;
    if newest.is_none_or(|one| one.state != State::Running) {
        begin(tx, whom, Mode::SelfService).await?;
    }
    let mut recording = running(tx, whom.case).await?;
    recording.state = State::NeedsPerson;
    recording.call = Some(reason);
    recording.ended_at_ms = Some(tx.now_ms());
    store::save(tx, &recording).await?;
    let fact = facts::PersonCalled {
        recording: recording.id.as_str(),
        reason,
    };
    record(tx, &recording, &fact)
}

/// It is over without a verdict.
pub async fn end(tx: &mut Tx, mut recording: Recording, reason: &'static str) -> Result<()> {
    recording.state = State::Ended;
    recording.ended_at_ms = Some(tx.now_ms());
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
pub async fn reviewed(tx: &mut Tx, id: &RecordingId, said: Said) -> Result<Changed> {
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
    if said == Said::Passed {
        may_pass(recording.lines()?.len(), &tries::list(tx, id).await?)?;
    }
    recording.reviewed_at_ms = Some(tx.now_ms());
    let fact = facts::Reviewed {
        recording: recording.id.as_str(),
        said,
    };
    record(tx, &recording, &fact)?;
    match (said, sampled) {
        (Said::Passed, true) => {
            store::save(tx, &recording).await?;
            Ok(Changed::No)
        }
        (Said::Passed, false) => {
            recording.state = State::Passed;
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
