//! What other rooms' facts ask of loans: a payment opens one, a destruction empties them. Behind each log reminders are
//! looked after.

use super::{actions, forget, remind, store};
use crate::ctx::Ctx;
use crate::db::{Statement, Unrecorded, View};
use crate::disbursement::PaidFact;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::JourneyId;
use crate::ledger::{self, Follower, Sequenced, Sworn as _};
use crate::vault::{self, SubjectId};

struct Loans;

impl Follower for Loans {
    const WHAT: &'static str = "loans";

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
        if entry.kind == PaidFact::KIND {
            let case = JourneyId::parse(&entry.case)?;
            ledger::retrying(|| actions::open(ctx, institution, &case)).await?;
        } else if entry.kind == vault::DESTROYED {
            forget::forget(ctx, institution, &SubjectId::parse(&entry.case)?).await?;
        }
        Ok(None)
    }

    async fn behind(ctx: &Ctx, institution: &InstitutionId) -> Result<()> {
        remind::look(ctx, institution).await
    }
}

/// Follows every log until `stop` resolves.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    ledger::follow::<Loans>(ctx, stop).await;
}

/// One turn over every log.
pub async fn advance(ctx: &Ctx) -> Result<()> {
    ledger::follow_once::<Loans>(ctx).await
}
