//! What other rooms' facts ask of journeys: destructions empty them, a consent that is taken back may revoke a token, and
//! what settles whether a journey goes on is settled for its third persons too.
//!
//! Each log is followed up to its published checkpoint.

use std::time::Duration;

use super::forget::forget;
use super::jobs::Settle;
use super::{JourneyId, actions, store};
use crate::clock;
use crate::consent::WithdrawnFact;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Sworn as _};
use crate::vault::{self, SubjectId};
use crate::{identity, jobs, suitability};

const REST: Duration = Duration::from_secs(5);

/// Entries that one turn looks at.
const ENTRIES_MAX: i64 = 500;

/// Follows every log until `stop` resolves.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = clock::pause(REST) => {}
        }
        if let Err(cause) = advance(&ctx).await {
            tracing::error!(%cause, "following the log");
        }
    }
}

/// One turn over every log. One that can't be followed now, because it is sealed, holds up no other.
pub async fn advance(ctx: &Ctx) -> Result<()> {
    for (institution, published) in ledger::published_sizes(ctx).await? {
        if let Err(cause) = to_the_end(ctx, &institution, published).await {
            tracing::error!(%institution, %cause, "following a log");
        }
    }
    Ok(())
}

async fn to_the_end(ctx: &Ctx, institution: &InstitutionId, published: i64) -> Result<()> {
    while follow(ctx, institution, published).await? {}
    Ok(())
}

/// Looks at the next entries of one log; false when there are none.
async fn follow(ctx: &Ctx, institution: &InstitutionId, published: i64) -> Result<bool> {
    let view = ctx.db.read(institution).await?;
    let next = store::cursor(&view).await?;
    let upto = published.min(next + ENTRIES_MAX);
    if upto <= next {
        return Ok(false);
    }
    let entries = ledger::sequenced(&view, next, upto - next).await?;
    drop(view);
    let mut settled = Vec::new();
    for entry in entries {
        let kind = entry.kind.as_str();
        if kind == vault::DESTROYED {
            forget(ctx, institution, &SubjectId::parse(&entry.case)?).await?;
        } else if kind == WithdrawnFact::KIND
            && let Ok(journey) = JourneyId::parse(&entry.case)
        {
            actions::revoke_lost(ctx, institution, &journey).await?;
        } else if identity::SETTLED.contains(&kind) || suitability::SETTLED.contains(&kind) {
            let job = Settle {
                journey: entry.case,
            };
            settled.push(jobs::enqueue(
                ctx,
                institution,
                &job,
                ctx.clock.now_ms(),
                None,
            )?);
        }
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far the log was read is no evidence")
        .await?;
    if store::move_on(&mut tx, next, upto).await? {
        if !settled.is_empty() {
            tx.exec_together(settled).await?;
        }
        tx.commit().await?;
    }
    Ok(true)
}
