//! After a person's data was destroyed: their loans, plans and what was received for them go too.

use super::facts::Forgotten;
use super::store;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat};
use crate::vault::SubjectId;

/// Cases that one transaction empties.
const CASES_MAX: i64 = 50;

/// Removes every loan of a destroyed subject; a second run finds nothing left to do.
pub async fn forget(ctx: &Ctx, institution: &InstitutionId, subject: &SubjectId) -> Result<()> {
    loop {
        let cases = cases_left(ctx, institution, subject).await?;
        if cases.is_empty() {
            return Ok(());
        }
        let mut tx = ledger::begin(ctx, &Seat::system(institution, "servicing")).await?;
        for case in &cases {
            store::forget(&mut tx, case).await?;
        }
        let fact = Forgotten {
            subject: subject.as_str(),
            loans: i64::try_from(cases.len())?,
        };
        // About nobody: it must outlive the subject.
        ledger::commit(tx, Fact::of(subject, &fact)?).await?;
    }
}

/// As the destruction did, for what an older copy of the database brought back.
///
/// Without facts: the log of such a copy is older than its published checkpoint, so writing is sealed.
pub async fn forget_again(
    ctx: &Ctx,
    institution: &InstitutionId,
    subject: &SubjectId,
) -> Result<()> {
    loop {
        let cases = cases_left(ctx, institution, subject).await?;
        if cases.is_empty() {
            return Ok(());
        }
        let mut tx = ctx
            .db
            .begin_unrecorded(institution, "its destruction is a fact already")
            .await?;
        for case in &cases {
            store::forget(&mut tx, case).await?;
        }
        tx.commit().await?;
    }
}

async fn cases_left(
    ctx: &Ctx,
    institution: &InstitutionId,
    subject: &SubjectId,
) -> Result<Vec<String>> {
    let view = ctx.db.read(institution).await?;
    store::of_subject(&view, subject, CASES_MAX).await
}
