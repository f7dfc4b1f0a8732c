//! What a destruction asks of the floors above the sale: words about the person's loans go, archives that hold one, and what
//! leads to one from rows of files.

use super::forget::forget;
use super::store;
use crate::ctx::Ctx;
use crate::db::{Statement, Unrecorded, View};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Follower, Sequenced};
use crate::vault::{self, SubjectId};

struct Destructions;

impl Follower for Destructions {
    const WHAT: &'static str = "destructions";

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
        if entry.kind == vault::DESTROYED {
            forget(ctx, institution, &SubjectId::parse(&entry.case)?).await?;
        }
        Ok(None)
    }
}

/// Follows every log until `stop` resolves.
pub async fn run(ctx: Ctx, stop: impl Future<Output = ()>) {
    ledger::follow::<Destructions>(ctx, stop).await;
}

/// One turn over every log.
pub async fn advance(ctx: &Ctx) -> Result<()> {
    ledger::follow_once::<Destructions>(ctx).await
}
