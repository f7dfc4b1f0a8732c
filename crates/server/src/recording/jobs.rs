//! What happens to a recording without a request: it is sworn to, and ended when nobody goes on.

use serde::{Deserialize, Serialize};

use super::model::{Mode, RecordingId};
use super::remote::Tend;
use super::retention::{EraseDue, EraseFiles};
use super::store::{self, segments};
use super::{actions, intake};
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger::{self, Changed, Seat, Tx};

/// A chunk that was on its way when its recording ended is kept or refused by then, ms.
const SWEPT_AFTER_MS: i64 = 600_000;

pub fn jobs() -> Vec<Handler> {
    vec![
        handler::<Swear>(),
        handler::<Watch>(),
        handler::<Tend>(),
        handler::<actions::Lapse>(),
        handler::<EraseDue>(),
        handler::<EraseFiles>(),
    ]
}

fn seat(institution: &InstitutionId) -> Seat {
    Seat::system(institution, "recording")
}

/// Swears to what came of a recording since the last time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Swear {
    pub recording: String,
}

impl Job for Swear {
    const KIND: &'static str = "recording.swear";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = RecordingId::parse(&self.recording)?;
        ledger::retrying(|| swear(&ctx, &institution, &id)).await
    }
}

async fn swear(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &seat(institution)).await?;
    let Some(recording) = store::lock_kept(&tx, id).await? else {
        return Ok(());
    };
    let mut sworn = Changed::No;
    for one in segments::list(&tx, id).await? {
        let Some(segment) = segments::lock(&tx, id, one.no).await? else {
            continue;
        };
        if segment.sworn < segment.chunks {
            actions::swear(&mut tx, &recording, &segment).await?;
            sworn = Changed::Yes;
        }
    }
    match sworn {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// Ends a recording at which nobody went on, and sweeps its folder once it is over.
#[derive(Debug, Serialize, Deserialize)]
pub struct Watch {
    pub recording: String,
}

impl Watch {
    pub async fn later(tx: &mut Tx, recording: &RecordingId) -> Result<()> {
        let job = Self {
            recording: recording.to_string(),
        };
        let at_ms = tx.now_ms() + idle_ms(tx.ctx());
        tx.enqueue_at(&job, at_ms).await
    }
}

fn idle_ms(ctx: &Ctx) -> i64 {
    ctx.config.recording.idle_minutes * 60_000
}

impl Job for Watch {
    const KIND: &'static str = "recording.watch";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = RecordingId::parse(&self.recording)?;
        ledger::retrying(|| watch(&ctx, &institution, &id)).await
    }
}

async fn watch(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &seat(institution)).await?;
    let Some(recording) = store::lock_kept(&tx, id).await? else {
        return Ok(());
    };
    let now_ms = tx.now_ms();
    if let Some(ended_at_ms) = recording.ended_at_ms {
        drop(tx);
        let at_ms = ended_at_ms + SWEPT_AFTER_MS;
        return match now_ms < at_ms {
            true => again(ctx, institution, id, at_ms).await,
            false => intake::sweep_files(ctx, institution, id).await,
        };
    }
    // Where a colleague leads, both pages are waited for by themselves.
    if recording.mode == Mode::Remote {
        drop(tx);
        return again(ctx, institution, id, now_ms + idle_ms(ctx)).await;
    }
    let last = segments::last_chunk_at_ms(&tx, id).await?;
    let seen_at_ms = recording.seen_at_ms.max(last.unwrap_or(0));
    if now_ms - seen_at_ms < idle_ms(ctx) {
        drop(tx);
        return again(ctx, institution, id, seen_at_ms + idle_ms(ctx)).await;
    }
    for one in segments::list(&tx, id).await? {
        actions::swear(&mut tx, &recording, &one).await?;
    }
    actions::give_up(&mut tx, recording, "silent").await?;
    let sweep = Watch {
        recording: id.to_string(),
    };
    tx.enqueue_at(&sweep, now_ms + SWEPT_AFTER_MS).await?;
    ledger::commit_recorded(tx).await
}

/// Looks again once it could be over, or swept.
async fn again(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId, at_ms: i64) -> Result<()> {
    let job = Watch {
        recording: id.to_string(),
    };
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look again is no evidence")
        .await?;
    let soon = crate::jobs::enqueue(ctx, institution, &job, at_ms, None)?;
    tx.exec_together(vec![soon]).await?;
    tx.commit().await
}
