//! A journey that nobody finished ends when its time is up.

use serde::{Deserialize, Serialize};

use super::model::State;
use super::{JourneyId, actions, facts, steps, store};
use crate::contacts;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job, handler};
use crate::ledger::{self, Changed, Fact, Seat};
use crate::recording::RecordingId;
use crate::signing::{self, Ended};

pub fn jobs() -> Vec<Handler> {
    vec![
        handler::<Expire>(),
        handler::<Remind>(),
        handler::<Settle>(),
        handler::<Sign>(),
        handler::<Look>(),
        handler::<RecordAgain>(),
    ]
}

/// Ends an unfinished journey; a finished one is left alone.
#[derive(Serialize, Deserialize)]
pub struct Expire {
    pub journey: String,
}

impl Job for Expire {
    const KIND: &'static str = "journey.expire";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, "journey")).await?;
        let journey = store::lock(&tx, &JourneyId::parse(&self.journey)?).await?;
        let Some(expired) = journey.expire(tx.now_ms()) else {
            return Ok(());
        };
        store::save(&mut tx, &expired).await?;
        signing::supersede(&mut tx, expired.id.as_str(), Ended::Expired).await?;
        contacts::end_of_case(&mut tx, expired.id.as_str()).await?;
        let fact = Fact::of(
            &expired.id,
            &facts::Expired {
                expires_at_ms: expired.expires_at_ms,
            },
        )?
        .about(&expired.subject);
        ledger::commit(tx, fact).await
    }
}

/// Looks at what was received of a recording, one node after another.
#[derive(Serialize, Deserialize)]
pub struct Look {
    pub recording: String,
}

impl Job for Look {
    const KIND: &'static str = "journey.look_at_recording";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = RecordingId::parse(&self.recording)?;
        while actions::look_at_recording(&ctx, &institution, &id).await? {}
        Ok(())
    }
}

/// Tells the person which questions are recorded again, and tells them once more before the days are over.
#[derive(Serialize, Deserialize)]
pub struct RecordAgain {
    pub recording: String,
    /// 1 or 2.
    pub nth: i64,
}

impl Job for RecordAgain {
    const KIND: &'static str = "journey.record_again";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        actions::remind_correction(&ctx, &institution, &self).await
    }
}

/// Looks whether the person of an unfinished journey is to be reminded. One of it waits for each journey, from its opening
/// to its end, to the last reminder or to the person's no.
#[derive(Serialize, Deserialize)]
pub struct Remind {
    pub journey: String,
}

impl Job for Remind {
    const KIND: &'static str = "journey.remind";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        actions::remind(&ctx, &institution, &JourneyId::parse(&self.journey)?).await
    }
}

/// Something about a journey was settled: third persons of one that goes on are told, those of one that is over go.
#[derive(Serialize, Deserialize)]
pub struct Settle {
    pub journey: String,
}

impl Job for Settle {
    const KIND: &'static str = "journey.settle";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, "journey")).await?;
        let journey = store::lock(&tx, &JourneyId::parse(&self.journey)?).await?;
        let case = journey.id.as_str();
        let changed = match steps::must_go_on(&tx, &journey, tx.now_ms()).await {
            Ok(()) => contacts::tell_named(&mut tx, case).await?,
            // A no to something new ends no loan that runs already.
            Err(Error::Refused(_)) if journey.state == State::Completed => Changed::No,
            Err(Error::Refused(_)) => contacts::end_of_case(&mut tx, case).await?,
            Err(cause) => return Err(cause),
        };
        match changed {
            Changed::Yes => ledger::commit_recorded(tx).await,
            Changed::No => Ok(()),
        }
    }
}

/// Signs what a journey's person said yes to; where something outside failed it comes again, with growing pauses.
#[derive(Serialize, Deserialize)]
pub struct Sign {
    pub journey: String,
}

impl Job for Sign {
    const KIND: &'static str = "journey.sign";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = JourneyId::parse(&self.journey)?;
        let Some(pause_ms) = actions::sign(&ctx, &institution, &id).await? else {
            return Ok(());
        };
        let mut tx = ctx
            .db
            .begin_unrecorded(&institution, "when to sign again is no evidence")
            .await?;
        let due_ms = ctx.clock.now_ms() + pause_ms;
        let again = jobs::enqueue(&ctx, &institution, &self, due_ms, None)?;
        tx.exec_together(vec![again]).await?;
        tx.commit().await
    }
}
