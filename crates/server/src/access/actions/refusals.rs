//! Refused sign-ins: counted by the hour, and sworn to with one fact whoever they were for.

use crate::access::facts::{RefusedAccount, SignInsRefused};
use crate::access::jobs::SwearRefusals;
use crate::access::store::{attempts, refusals};
use crate::clock::HOUR_MS;
use crate::ctx::Ctx;
use crate::db::{Scope, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs;
use crate::ledger::{self, Fact, Seat};

/// Accounts that one fact names, at most.
const ACCOUNTS_MAX: usize = 200;
/// After an hour, what was counted in its last moment has been written.
const SETTLED_MS: i64 = 60_000;

/// Counts a refused sign-in, with one and the same write whoever it was for; a job swears to the hour.
pub(super) async fn refuse_later(
    ctx: &Ctx,
    institution: &InstitutionId,
    staff: Option<String>,
) -> Result<()> {
    let hour = ctx.clock.now_ms() / HOUR_MS;
    let due_ms = (hour + 1) * HOUR_MS + SETTLED_MS;
    let name = format!("refusals_{institution}_{hour}");
    let job = jobs::enqueue_named(institution, &name, &SwearRefusals { hour }, due_ms)?;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "a job swears to refused sign-ins")
        .await?;
    refusals::count(&mut tx, hour, staff.as_deref().unwrap_or_default()).await?;
    tx.exec_together(vec![job]).await?;
    tx.commit().await
}

/// Swears to what was refused within an hour, once, and forgets attempts of long ago.
pub async fn swear(ctx: &Ctx, institution: &InstitutionId, hour: i64) -> Result<()> {
    forget_old_attempts(ctx).await?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &Seat::system(institution, "access")).await?;
        let counted = refusals::take(&mut tx, hour).await?;
        if counted.is_empty() {
            return Ok(());
        }
        let of_staff = counted.iter().filter(|one| !one.staff_id.is_empty());
        let of_nobody = counted.iter().filter(|one| one.staff_id.is_empty());
        let named = of_staff.take(ACCOUNTS_MAX).map(|one| RefusedAccount {
            staff: &one.staff_id,
            tries: one.tries,
        });
        let fact = SignInsRefused {
            from_ms: hour * HOUR_MS,
            to_ms: (hour + 1) * HOUR_MS,
            tries: counted.iter().map(|one| one.tries).sum(),
            unknown: of_nobody.map(|one| one.tries).sum(),
            accounts: named.collect(),
        };
        ledger::commit(tx, Fact::of(institution, &fact)?).await
    })
    .await
}

async fn forget_old_attempts(ctx: &Ctx) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::Unscoped, "attempts are a counter")
        .await?;
    attempts::sweep(&mut tx, ctx.clock.now_ms()).await?;
    tx.commit().await
}
