//! What happens to a led recording without a request.

use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::Job;
use crate::ledger::{self, Changed, Seat, Tx};
use crate::recording::RecordingId;
use crate::recording::actions;

/// Sees whether somebody of a led recording is gone, and looks again when that could be.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tend {
    pub recording: String,
}

impl Tend {
    pub async fn at(tx: &mut Tx, recording: &RecordingId, at_ms: i64) -> Result<()> {
        let job = Self {
            recording: recording.to_string(),
        };
        tx.enqueue_at(&job, at_ms).await
    }
}

impl Job for Tend {
    const KIND: &'static str = "recording.tend";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = RecordingId::parse(&self.recording)?;
        let next = ledger::retrying(|| tend(&ctx, &institution, &id)).await?;
        match next {
            Some(at_ms) => again(&ctx, &institution, self, at_ms).await,
            None => Ok(()),
        }
    }
}

/// Does what is due; answers when to look again.
pub async fn tend(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId) -> Result<Option<i64>> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "recording")).await?;
    let (changed, next) = actions::tend(&mut tx, id).await?;
    match changed {
        Changed::Yes => ledger::commit_recorded(tx).await?,
        Changed::No => drop(tx),
    }
    Ok(next)
}

async fn again(ctx: &Ctx, institution: &InstitutionId, job: Tend, at_ms: i64) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look at a lead again is no evidence")
        .await?;
    let soon = crate::jobs::enqueue(ctx, institution, &job, at_ms, None)?;
    tx.exec_together(vec![soon]).await?;
    tx.commit().await
}
