//! What other rooms' facts ask of journeys: destructions empty them, a consent that is taken back, or a recording that
//! somebody must look at, may revoke a token, and what settles whether a journey goes on is settled for its third persons too.

use super::forget::forget;
use super::jobs::Settle;
use super::{JourneyId, actions, store};
use crate::consent::WithdrawnFact;
use crate::ctx::Ctx;
use crate::db::{Statement, Unrecorded, View};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Follower, Sequenced, Sworn as _};
use crate::recording::PersonCalledFact;
use crate::vault::{self, SubjectId};
use crate::{identity, jobs, suitability};

/// What takes back something that a token may rest on.
const LOSES: [&str; 2] = [WithdrawnFact::KIND, PersonCalledFact::KIND];

struct Journeys;

impl Follower for Journeys {
    const WHAT: &'static str = "journeys";

    async fn cursor(view: &View) -> Result<i64> {
        store::cursor(view).await
    }

    async fn move_on(tx: &mut Unrecorded, from: i64, to: i64) -> Result<bool> {
        store::move_on(tx, from, to).await
    }

    async fn look(
        ctx: &Ctx,
        institution: &InstitutionId,
        entry: Sequenced,
    ) -> Result<Option<Statement>> {
        let kind = entry.kind.as_str();
        if kind == vault::DESTROYED {
            forget(ctx, institution, &SubjectId::parse(&entry.case)?).await?;
        } else if LOSES.contains(&kind)
            && let Ok(journey) = JourneyId::parse(&entry.case)
        {
            actions::revoke_lost(ctx, institution, &journey).await?;
        } else if identity::SETTLED.contains(&kind) || suitability::SETTLED.contains(&kind) {
            let job = Settle {
                journey: entry.case,
            };
            return jobs::enqueue(ctx, institution, &job, ctx.clock.now_ms(), None).map(Some);
        }
        Ok(None)
    }
}

/// Follows every log until `stop` resolves.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    ledger::follow::<Journeys>(ctx, stop).await;
}

/// One turn over every log.
pub async fn advance(ctx: &Ctx) -> Result<()> {
    ledger::follow_once::<Journeys>(ctx).await
}
